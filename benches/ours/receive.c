/*
 * `receive PORT PDU FOLDER [header-first]`: a server that stores into a folder, until standard input ends. With
 * header-first it asks about each instance by its front, and is told at once to go on.
 */
#include "program.h"

#include <string.h>

static void accept_at_once(dimse_request *request, void *user_data)
{
    dimse_error *err = NULL;
    (void)user_data;
    must(dimse_request_accept(request, NULL, &err), err);
    dimse_request_free(request);
}

int main(int argc, char **argv)
{
    dimse_server_options *options;
    dimse_server *server;
    dimse_error *err = NULL;
    if (argc < 4 || argc > 5 || (argc == 5 && strcmp(argv[4], "header-first") != 0)) {
        fprintf(stderr, "usage: receive PORT PDU FOLDER [header-first]\n");
        return 2;
    }
    must(dimse_server_options_new(&options, &err), err);
    must(dimse_server_options_set_listen(options, "127.0.0.1", (uint32_t)number(argv[1], 65535), &err), err);
    must(dimse_server_options_set_max_pdu_bytes(options, (uint32_t)number(argv[2], 1 << 20), &err), err);
    must(dimse_server_options_set_folder(options, argv[3], NULL, &err), err);
    if (argc == 5)
        must(dimse_server_options_set_header_handler(options, DIMSE_DEFAULT, DIMSE_DEFAULT, NULL, accept_at_once, NULL,
                                                     NULL, &err), err);
    must(dimse_server_start(NULL, options, &server, &err), err);
    dimse_server_options_free(options);
    stay();
    must(dimse_server_stop(server, 5000, &err), err);
    dimse_server_free(server);
    return leave();
}

/* `server PORT`: a server that answers C-ECHO by itself, until standard input ends. */
#include "program.h"

int main(int argc, char **argv)
{
    dimse_server_options *options;
    dimse_server *server;
    dimse_error *err = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: server PORT\n");
        return 2;
    }
    must(dimse_server_options_new(&options, &err), err);
    must(dimse_server_options_set_listen(options, "127.0.0.1", (uint32_t)number(argv[1], 65535), &err), err);
    must(dimse_server_options_set_max_associations(options, 20000, &err), err);
    must(dimse_server_options_set_idle_timeout_ms(options, DIMSE_NO_LIMIT, &err), err);
    must(dimse_server_start(NULL, options, &server, &err), err);
    dimse_server_options_free(options);
    stay();
    must(dimse_server_stop(server, 5000, &err), err);
    dimse_server_free(server);
    return leave();
}

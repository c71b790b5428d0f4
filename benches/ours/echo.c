/* `echo PORT COUNT`: that many C-ECHOs on one association, each a blocking call. */
#include "program.h"

int main(int argc, char **argv)
{
    dimse_assoc_options *options;
    dimse_assoc *association;
    dimse_error *err = NULL;
    unsigned long count;
    double start;
    if (argc != 3) {
        fprintf(stderr, "usage: echo PORT COUNT\n");
        return 2;
    }
    options = to_port(argv[1]);
    count = number(argv[2], 1000000000);
    must(dimse_assoc_open(NULL, options, &association, &err), err);
    start = now();
    for (unsigned long i = 0; i < count; i++) {
        uint16_t status;
        must(dimse_assoc_echo(association, NULL, NULL, NULL, &status, &err), err);
        if (status != 0) {
            fprintf(stderr, "the status is %04X\n", status);
            return 1;
        }
    }
    say("echoes", count, now() - start);
    must(dimse_assoc_release(association, &err), err);
    dimse_assoc_free(association);
    dimse_assoc_options_free(options);
    return leave();
}

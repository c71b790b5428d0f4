/* `associate PORT COUNT`: that many associations one after the other, each opened and released by blocking calls. */
#include "program.h"

int main(int argc, char **argv)
{
    dimse_assoc_options *options;
    dimse_error *err = NULL;
    unsigned long count;
    double start;
    if (argc != 3) {
        fprintf(stderr, "usage: associate PORT COUNT\n");
        return 2;
    }
    options = to_port(argv[1]);
    count = number(argv[2], 1000000000);
    start = now();
    for (unsigned long i = 0; i < count; i++) {
        dimse_assoc *association;
        must(dimse_assoc_open(NULL, options, &association, &err), err);
        must(dimse_assoc_release(association, &err), err);
        dimse_assoc_free(association);
    }
    say("associations", count, now() - start);
    dimse_assoc_options_free(options);
    return leave();
}

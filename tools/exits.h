/* The exit codes of every subcommand: what a script may rely on. */
#ifndef TOOLS_EXITS_H
#define TOOLS_EXITS_H

enum exit_code {
    EXIT_DONE = 0,            /* a server after its drain included */
    EXIT_USAGE = 1,           /* the command line, or a local file, folder, port or output that cannot be used */
    EXIT_NO_ASSOCIATION = 2,  /* anything up to a usable presentation context */
    EXIT_LOST = 3,            /* anything that was lost after that */
    EXIT_ANSWERED_FAILURE = 4, /* the peer answered the one operation with a failure */
    EXIT_SOME_FAILED = 5,     /* of several instances or files at least one, or one alone that the peer was not asked about */
    EXIT_INTERRUPTED = 130    /* a client by Ctrl-C, a server by the second one; as a shell says it: 128 + SIGINT */
};

#endif

/* A secret that never stands on a command line, where every user of the machine can read it. */
#ifndef TOOLS_PASSWORD_H
#define TOOLS_PASSWORD_H

#include <stddef.h>
#include <stdint.h>

/* The longest that a user identity can carry is 65,535 bytes; this is more than any password. */
#define PASSWORD_MOST 4096

struct password {
    uint8_t bytes[PASSWORD_MOST];
    size_t length;
};

/* Reads the first line of the file; "-" is standard input. 0 where that fails: said on stderr. */
int password_read(struct password *password, const char *path);

/* Overwrites it. */
void password_wipe(struct password *password);

#endif

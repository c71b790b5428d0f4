#include "password.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "terminal.h"

int password_read(struct password *password, const char *path)
{
    int is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    int byte = EOF, failed;

    password->length = 0;
    if (file == NULL) {
        terminal_error("the password file %s cannot be opened: %s", path, strerror(errno));
        return 0;
    }
    /* Unbuffered, so that no copy stays behind in memory. */
    setvbuf(file, NULL, _IONBF, 0);
    while (password->length < PASSWORD_MOST && (byte = getc(file)) != EOF && byte != '\n')
        password->bytes[password->length++] = (uint8_t)byte;
    failed = ferror(file);
    if (!is_stdin)
        fclose(file);
    if (failed) {
        terminal_error("the password file %s cannot be read: %s", path, strerror(errno));
        return 0;
    }
    if (password->length == PASSWORD_MOST) {
        terminal_error("the password in %s has more than %d bytes", path, PASSWORD_MOST - 1);
        return 0;
    }
    if (password->length > 0 && password->bytes[password->length - 1] == '\r')
        password->length--;
    return 1;
}

void password_wipe(struct password *password)
{
    /* volatile: a memset of what is never read again is a memset that a compiler leaves out. */
    volatile uint8_t *bytes = password->bytes;

    for (size_t i = 0; i < PASSWORD_MOST; i++)
        bytes[i] = 0;
    password->length = 0;
}

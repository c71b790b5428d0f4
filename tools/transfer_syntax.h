/* Transfer syntaxes by the names that people write. */
#ifndef TOOLS_TRANSFER_SYNTAX_H
#define TOOLS_TRANSFER_SYNTAX_H

/*
 * The UID of what is given: a UID, or the keyword of PS3.6 table A-1 in letters of any size, with blanks or hyphens
 * where one likes. NULL where nothing is called so, and *nearest is then the keyword that was probably meant, or NULL.
 */
const char *transfer_syntax_uid(const char *given, const char **nearest);

#endif

/* KEY=TEXT of a command line: an element of a data set, and what is to be said of its value. */
#ifndef TOOLS_RULE_H
#define TOOLS_RULE_H

#include <stddef.h>

#include "dimse.h"

#define RULE_KEY_MOST 512

struct rule {
    char key[RULE_KEY_MOST]; /* a keyword, a tag, or a path */
    uint32_t tag;            /* of an element of the data set itself; 0 where it is in an item, or not known yet */
    const char *text;        /* points into the command line */
};

/*
 * Takes a rule apart; 0 where it is none, or its element is none that stands before the pixels and has a value of text
 * or numbers, which is said on stderr: `option` of `command` is wrong.
 */
int rule_parse(struct rule *rule, const char *given, const char *command, const char *option);

/* Whether the text is a value of the element; 0 where it is not, which is said. */
int rule_fits(const struct rule *rule, const char *command, const char *option);

/*
 * Whether a value of the element is like the rule's text, where * stands for any characters and ? for one (PS3.4
 * C.2.2.2.4). An element without a value, or that is not there, has an empty one. DIMSE_OK and *is_like, or why the
 * value cannot be read.
 */
dimse_result rule_is_like(const struct rule *rule, const dimse_dataset *dataset, int *is_like);

/*
 * Gives the element the rule's text as its value; 0 in *is_changed where it had it. Where the character set does not
 * have the text, the data set gets UTF-8.
 */
dimse_result rule_apply(const struct rule *rule, dimse_dataset *dataset, int *is_changed, dimse_error **error);

#endif

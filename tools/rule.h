/*
 * KEY=TEXT of a command line: an element of a data set in front of its pixels, and what is to be said of its value. KEY
 * is a path as the library has it; a = in the quotes of a private creator belongs to that.
 */
#ifndef TOOLS_RULE_H
#define TOOLS_RULE_H

#include <stddef.h>

#include "dimse.h"
#include "options.h"

struct rule {
    char *key;
    const char *text; /* points into the command line */
};

/* All zero to begin with. */
struct rules {
    struct rule *items;
    size_t count;
};

/* The option that they are given with, for the words about what is wrong with one. */
struct rule_option {
    const char *command, *name, *form; /* "dimse store", "--set", "KEY=VALUE" */
};

/*
 * Takes rules that set elements, and gives them to `options` too, which know what can be set. The last text for an
 * element holds. 0 where one is wrong, which is said on stderr.
 */
int rules_to_set(struct rules *rules, const struct texts *given, const struct rule_option *option,
                 dimse_store_options *options);

/* Takes rules whose texts are patterns; only what can be set is in front of the pixels. 0 as above. */
int rules_to_match(struct rules *rules, const struct texts *given, const struct rule_option *option,
                   dimse_store_options *options);

void rules_free(struct rules *rules);

/* Whether it sets this element of the data set itself. */
int rule_sets(const struct rule *rule, uint32_t tag);

/*
 * Whether a value of the element is like the rule's text, where * stands for any characters and ? for one (PS3.4
 * C.2.2.2.4). An element without a value, or that is not there, has an empty one. DIMSE_OK and *is_like, or why the
 * value cannot be read.
 */
dimse_result rule_is_like(const struct rule *rule, const dimse_dataset *dataset, int *is_like);

/*
 * Gives the element the rule's text as its value. Where the character set does not have the text, the data set gets
 * UTF-8.
 */
dimse_result rule_apply(const struct rule *rule, dimse_dataset *dataset, dimse_error **error);

/*
 * Whether the element says something else after rules were applied than before. What is only written otherwise, 0512 as
 * a number or a blank behind text, says the same.
 */
int rule_has_changed(const struct rule *rule, const dimse_dataset *before, const dimse_dataset *after);

#endif

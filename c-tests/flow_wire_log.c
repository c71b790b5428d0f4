/* The log of what goes over the wire (target dimse::wire): every line bears the number of its association, messages
 * their message id, in order, on both sides; secrets are never in it. */
#include "check.h"

#include "moment.h"
#include "node.h"

#include <pthread.h>

enum { MOST = 400 };

/* What was logged. */
struct line {
    uint64_t association;
    uint32_t message_id;
    char text[120];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct line lines[MOST];
static int used;
static int secrets;
static int without_number;

static void write_down(const dimse_log_record *record, void *user_data);
static int find(uint64_t association, uint32_t message_id, const char *text, int from);

int main(void) {
    struct node node;
    dimse_assoc_options *options;
    dimse_assoc *assoc = NULL;
    dimse_facts facts;
    dimse_error *err = NULL;
    uint64_t provider = 0;
    int user_at;
    int provider_at;
    int index;

    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_TRACE, write_down, NULL, NULL, &err));
    node_start(&node, NULL);
    options = node_caller(node.port);
    CHECK_OK(err, dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_PASSCODE, (const uint8_t *)"mia", 3,
                      (const uint8_t *)"open-sesame", 11, 0, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);
    facts.struct_size = sizeof facts;
    CHECK_IS(dimse_assoc_facts(assoc, &facts), DIMSE_OK);
    node_echo(assoc);
    node_echo(assoc);
    node_release(assoc);
    CHECK_EMPTY(&node);
    node_stop(&node);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, NULL, NULL, NULL, &err));
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);

    CHECK(used > 0);
    CHECK_IS(secrets, 0);
    CHECK_IS(without_number, 0);

    /* The user's side, by the number that its facts have. */
    user_at = find(facts.association, 0, "sent A-ASSOCIATE-RQ", 0);
    user_at = find(facts.association, 0, "received A-ASSOCIATE-AC", user_at + 1);
    user_at = find(facts.association, 1, "C-ECHO-RQ", user_at + 1);
    user_at = find(facts.association, 1, "C-ECHO-RSP", user_at + 1);
    user_at = find(facts.association, 2, "C-ECHO-RQ", user_at + 1);
    user_at = find(facts.association, 2, "C-ECHO-RSP", user_at + 1);
    user_at = find(facts.association, 0, "sent A-RELEASE-RQ", user_at + 1);
    find(facts.association, 0, "received A-RELEASE-RP", user_at + 1);

    /* The provider's side, by a number of its own. */
    for (index = 0; index < used && provider == 0; index++) {
        provider = lines[index].association != facts.association ? lines[index].association : 0;
    }
    CHECK(provider != 0);
    provider_at = find(provider, 0, "received A-ASSOCIATE-RQ", 0);
    provider_at = find(provider, 0, "sent A-ASSOCIATE-AC", provider_at + 1);
    provider_at = find(provider, 1, "C-ECHO-RQ", provider_at + 1);
    provider_at = find(provider, 1, "C-ECHO-RSP", provider_at + 1);
    provider_at = find(provider, 2, "C-ECHO-RQ", provider_at + 1);
    provider_at = find(provider, 2, "C-ECHO-RSP", provider_at + 1);
    find(provider, 0, "received A-RELEASE-RQ", provider_at + 1);
    return 0;
}

static void write_down(const dimse_log_record *record, void *user_data) {
    (void)user_data;
    pthread_mutex_lock(&lock);
    secrets += strstr(record->message.data, "sesame") != NULL;
    if (strcmp(record->target.data, "dimse::wire") == 0) {
        CHECK(used < MOST);
        without_number += record->association == 0;
        lines[used].association = record->association;
        lines[used].message_id = record->message_id;
        snprintf(lines[used].text, sizeof lines[used].text, "%s", record->message.data);
        used++;
    }
    pthread_mutex_unlock(&lock);
}

/* The first line from there on of this association and message that has this text. */
static int find(uint64_t association, uint32_t message_id, const char *text, int from) {
    int index;
    for (index = from; index < used; index++) {
        if (lines[index].association == association && lines[index].message_id == message_id &&
            strstr(lines[index].text, text) != NULL) {
            return index;
        }
    }
    fprintf(stderr, "no \"%s\" of message %u behind line %d\n", text, (unsigned)message_id, from);
    CHECK(!"the line is there");
    return -1;
}

/* A scripted peer: a thread with plain sockets that speaks DICOM only as far, and as wrong, as its script says.
 * As acceptor it listens on 127.0.0.1; as requestor it connects to a server of the library. */
#ifndef DIMSE_C_TESTS_PEER_H
#define DIMSE_C_TESTS_PEER_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* PS3.8 table 9-11 and on. */
#define PDU_ASSOCIATE_RQ 1
#define PDU_ASSOCIATE_AC 2
#define PDU_ASSOCIATE_RJ 3
#define PDU_DATA 4
#define PDU_RELEASE_RQ 5
#define PDU_RELEASE_RP 6
#define PDU_ABORT 7
/* What peer_read says when the other side has closed or reset the connection. */
#define PDU_NONE 0

struct peer;

/* What the peer does with one connection; the socket is closed when it returns. */
typedef void (*peer_script)(struct peer *peer, int connection);

struct peer {
    uint16_t port;
    int listening;
    int connections;
    peer_script script;
    /* For the script. */
    void *data;
    pthread_t thread;
    /* The steps of a script that others wait for: see peer_reach. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int step;
    int may_go_on;
};

/* Runs the script on so many connections, one after the other. */
void peer_start(struct peer *peer, peer_script script, void *data, int connections);

/* Waits until the last script is over. */
void peer_join(struct peer *peer);

/* In a script: says that a step is reached; a script may wait there until the test lets it go on. */
void peer_reach(struct peer *peer, int step);
void peer_hold(struct peer *peer, int step);

/* In the test: waits until the script has reached the step; lets a script that waits go on. */
void peer_await(struct peer *peer, int step);
void peer_go_on(struct peer *peer);

/* A port of 127.0.0.1 on which nobody listens. It stays bound, so that nobody else does while the program runs. */
uint16_t peer_closed_port(void);

/* A port whose backlog is full, so that connecting to it takes for ever; and its end. */
#define PEER_FULL_SOCKETS 4
uint16_t peer_full_port(int sockets[PEER_FULL_SOCKETS]);
void peer_full_close(int sockets[PEER_FULL_SOCKETS]);

/* Connects to a server of the library. */
int peer_connect(uint16_t port);
void peer_close(int connection);

/* Reads one PDU and says its type; what is longer than the buffer is read and dropped. PDU_NONE at the end. */
struct peer_pdu {
    uint32_t length;
    uint8_t bytes[4096];
};
int peer_read(int connection, struct peer_pdu *pdu);

/* Sends bytes; 0 where the other side has gone. */
int peer_send(int connection, const void *bytes, size_t length);

/* As acceptor: reads an A-ASSOCIATE-RQ and accepts each of its contexts with the
 * first transfer syntax, or none of them. */
int peer_accept(int connection);
int peer_accept_nothing(int connection);
/* As peer_accept, with an asynchronous operations window without limit. */
int peer_accept_window(int connection);
int peer_reject(int connection, uint8_t result, uint8_t source, uint8_t reason);

/* As acceptor: reads a C-ECHO-RQ, and says its context id and message id; answers it. 0 where none came. */
struct peer_request {
    uint8_t context;
    uint16_t message_id;
};
int peer_read_request(int connection, struct peer_request *request);
/* The same where something else may come, whose type it says: PDU_DATA is a C-ECHO-RQ. */
int peer_read_request_or(int connection, struct peer_request *request, struct peer_pdu *other);
int peer_answer(int connection, const struct peer_request *request, uint16_t status, const char *comment);

/* As acceptor: reads a whole C-STORE-RQ, whose first PDU is its command; 0 where it did not come. Answers it, with the
 * elements that are offending (group, element, group, element...; so many bytes) and words, where they are not NULL. */
int peer_read_store(int connection, struct peer_request *request, struct peer_pdu *command);
int peer_answer_store(int connection, const struct peer_request *request, uint16_t status, const char *comment,
    const uint16_t *offending, size_t offending_length);

/* The value of (0000,element) in the command of a P-DATA-TF with one PDV, and its length; NULL where it has none. */
const uint8_t *peer_element(const struct peer_pdu *pdu, unsigned element, size_t *length);

/* As requestor: proposes Verification alone; says what came back. */
int peer_associate(int connection);
/* Sends a C-ECHO-RQ on the context that peer_associate proposed. */
int peer_echo(int connection, uint16_t message_id);
/* The status (0000,0900) of a response that was read; 0xFFFF where it has none. */
uint16_t peer_status(const struct peer_pdu *pdu);

/* As either: A-RELEASE-RQ, A-RELEASE-RP, A-ABORT; or closing the connection, which a script does by returning, will reset it. */
int peer_release_rq(int connection);
int peer_release_rp(int connection);
int peer_abort(int connection, uint8_t source, uint8_t reason);
void peer_reset(int connection);

/* Answers whatever comes until the other side releases or goes: accept, C-ECHO, release. A peer_script. */
void peer_well_behaved(struct peer *peer, int connection);

/* Accepts, reaches step 1 when a request has come, and says nothing more until the other side aborts or goes. */
void peer_accept_and_be_silent(struct peer *peer, int connection);

#endif

#include "peer.h"

#include "check.h"
#include "moment.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define APPLICATION_CONTEXT "1.2.840.10008.3.1.1.1"
#define VERIFICATION "1.2.840.10008.1.1"
#define IMPLICIT_VR_LITTLE_ENDIAN "1.2.840.10008.1.2"

/* A PDU or command set that grows; what the scripts need is small. */
struct bytes {
    size_t length;
    uint8_t data[2048];
};

static void *serve(void *peer);
static int listen_on_loopback(int backlog, uint16_t *port);
static int bind_to_loopback(uint16_t *port);
static int connect_to(uint16_t port);
static int read_all(int connection, uint8_t *to, size_t length);
static void put(struct bytes *bytes, const void *data, size_t length);
static void put_u8(struct bytes *bytes, unsigned value);
static void put_big_u16(struct bytes *bytes, unsigned value);
static void put_big_u32(struct bytes *bytes, uint32_t value);
static void put_item(struct bytes *bytes, unsigned type, const void *data, size_t length);
static void put_element(struct bytes *bytes, unsigned element, const void *data, size_t length);
static void put_element_u16(struct bytes *bytes, unsigned element, unsigned value);
static int send_pdu(int connection, unsigned type, const struct bytes *variable);
static int send_command(int connection, uint8_t context, const struct bytes *elements);
static int send_release(int connection, unsigned type);
static int answer_association(int connection, int accepts, int has_window);
static int find_element(const struct peer_pdu *pdu, unsigned element, uint16_t *value);

/* ---- a peer and its test ---- */

void peer_start(struct peer *peer, peer_script script, void *data, int connections) {
    memset(peer, 0, sizeof *peer);
    CHECK_IS(pthread_mutex_init(&peer->lock, NULL), 0);
    CHECK_IS(pthread_cond_init(&peer->changed, NULL), 0);
    peer->script = script;
    peer->data = data;
    peer->connections = connections;
    peer->listening = listen_on_loopback(64, &peer->port);
    CHECK_IS(pthread_create(&peer->thread, NULL, serve, peer), 0);
}

void peer_join(struct peer *peer) {
    CHECK_IS(pthread_join(peer->thread, NULL), 0);
    pthread_cond_destroy(&peer->changed);
    pthread_mutex_destroy(&peer->lock);
}

void peer_reach(struct peer *peer, int step) {
    pthread_mutex_lock(&peer->lock);
    peer->step = step;
    pthread_cond_broadcast(&peer->changed);
    pthread_mutex_unlock(&peer->lock);
}

void peer_hold(struct peer *peer, int step) {
    pthread_mutex_lock(&peer->lock);
    peer->step = step;
    pthread_cond_broadcast(&peer->changed);
    while (!peer->may_go_on) {
        pthread_cond_wait(&peer->changed, &peer->lock);
    }
    peer->may_go_on = 0;
    pthread_mutex_unlock(&peer->lock);
}

void peer_await(struct peer *peer, int step) {
    pthread_mutex_lock(&peer->lock);
    while (peer->step < step) {
        pthread_cond_wait(&peer->changed, &peer->lock);
    }
    pthread_mutex_unlock(&peer->lock);
}

void peer_go_on(struct peer *peer) {
    pthread_mutex_lock(&peer->lock);
    peer->may_go_on = 1;
    pthread_cond_broadcast(&peer->changed);
    pthread_mutex_unlock(&peer->lock);
}

static void *serve(void *data) {
    struct peer *peer = (struct peer *)data;
    int served;
    for (served = 0; served < peer->connections; served++) {
        int connection = accept(peer->listening, NULL, NULL);
        CHECK(connection >= 0);
        peer->script(peer, connection);
        close(connection);
    }
    close(peer->listening);
    return NULL;
}

/* ---- ports and connections ---- */

uint16_t peer_closed_port(void) {
    uint16_t port;
    bind_to_loopback(&port);
    return port;
}

uint16_t peer_full_port(int sockets[PEER_FULL_SOCKETS]) {
    uint16_t port;
    int index;
    sockets[0] = listen_on_loopback(0, &port);
    for (index = 1; index < PEER_FULL_SOCKETS; index++) {
        struct timeval soon;
        struct sockaddr_in address;
        memset(&address, 0, sizeof address);
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        soon.tv_sec = 0;
        soon.tv_usec = 50000;
        sockets[index] = socket(AF_INET, SOCK_STREAM, 0);
        /* It may be taken or not: in the end nobody else will be. */
        setsockopt(sockets[index], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
        if (connect(sockets[index], (struct sockaddr *)&address, sizeof address) != 0) {
            CHECK(errno == EINPROGRESS || errno == EAGAIN);
        }
    }
    return port;
}

void peer_full_close(int sockets[PEER_FULL_SOCKETS]) {
    int index;
    for (index = 0; index < PEER_FULL_SOCKETS; index++) {
        close(sockets[index]);
    }
}

int peer_connect(uint16_t port) {
    int connection = connect_to(port);
    CHECK(connection >= 0);
    return connection;
}

void peer_close(int connection) { CHECK_IS(close(connection), 0); }

static int listen_on_loopback(int backlog, uint16_t *port) {
    int listening = bind_to_loopback(port);
    CHECK_IS(listen(listening, backlog), 0);
    return listening;
}

static int bind_to_loopback(uint16_t *port) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int bound = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bound >= 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_IS(bind(bound, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_IS(getsockname(bound, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return bound;
}

static int connect_to(uint16_t port) {
    struct sockaddr_in address;
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        close(connection);
        return -1;
    }
    return connection;
}

/* ---- bytes in and out ---- */

int peer_read(int connection, struct peer_pdu *pdu) {
    uint8_t header[6];
    uint32_t left;
    uint8_t dropped[16384];
    if (!read_all(connection, header, sizeof header)) {
        return PDU_NONE;
    }
    pdu->length = (uint32_t)header[2] << 24 | (uint32_t)header[3] << 16 | (uint32_t)header[4] << 8 | header[5];
    left = pdu->length < sizeof pdu->bytes ? pdu->length : (uint32_t)sizeof pdu->bytes;
    if (!read_all(connection, pdu->bytes, left)) {
        return PDU_NONE;
    }
    for (left = pdu->length - left; left > 0;) {
        uint32_t some = left < sizeof dropped ? left : (uint32_t)sizeof dropped;
        if (!read_all(connection, dropped, some)) {
            return PDU_NONE;
        }
        left -= some;
    }
    return header[0];
}

static int read_all(int connection, uint8_t *to, size_t length) {
    size_t done = 0;
    while (done < length) {
        ssize_t got = recv(connection, to + done, length - done, 0);
        if (got <= 0) {
            return 0;
        }
        done += (size_t)got;
    }
    return 1;
}

int peer_send(int connection, const void *bytes, size_t length) {
    size_t done = 0;
    while (done < length) {
        ssize_t sent = send(connection, (const uint8_t *)bytes + done, length - done, MSG_NOSIGNAL);
        if (sent <= 0) {
            return 0;
        }
        done += (size_t)sent;
    }
    return 1;
}

static int send_pdu(int connection, unsigned type, const struct bytes *variable) {
    struct bytes pdu;
    pdu.length = 0;
    put_u8(&pdu, type);
    put_u8(&pdu, 0);
    put_big_u32(&pdu, (uint32_t)variable->length);
    put(&pdu, variable->data, variable->length);
    return peer_send(connection, pdu.data, pdu.length);
}

static void put(struct bytes *bytes, const void *data, size_t length) {
    CHECK(length <= sizeof bytes->data - bytes->length);
    if (length > 0) {
        memcpy(bytes->data + bytes->length, data, length);
    }
    bytes->length += length;
}

static void put_u8(struct bytes *bytes, unsigned value) {
    uint8_t byte = (uint8_t)value;
    put(bytes, &byte, 1);
}

static void put_big_u16(struct bytes *bytes, unsigned value) {
    put_u8(bytes, value >> 8);
    put_u8(bytes, value & 0xFFu);
}

static void put_big_u32(struct bytes *bytes, uint32_t value) {
    put_big_u16(bytes, value >> 16);
    put_big_u16(bytes, value & 0xFFFFu);
}

/* PS3.8 9.3.2: type, reserved, length, value. */
static void put_item(struct bytes *bytes, unsigned type, const void *data, size_t length) {
    put_u8(bytes, type);
    put_u8(bytes, 0);
    put_big_u16(bytes, (unsigned)length);
    put(bytes, data, length);
}

/* ---- the association, PS3.8 9.3 ---- */

/* Protocol version 1, two AE titles, 32 reserved bytes, the application context. */
static void put_association_start(struct bytes *pdu) {
    static const uint8_t reserved[32] = {0};
    put_big_u16(pdu, 1);
    put_big_u16(pdu, 0);
    put(pdu, "SCRIPTED_PEER   SCRIPTED_PEER   ", 32);
    put(pdu, reserved, sizeof reserved);
    put_item(pdu, 0x10, APPLICATION_CONTEXT, strlen(APPLICATION_CONTEXT));
}

/* Maximum length 16 KiB, the implementation class UID, a window without limit. */
static void put_user_information(struct bytes *pdu, int has_window) {
    static const uint8_t no_limit[4] = {0, 0, 0, 0};
    struct bytes items;
    struct bytes length;
    items.length = 0;
    length.length = 0;
    put_big_u32(&length, 16384);
    put_item(&items, 0x51, length.data, length.length);
    put_item(&items, 0x52, "1.2.3.4", 7);
    if (has_window) {
        put_item(&items, 0x53, no_limit, sizeof no_limit);
    }
    put_item(pdu, 0x50, items.data, items.length);
}

int peer_accept(int connection) { return answer_association(connection, 1, 0); }

int peer_accept_nothing(int connection) { return answer_association(connection, 0, 0); }

int peer_accept_window(int connection) { return answer_association(connection, 1, 1); }

static int answer_association(int connection, int accepts, int has_window) {
    struct peer_pdu request;
    struct bytes answer;
    size_t at = 68;
    if (peer_read(connection, &request) != PDU_ASSOCIATE_RQ) {
        return 0;
    }
    answer.length = 0;
    put_association_start(&answer);
    while (at + 4 <= request.length) {
        size_t length = (size_t)request.bytes[at + 2] << 8 | request.bytes[at + 3];
        if (request.bytes[at] == 0x20) {
            /* The abstract syntax comes first, then the transfer syntaxes: the first of them is taken. */
            const uint8_t *syntax = request.bytes + at + 8;
            struct bytes context;
            syntax += 4 + ((size_t)syntax[2] << 8 | syntax[3]);
            context.length = 0;
            put_u8(&context, request.bytes[at + 4]);
            put_u8(&context, 0);
            put_u8(&context, accepts ? 0u : 3u);
            put_u8(&context, 0);
            put_item(&context, 0x40, syntax + 4, (size_t)syntax[2] << 8 | syntax[3]);
            put_item(&answer, 0x21, context.data, context.length);
        }
        at += 4 + length;
    }
    put_user_information(&answer, has_window);
    return send_pdu(connection, PDU_ASSOCIATE_AC, &answer);
}

int peer_reject(int connection, uint8_t result, uint8_t source, uint8_t reason) {
    struct peer_pdu request;
    struct bytes answer;
    if (peer_read(connection, &request) != PDU_ASSOCIATE_RQ) {
        return 0;
    }
    answer.length = 0;
    put_u8(&answer, 0);
    put_u8(&answer, result);
    put_u8(&answer, source);
    put_u8(&answer, reason);
    return send_pdu(connection, PDU_ASSOCIATE_RJ, &answer);
}

int peer_associate(int connection) {
    struct bytes request;
    struct bytes context;
    struct peer_pdu answer;
    request.length = 0;
    context.length = 0;
    put_association_start(&request);
    put_u8(&context, 1);
    put_u8(&context, 0);
    put_big_u16(&context, 0);
    put_item(&context, 0x30, VERIFICATION, strlen(VERIFICATION));
    put_item(&context, 0x40, IMPLICIT_VR_LITTLE_ENDIAN, strlen(IMPLICIT_VR_LITTLE_ENDIAN));
    put_item(&request, 0x20, context.data, context.length);
    put_user_information(&request, 0);
    if (!send_pdu(connection, PDU_ASSOCIATE_RQ, &request)) {
        return PDU_NONE;
    }
    return peer_read(connection, &answer);
}

int peer_release_rq(int connection) { return send_release(connection, PDU_RELEASE_RQ); }

int peer_release_rp(int connection) { return send_release(connection, PDU_RELEASE_RP); }

static int send_release(int connection, unsigned type) {
    struct bytes reserved;
    reserved.length = 0;
    put_big_u32(&reserved, 0);
    return send_pdu(connection, type, &reserved);
}

int peer_abort(int connection, uint8_t source, uint8_t reason) {
    struct bytes answer;
    answer.length = 0;
    put_big_u16(&answer, 0);
    put_u8(&answer, source);
    put_u8(&answer, reason);
    return send_pdu(connection, PDU_ABORT, &answer);
}

void peer_reset(int connection) {
    struct linger at_once;
    at_once.l_onoff = 1;
    at_once.l_linger = 0;
    CHECK_IS(setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
}

/* ---- messages, PS3.7 9.3.5 ---- */

static void put_element(struct bytes *bytes, unsigned element, const void *data, size_t length) {
    uint8_t head[8];
    memset(head, 0, sizeof head);
    head[2] = (uint8_t)(element & 0xFFu);
    head[3] = (uint8_t)(element >> 8);
    head[4] = (uint8_t)(length & 0xFFu);
    head[5] = (uint8_t)(length >> 8);
    put(bytes, head, sizeof head);
    put(bytes, data, length);
}

static void put_element_u16(struct bytes *bytes, unsigned element, unsigned value) {
    uint8_t little[2];
    little[0] = (uint8_t)(value & 0xFFu);
    little[1] = (uint8_t)(value >> 8);
    put_element(bytes, element, little, sizeof little);
}

/* Group length, then the elements: one fragment, one PDV, one PDU. */
static int send_command(int connection, uint8_t context, const struct bytes *elements) {
    struct bytes pdu;
    struct bytes command;
    uint8_t group_length[4];
    group_length[0] = (uint8_t)(elements->length & 0xFFu);
    group_length[1] = (uint8_t)(elements->length >> 8);
    group_length[2] = 0;
    group_length[3] = 0;
    command.length = 0;
    pdu.length = 0;
    put_element(&command, 0x0000, group_length, sizeof group_length);
    put(&command, elements->data, elements->length);
    put_big_u32(&pdu, (uint32_t)command.length + 2);
    put_u8(&pdu, context);
    put_u8(&pdu, 3);
    put(&pdu, command.data, command.length);
    return send_pdu(connection, PDU_DATA, &pdu);
}

int peer_read_request(int connection, struct peer_request *request) {
    struct peer_pdu pdu;
    return peer_read_request_or(connection, request, &pdu) == PDU_DATA;
}

int peer_read_request_or(int connection, struct peer_request *request, struct peer_pdu *other) {
    uint16_t command = 0;
    int type = peer_read(connection, other);
    if (type == PDU_DATA) {
        request->context = other->bytes[4];
        CHECK(find_element(other, 0x0100, &command) && command == 0x0030);
        CHECK(find_element(other, 0x0110, &request->message_id));
    }
    return type;
}

int peer_answer(int connection, const struct peer_request *request, uint16_t status, const char *comment) {
    struct bytes elements;
    elements.length = 0;
    put_element(&elements, 0x0002, VERIFICATION, strlen(VERIFICATION) + 1);
    put_element_u16(&elements, 0x0100, 0x8030);
    put_element_u16(&elements, 0x0120, request->message_id);
    put_element_u16(&elements, 0x0800, 0x0101);
    put_element_u16(&elements, 0x0900, status);
    if (comment != NULL) {
        CHECK(strlen(comment) % 2 == 0);
        put_element(&elements, 0x0902, comment, strlen(comment));
    }
    return send_command(connection, request->context, &elements);
}

int peer_echo(int connection, uint16_t message_id) {
    struct bytes elements;
    elements.length = 0;
    put_element(&elements, 0x0002, VERIFICATION, strlen(VERIFICATION) + 1);
    put_element_u16(&elements, 0x0100, 0x0030);
    put_element_u16(&elements, 0x0110, message_id);
    put_element_u16(&elements, 0x0800, 0x0101);
    return send_command(connection, 1, &elements);
}

uint16_t peer_status(const struct peer_pdu *pdu) {
    uint16_t status = 0xFFFFu;
    find_element(pdu, 0x0900, &status);
    return status;
}

static int find_element(const struct peer_pdu *pdu, unsigned element, uint16_t *value) {
    size_t length;
    const uint8_t *found = peer_element(pdu, element, &length);
    if (found != NULL) {
        *value = (uint16_t)(found[0] | found[1] << 8);
    }
    return found != NULL;
}

const uint8_t *peer_element(const struct peer_pdu *pdu, unsigned element, size_t *length) {
    size_t at = 6;
    while (at + 10 <= pdu->length && at + 10 <= sizeof pdu->bytes) {
        unsigned found = (unsigned)pdu->bytes[at + 2] | (unsigned)pdu->bytes[at + 3] << 8;
        *length = (size_t)pdu->bytes[at + 4] | (size_t)pdu->bytes[at + 5] << 8;
        if (found == element) {
            return pdu->bytes + at + 8;
        }
        at += 8 + *length;
    }
    return NULL;
}

/* ---- C-STORE ---- */

#define COMMAND_FRAGMENT 1
#define LAST_FRAGMENT 2

int peer_read_store(int connection, struct peer_request *request, struct peer_pdu *command) {
    uint16_t field = 0;
    struct peer_pdu pdu;
    if (peer_read(connection, command) != PDU_DATA) {
        return 0;
    }
    CHECK_IS(command->bytes[5] & 3, COMMAND_FRAGMENT | LAST_FRAGMENT);
    request->context = command->bytes[4];
    CHECK(find_element(command, 0x0100, &field) && field == 0x0001);
    CHECK(find_element(command, 0x0110, &request->message_id));
    do {
        if (peer_read(connection, &pdu) != PDU_DATA) {
            return 0;
        }
        CHECK(pdu.bytes[4] == request->context && (pdu.bytes[5] & COMMAND_FRAGMENT) == 0);
    } while ((pdu.bytes[5] & LAST_FRAGMENT) == 0);
    return 1;
}

int peer_answer_store(int connection, const struct peer_request *request, uint16_t status, const char *comment,
    const uint16_t *offending, size_t offending_length) {
    struct bytes elements;
    elements.length = 0;
    put_element_u16(&elements, 0x0100, 0x8001);
    put_element_u16(&elements, 0x0120, request->message_id);
    put_element_u16(&elements, 0x0800, 0x0101);
    put_element_u16(&elements, 0x0900, status);
    if (offending != NULL) {
        put_element(&elements, 0x0901, offending, offending_length);
    }
    if (comment != NULL) {
        CHECK(strlen(comment) % 2 == 0);
        put_element(&elements, 0x0902, comment, strlen(comment));
    }
    return send_command(connection, request->context, &elements);
}

void peer_well_behaved(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu other;
    (void)peer;
    if (!peer_accept(connection)) {
        return;
    }
    for (;;) {
        switch (peer_read_request_or(connection, &request, &other)) {
        case PDU_DATA:
            peer_answer(connection, &request, 0x0000, NULL);
            break;
        case PDU_RELEASE_RQ:
            peer_release_rp(connection);
            break;
        default:
            return;
        }
    }
}

void peer_accept_and_be_silent(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    int type;
    CHECK(peer_accept(connection));
    do {
        type = peer_read(connection, &pdu);
        if (type == PDU_DATA) {
            peer_reach(peer, 1);
        }
    } while (type != PDU_ABORT && type != PDU_NONE);
}

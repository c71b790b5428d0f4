#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define APPLICATION_CONTEXT "1.2.840.10008.3.1.1.1"
#define VERIFICATION "1.2.840.10008.1.1"
#define IMPLICIT_VR_LITTLE_ENDIAN "1.2.840.10008.1.2"
#define IMPLEMENTATION_CLASS "2.25.302594117430021850194331085241630186253"

enum { PDU_HEADER = 6, FIXED_PART = 74, PDV_HEADER = 6, LAST_COMMAND_FRAGMENT = 0x03 };
enum { COMMAND_FIELD = 0x0100, MESSAGE_ID = 0x0110, RESPONDED_TO = 0x0120, DATA_SET_TYPE = 0x0800, STATUS = 0x0900 };
enum { C_ECHO_RQ = 0x0030, C_ECHO_RSP = 0x8030, NO_DATA_SET = 0x0101 };

/* ---- PDUs in and out ---- */

static uint32_t get_be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_be32(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

int read_pdu(int fd, struct pdu *pdu)
{
    size_t wanted = PDU_CAPACITY;
    pdu->length = 0;
    while (pdu->length < wanted) {
        ssize_t n = recv(fd, pdu->bytes + pdu->length, PDU_CAPACITY - pdu->length, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            return 0;
        if (n < 0)
            die("recv");
        pdu->length += (size_t)n;
        if (pdu->length >= PDU_HEADER)
            wanted = PDU_HEADER + (size_t)get_be32(pdu->bytes + 2);
    }
    if (pdu->length != wanted)
        give_up("the peer sends before it is answered");
    return pdu->bytes[0];
}

void write_pdu(int fd, const struct pdu *pdu)
{
    if (send(fd, pdu->bytes, pdu->length, MSG_NOSIGNAL) != (ssize_t)pdu->length)
        die("send");
}

/* ---- association ---- */

static void begin(struct pdu *pdu, uint8_t type, size_t length)
{
    memset(pdu->bytes, 0, length);
    pdu->bytes[0] = type;
    pdu->length = length;
}

static void end(struct pdu *pdu)
{
    put_be32(pdu->bytes + 2, pdu->length - PDU_HEADER);
}

/* Begins an item and says where, for end_item to fill in its length. PS3.8 9.3.2.1 ff. */
static uint8_t *begin_item(struct pdu *pdu, uint8_t type)
{
    uint8_t *item = pdu->bytes + pdu->length;
    if (pdu->length + 256 > PDU_CAPACITY)
        give_up("too many presentation contexts");
    memset(item, 0, 4);
    item[0] = type;
    pdu->length += 4;
    return item;
}

static void end_item(const struct pdu *pdu, uint8_t *item)
{
    size_t length = (size_t)(pdu->bytes + pdu->length - item) - 4;
    item[2] = (uint8_t)(length >> 8);
    item[3] = (uint8_t)length;
}

static void put(struct pdu *pdu, const void *data, size_t length)
{
    memcpy(pdu->bytes + pdu->length, data, length);
    pdu->length += length;
}

static void put_uid_item(struct pdu *pdu, uint8_t type, const char *uid)
{
    uint8_t *item = begin_item(pdu, type);
    put(pdu, uid, strlen(uid));
    end_item(pdu, item);
}

static void put_user_information(struct pdu *pdu)
{
    uint8_t *user = begin_item(pdu, 0x50), *maximum_length = begin_item(pdu, 0x51), bytes[4];
    put_be32(bytes, PDU_CAPACITY);
    put(pdu, bytes, sizeof bytes);
    end_item(pdu, maximum_length);
    put_uid_item(pdu, 0x52, IMPLEMENTATION_CLASS);
    end_item(pdu, user);
}

void make_associate_rq(struct pdu *rq)
{
    static const uint8_t context_1[4] = {1, 0, 0, 0};
    uint8_t *context;
    begin(rq, ASSOCIATE_RQ, FIXED_PART);
    rq->bytes[7] = 1; /* protocol version */
    memcpy(rq->bytes + 10, "ANY-SCP         IDEAL           ", 32);
    put_uid_item(rq, 0x10, APPLICATION_CONTEXT);
    context = begin_item(rq, 0x20);
    put(rq, context_1, sizeof context_1);
    put_uid_item(rq, 0x30, VERIFICATION);
    put_uid_item(rq, 0x40, IMPLICIT_VR_LITTLE_ENDIAN);
    end_item(rq, context);
    put_user_information(rq);
    end(rq);
}

static size_t item_length(const uint8_t *item)
{
    return (size_t)item[2] << 8 | item[3];
}

/* The first item of a type between two places; NULL where there is none. */
static const uint8_t *find_item(const uint8_t *from, const uint8_t *to, uint8_t type)
{
    while (to - from >= 4 && (size_t)(to - from) >= 4 + item_length(from)) {
        if (from[0] == type)
            return from;
        from += 4 + item_length(from);
    }
    return NULL;
}

void make_associate_ac(struct pdu *ac, const struct pdu *rq)
{
    const uint8_t *at = rq->bytes + FIXED_PART, *last = rq->bytes + rq->length, *proposed;
    begin(ac, ASSOCIATE_AC, FIXED_PART);
    memcpy(ac->bytes + 6, rq->bytes + 6, FIXED_PART - 6);
    put_uid_item(ac, 0x10, APPLICATION_CONTEXT);
    while ((proposed = find_item(at, last, 0x20)) != NULL) {
        const uint8_t accepted[4] = {proposed[4], 0, 0, 0};
        const uint8_t *syntax;
        uint8_t *context = begin_item(ac, 0x21);
        at = proposed + 4 + item_length(proposed);
        syntax = find_item(proposed + 8, at, 0x40);
        if (syntax == NULL || item_length(syntax) > 64)
            give_up("a presentation context without a transfer syntax");
        put(ac, accepted, sizeof accepted);
        put(ac, syntax, 4 + item_length(syntax));
        end_item(ac, context);
    }
    put_user_information(ac);
    end(ac);
}

void make_release(struct pdu *pdu, uint8_t type)
{
    begin(pdu, type, PDU_HEADER + 4);
    end(pdu);
}

/* ---- C-ECHO ---- */

/* Command elements are in Implicit VR Little Endian, PS3.7 6.3.1. */
static void put_element(struct pdu *pdu, uint16_t element, const void *value, uint8_t length)
{
    const uint8_t header[8] = {0, 0, (uint8_t)element, (uint8_t)(element >> 8), length, 0, 0, 0};
    put(pdu, header, sizeof header);
    put(pdu, value, length);
}

static void put_us(struct pdu *pdu, uint16_t element, uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    put_element(pdu, element, bytes, sizeof bytes);
}

static void begin_command(struct pdu *pdu, uint8_t context, uint16_t command)
{
    static const uint8_t group_length[4] = {0};
    begin(pdu, P_DATA_TF, PDU_HEADER + PDV_HEADER);
    pdu->bytes[10] = context;
    pdu->bytes[11] = LAST_COMMAND_FRAGMENT;
    put_element(pdu, 0x0000, group_length, sizeof group_length);
    put_element(pdu, 0x0002, VERIFICATION "\0", sizeof VERIFICATION);
    put_us(pdu, COMMAND_FIELD, command);
}

static void end_command(struct pdu *pdu)
{
    pdu->bytes[PDU_HEADER + PDV_HEADER + 8] = (uint8_t)(pdu->length - PDU_HEADER - PDV_HEADER - 12);
    put_be32(pdu->bytes + 6, pdu->length - PDU_HEADER - 4);
    end(pdu);
}

/* The value of a US element of the command in one PDV. */
static uint16_t get_us(const struct pdu *pdu, uint16_t element)
{
    const uint8_t *at = pdu->bytes + PDU_HEADER + PDV_HEADER, *last = pdu->bytes + pdu->length;
    if (pdu->length < PDU_HEADER + PDV_HEADER || get_be32(pdu->bytes + 6) != pdu->length - PDU_HEADER - 4
        || pdu->bytes[11] != LAST_COMMAND_FRAGMENT)
        give_up("not a whole command in one PDV");
    while (last - at >= 10) {
        if (at[0] == 0 && at[1] == 0 && (at[2] | at[3] << 8) == element && at[4] == 2)
            return (uint16_t)(at[8] | at[9] << 8);
        at += 8 + at[4];
    }
    give_up("a command without an element that it must have");
    return 0;
}

void make_echo_rq(struct pdu *rq, uint16_t message_id)
{
    begin_command(rq, 1, C_ECHO_RQ);
    put_us(rq, MESSAGE_ID, message_id);
    put_us(rq, DATA_SET_TYPE, NO_DATA_SET);
    end_command(rq);
}

void make_echo_rsp(struct pdu *rsp, const struct pdu *rq)
{
    if (get_us(rq, COMMAND_FIELD) != C_ECHO_RQ)
        give_up("a request that is no C-ECHO");
    begin_command(rsp, rq->bytes[10], C_ECHO_RSP);
    put_us(rsp, RESPONDED_TO, get_us(rq, MESSAGE_ID));
    put_us(rsp, DATA_SET_TYPE, NO_DATA_SET);
    put_us(rsp, STATUS, 0);
    end_command(rsp);
}

void check_echo_rsp(const struct pdu *rsp, uint16_t message_id)
{
    if (get_us(rsp, COMMAND_FIELD) != C_ECHO_RSP || get_us(rsp, RESPONDED_TO) != message_id || get_us(rsp, STATUS) != 0)
        give_up("an answer that is not success");
}

/* ---- sockets ---- */

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

static void set_option(int fd, int level, int option)
{
    const int on = 1;
    if (setsockopt(fd, level, option, &on, sizeof on) != 0)
        die("setsockopt");
}

int listen_on(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        die("socket");
    set_option(fd, SOL_SOCKET, SO_REUSEADDR);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, SOMAXCONN) != 0)
        die("listen");
    return fd;
}

int accept_from(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        die("accept");
    set_option(fd, IPPROTO_TCP, TCP_NODELAY);
    return fd;
}

int connect_to(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        die("socket");
    set_option(fd, IPPROTO_TCP, TCP_NODELAY);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    return fd;
}

void die(const char *call)
{
    perror(call);
    exit(1);
}

void give_up(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

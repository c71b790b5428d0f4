/*
 * Just enough DICOM for an association that carries C-ECHO, for two sides that take turns: one PDU there, one PDU back.
 * Whatever does not fit that ends the program: these programs are the yardstick, they are no implementation.
 */
#ifndef IDEAL_WIRE_H
#define IDEAL_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* PDU types, PS3.8 9.3. */
enum { ASSOCIATE_RQ = 1, ASSOCIATE_AC = 2, P_DATA_TF = 4, RELEASE_RQ = 5, RELEASE_RP = 6, ABORT = 7 };

/* One PDU with its header; no PDU of this traffic is longer. */
enum { PDU_CAPACITY = 16384 };
struct pdu {
    size_t length;
    uint8_t bytes[PDU_CAPACITY];
};

/* Reads one PDU and says its type; 0 where the peer has closed or reset the connection. */
int read_pdu(int fd, struct pdu *pdu);

/* Sends the PDU in one write. */
void write_pdu(int fd, const struct pdu *pdu);

/* A-ASSOCIATE-RQ that proposes Verification in Implicit VR Little Endian. PS3.8 9.3.2. */
void make_associate_rq(struct pdu *rq);

/* A-ASSOCIATE-AC that accepts every proposed context with its first transfer syntax. PS3.8 9.3.3. */
void make_associate_ac(struct pdu *ac, const struct pdu *rq);

/* A-RELEASE-RQ or A-RELEASE-RP. PS3.8 9.3.6, 9.3.7. */
void make_release(struct pdu *pdu, uint8_t type);

/* C-ECHO-RQ on context 1. PS3.7 9.3.5.1. */
void make_echo_rq(struct pdu *rq, uint16_t message_id);

/* C-ECHO-RSP with status success. PS3.7 9.3.5.2. */
void make_echo_rsp(struct pdu *rsp, const struct pdu *rq);

/* Ends the program unless the PDU is the successful response to that message. */
void check_echo_rsp(const struct pdu *rsp, uint16_t message_id);

/* A stream socket without Nagle's algorithm, listening on or connected to a port of 127.0.0.1. */
int listen_on(uint16_t port);
int accept_from(int listener);
int connect_to(uint16_t port);

/* End the program and say why: a system call has failed; the peer does what is not foreseen here. */
void die(const char *call);
void give_up(const char *why);

#endif

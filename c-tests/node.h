/* A server of the library on 127.0.0.1, and the options of those who call it: the ground that most programs stand on.
 */
#ifndef DIMSE_C_TESTS_NODE_H
#define DIMSE_C_TESTS_NODE_H

#include <dimse.h>
#include <stdint.h>

#include "sample.h"

#define VERIFICATION "1.2.840.10008.1.1"
#define CT_IMAGE_STORAGE "1.2.840.10008.5.1.4.1.1.2"
#define MR_IMAGE_STORAGE "1.2.840.10008.5.1.4.1.1.4"
#define IMPLICIT_VR_LITTLE_ENDIAN "1.2.840.10008.1.2"
#define EXPLICIT_VR_LITTLE_ENDIAN "1.2.840.10008.1.2.1"

struct node {
    dimse_server *server;
    uint16_t port;
};

/* Options that listen on a free port of 127.0.0.1. */
dimse_server_options *node_options(void);

/* Starts it on the default runtime, and frees the options; NULL: C-ECHO is answered by the library itself. */
void node_start(struct node *node, dimse_server_options *options);

/* Stops it, without waiting for associations that are open, and frees it. */
void node_stop(struct node *node);

/* The same, and what is stored goes to the folder. */
dimse_server_options *node_folder(const struct folder *folder);

/* Options that call 127.0.0.1. */
dimse_assoc_options *node_caller(uint16_t port);

/* Opens an association to 127.0.0.1, with the default options. */
dimse_assoc *node_open(uint16_t port);

/* The same, for a SOP class in both uncompressed Little Endian syntaxes. */
dimse_assoc *node_open_for(uint16_t port, const char *sop_class);

/* Starts to open one. */
dimse_op *node_open_async(uint16_t port, const dimse_delivery *delivery);

/* Echoes, and checks that the answer is success. */
void node_echo(dimse_assoc *assoc);

/* Releases and frees. */
void node_release(dimse_assoc *assoc);

/* The counters of the server. */
dimse_server_totals node_counters(const struct node *node);

/* Soon no connection is left, or it is said what the server counts. */
#define CHECK_EMPTY(node) node_check_empty(__FILE__, __LINE__, (node))
void node_check_empty(const char *file, int line, const struct node *node);

#endif

/*
 * libdimse: DICOM networking for every program that can call C.
 *
 * Made from the words above each function in src/ffi; do not edit.
 *
 * A client begins with dimse_assoc_options_new and dimse_assoc_open, a server with dimse_server_options_new and
 * dimse_server_start; both end with dimse_runtime_shutdown. The rules that hold for every function:
 *
 * - A handle (dimse_op *, dimse_queue *, ...) is a number, never an address: NULL, a freed handle and any other value
 *   are found out, and answered with DIMSE_ERR_INVALID_HANDLE, or with nothing, 0 or an empty text where a function
 *   returns something else. Every handle may be used from any thread at once, but options and data sets
 *   while being filled.
 * - Every _free takes NULL, never blocks, and may be called in callbacks and finalizers, in any order.
 * - What you pass is copied before the call returns. Text is UTF-8 and ends with a NUL.
 * - Outputs are written on success only; *err, which you free, on failure only. err itself may always be NULL.
 * - A struct that the library fills has struct_size first: set that to the struct's sizeof before the call, the rest
 *   does not matter.
 * - An _async function returns at once. Its events go to a dimse_delivery, or are read with dimse_op_next; the last is
 *   always one DONE.
 * - A dimse_result is what happened on this side. A status is the peer's number, and a peer that answers with a failure
 *   status is a call that worked.
 */

#ifndef DIMSE_H
#define DIMSE_H

#include <stddef.h>
#include <stdint.h>

#if defined(DIMSE_STATIC) || !defined(_WIN32)
#define DIMSE_API
#else
#define DIMSE_API __declspec(dllimport)
#endif

/*
 * A time, for the setters of options: the default that their words name. Elsewhere (wait, next, dispatch, stop,
 * shutdown) 0 is no time at all.
 */
#define DIMSE_DEFAULT 0u

/* A time: no limit. */
#define DIMSE_NO_LIMIT UINT32_MAX

/* A number of bytes: it is not known. */
#define DIMSE_UNKNOWN_LENGTH UINT64_MAX
/* A time that is left: it cannot be told. */
#define DIMSE_UNKNOWN_TIME UINT32_MAX

/* The number in the library's SONAME. Bindings compare it with dimse_abi_version at load. */
#define DIMSE_ABI_VERSION 0u
/*
 * Grows with every change of the ABI that has the same number. Bindings compare it with dimse_abi_revision at load.
 */
#define DIMSE_ABI_REVISION 1u

/* No phase: nothing failed. */
#define DIMSE_PHASE_NONE 0u
/* Before anything was sent. */
#define DIMSE_PHASE_QUEUED 1u
/* Looking up the host name. */
#define DIMSE_PHASE_RESOLVE 2u
/* Making the transport connection. */
#define DIMSE_PHASE_CONNECT 3u
/* TLS handshake. */
#define DIMSE_PHASE_TLS 4u
/* From A-ASSOCIATE-RQ to its answer. */
#define DIMSE_PHASE_ASSOCIATE 5u
/* Sending a message. */
#define DIMSE_PHASE_SEND 6u
/* Waiting for a response. */
#define DIMSE_PHASE_REPLY 7u
/* Receiving a message. */
#define DIMSE_PHASE_RECEIVE 8u
/* Between messages. */
#define DIMSE_PHASE_IDLE 9u
/* From A-RELEASE-RQ to its answer. */
#define DIMSE_PHASE_RELEASE 10u
/* Sending A-ABORT. */
#define DIMSE_PHASE_ABORT 11u

/* A status: the peer gave none. */
#define DIMSE_NO_STATUS UINT32_MAX

/* Nothing is logged. */
#define DIMSE_LOG_OFF 0u
/* Something failed that should not. */
#define DIMSE_LOG_ERROR 1u
/* Something is wrong, and the library goes on. */
#define DIMSE_LOG_WARN 2u
/* Associations and operations begin and end. */
#define DIMSE_LOG_INFO 3u
/* PDUs and command sets, in words. */
#define DIMSE_LOG_DEBUG 4u
/* What may name patients: nobody else should read it. */
#define DIMSE_LOG_TRACE 5u

/* One instance is done with: answered, whatever the status, or given up. */
#define DIMSE_EVENT_INSTANCE 2u
/* How far the operation is: at most 20 a second, the first at once, the last when all is done. */
#define DIMSE_EVENT_PROGRESS 3u
/* The outcome: exactly one for each operation that was started, always the last. */
#define DIMSE_EVENT_DONE 4u

/* The operation was performed. */
#define DIMSE_CATEGORY_SUCCESS 0u
/* More responses follow. */
#define DIMSE_CATEGORY_PENDING 1u
/* The operation was performed, with a deviation. */
#define DIMSE_CATEGORY_WARNING 2u
/* The operation was not performed. */
#define DIMSE_CATEGORY_FAILURE 3u
/* The operation ended because it was cancelled. */
#define DIMSE_CATEGORY_CANCEL 4u

/* A presentation context that was accepted; every other result is why it was not (PS3.8 table 9-18). */
#define DIMSE_CONTEXT_ACCEPTED 0u
/* The user of the acceptor refused it. */
#define DIMSE_CONTEXT_USER_REJECTION 1u
/* No reason was given. */
#define DIMSE_CONTEXT_NO_REASON 2u
/* The abstract syntax is not supported. */
#define DIMSE_CONTEXT_ABSTRACT_SYNTAX 3u
/* None of the transfer syntaxes is supported. */
#define DIMSE_CONTEXT_TRANSFER_SYNTAXES 4u

/* The number of a value: all of them. As text with a backslash between each two. */
#define DIMSE_ALL_VALUES UINT32_MAX

/* A user name, UTF-8. */
#define DIMSE_IDENTITY_USER 1u
/* A user name and a passcode, both UTF-8. */
#define DIMSE_IDENTITY_PASSCODE 2u
/* A Kerberos service ticket. */
#define DIMSE_IDENTITY_KERBEROS 3u
/* A SAML assertion. */
#define DIMSE_IDENTITY_SAML 4u
/* A JSON web token. */
#define DIMSE_IDENTITY_JWT 5u

/* (0000,0700): the default. */
#define DIMSE_PRIORITY_MEDIUM 0u
/* (0000,0700): before others. */
#define DIMSE_PRIORITY_HIGH 1u
/* (0000,0700): after others. */
#define DIMSE_PRIORITY_LOW 2u

/* An offset table without a value: a reader finds the frames by their order. */
#define DIMSE_OFFSET_TABLE_EMPTY 0u
/* An offset table with the place of each frame. */
#define DIMSE_OFFSET_TABLE_REAL 1u

/* The new file takes the place of the old one. */
#define DIMSE_COLLISION_REPLACE 0u
/*
 * The old file stays, and the new one is dropped; the peer is told success, since the instance is there. Needs a file
 * system with hard links.
 */
#define DIMSE_COLLISION_KEEP 1u
/* The new file gets a number: 1.2.3_1.dcm, up to 1000. Needs a file system with hard links. */
#define DIMSE_COLLISION_NUMBER 2u

/* What the system has written by then: safe when the program is killed, not when the power fails. */
#define DIMSE_SYNC_NONE 0u
/* The bytes of the file; its name may be lost when the power fails. */
#define DIMSE_SYNC_DATA 1u
/* The file, its name, and the folders that were made for it. */
#define DIMSE_SYNC_FULL 2u

/* The rest of a refused data set is received and discarded, and then answered: the association goes on. */
#define DIMSE_REFUSED_DISCARD 0u
/* The rest of a data set that a header handler or a sink refuses is not waited for: the association is aborted. */
#define DIMSE_REFUSED_ABORT 1u

/* C-STORE-RQ. */
#define DIMSE_COMMAND_C_STORE_RQ 1u
/* C-GET-RQ. */
#define DIMSE_COMMAND_C_GET_RQ 16u
/* C-FIND-RQ. */
#define DIMSE_COMMAND_C_FIND_RQ 32u
/* C-MOVE-RQ. */
#define DIMSE_COMMAND_C_MOVE_RQ 33u
/* C-ECHO-RQ. */
#define DIMSE_COMMAND_C_ECHO_RQ 48u
/* N-EVENT-REPORT-RQ. */
#define DIMSE_COMMAND_N_EVENT_REPORT_RQ 256u
/* N-GET-RQ. */
#define DIMSE_COMMAND_N_GET_RQ 272u
/* N-SET-RQ. */
#define DIMSE_COMMAND_N_SET_RQ 288u
/* N-ACTION-RQ. */
#define DIMSE_COMMAND_N_ACTION_RQ 304u
/* N-CREATE-RQ. */
#define DIMSE_COMMAND_N_CREATE_RQ 320u
/* N-DELETE-RQ. */
#define DIMSE_COMMAND_N_DELETE_RQ 336u

/* It is the whole data set: nothing comes behind it. */
#define DIMSE_HEADER_ALL 0u
/* The tag that was asked for follows, or the first one behind it. */
#define DIMSE_HEADER_BEFORE 1u
/* With the element that follows it would be longer than max_bytes. */
#define DIMSE_HEADER_MAX_BYTES 2u
/* What follows cannot be understood. */
#define DIMSE_HEADER_UNREADABLE 3u

/*
 * What a write callback returns that has taken the bytes and wants no more before dimse_sink_resume. The peer waits
 * for as long as that takes: no time limit ends it, only the end of the association does. Where there is no dimse_sink
 * to go on by, because none was asked for or it was freed, the program is at fault: it refuses the instance with C000
 * (dimse_server_options_set_refused).
 */
#define DIMSE_SINK_HOLD 1u

/* An association that this side opened. Any number of threads may use it at once. */
typedef struct dimse_assoc dimse_assoc;

/* How an association is opened. For one thread at a time while being filled. */
typedef struct dimse_assoc_options dimse_assoc_options;

/* An association request: owned by the one who decides, answered once, now or later, from any thread. */
typedef struct dimse_assoc_request dimse_assoc_request;

/* Bytes that are yours: an encoded data set, or its JSON. Any number of threads may read it at once. */
typedef struct dimse_buffer dimse_buffer;

/*
 * A data set, or an item of a sequence: a query, a match, an identifier, what is in a file. Any number of threads may
 * read it at once. While it is being changed, by its owner alone, nobody else may use it: what was read ends there.
 *
 * An element is named by a path: its keyword or its tag, PatientName, 00100010, (0010,0010) or 0010,0010; in an item,
 * counted from 0, RequestAttributesSequence[0].ScheduledProcedureStepID; a private one by its creator,
 * (0009,"ACME 1.1",10) is element 10 of the block that ACME 1.1 has reserved in group 0009 (PS3.5 7.8.1).
 *
 * What is made gets its VR from PS3.6. Where that leaves a choice (dimse_tag_vr), it is OW of OB or OW and of US or
 * OW: so new PixelData take whole words of 2 bytes until dimse_dataset_set_empty has made them "OB". US or SS is SS
 * where Pixel Representation (0028,0103), there or around, says that pixels have a sign, and else US.
 */
typedef struct dimse_dataset dimse_dataset;

/* What can be set for one C-ECHO. For one thread at a time while being filled. */
typedef struct dimse_echo_options dimse_echo_options;

/* The whole story of a failure, in one record. */
typedef struct dimse_error dimse_error;

/*
 * An instance to be sent: a whole DICOM file (PS3.10) on disk, in memory, or from a reader. Any number of threads may
 * use it at once.
 */
typedef struct dimse_instance dimse_instance;

/* An operation in flight, or over. */
typedef struct dimse_op dimse_op;

/* Events that wait until you dispatch them. */
typedef struct dimse_queue dimse_queue;

/* One request of a peer: owned by the one who answers, answered once, now or later, from any thread. */
typedef struct dimse_request dimse_request;

/* The threads that everything runs on. NULL means the default one of the process, made on first use. */
typedef struct dimse_runtime dimse_runtime;

/* How a runtime is to be made. For one thread at a time while being filled. */
typedef struct dimse_runtime_options dimse_runtime_options;

/* A server. Any number of threads may use it at once. */
typedef struct dimse_server dimse_server;

/* How a server is started. For one thread at a time while being filled. */
typedef struct dimse_server_options dimse_server_options;

/* An instance on its way into the caller's code. Any number of threads may use it at once. */
typedef struct dimse_sink dimse_sink;

/* What can be set for one C-STORE, or for a list of them. For one thread at a time while being filled. */
typedef struct dimse_store_options dimse_store_options;

/* The local outcome of a call: 0 done, above 0 not a failure, below 0 failed. Never the peer's status. */
typedef int32_t dimse_result;

/* UTF-8 text that belongs to somebody else. A path is what the system has: on Unix any bytes but NUL. */
typedef struct dimse_str {
    /* Never NULL; a NUL stands behind the last byte. */
    const char *data;
    /* Bytes, the NUL not counted. */
    size_t len;
} dimse_str;

/*
 * One line of the log; message may have more. The library fills it; later versions add fields at the end. It and what
 * it points to live until the callback returns.
 */
typedef struct dimse_log_record {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* DIMSE_LOG_ERROR to DIMSE_LOG_TRACE. */
    uint32_t level;
    /* The association that it is about; 0 where it is about none. */
    uint64_t association;
    /* Which part of the library speaks. */
    dimse_str target;
    /* The words, as they are: no line end is added or taken. */
    dimse_str message;
    /* (0000,0110) of the message that it is about; 0 where it is about none. */
    uint32_t message_id;
    /* 0. */
    uint32_t reserved;
} dimse_log_record;

/*
 * Takes one record. Called on any thread, also on several at once. Must not throw, unwind or longjmp; what the library
 * would log on this thread meanwhile is left out.
 */
typedef void (*dimse_log_cb)(const dimse_log_record *record, void *user_data);

/*
 * Gives user_data back: once, after the last call of the callback beside it has returned, also where starting failed.
 * Must not throw, unwind or longjmp.
 */
typedef void (*dimse_release_cb)(void *user_data);

/* Says that a queue has become non-empty. Must not throw, unwind or longjmp; may call everything but what blocks. */
typedef void (*dimse_notify_cb)(void *user_data);

/*
 * One event of an operation. The library fills it; later versions add fields at the end, and struct_size says how many
 * bytes are there. Kinds that you do not know are to be ignored. Everything that it points to lives until the callback
 * returns, or until the next dimse_op_next on, or dimse_op_free of, the operation that it was read from. A field says
 * something in the kinds that are named with it, and in all where none is; elsewhere it is 0, empty or NULL, but for
 * status, time_left_ms and bytes_total, which have a value for what is not known.
 */
typedef struct dimse_event {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* DIMSE_EVENT_*. */
    uint32_t kind;
    /* INSTANCE, DONE: DIMSE_OK or DIMSE_ERR_*. A failure status of the peer is DIMSE_OK: the call worked. */
    dimse_result result;
    /*
     * INSTANCE, DONE: the peer's (0000,0900), or DIMSE_NO_STATUS. DONE has one where the operation is one request.
     */
    uint32_t status;
    /* PROGRESS: DIMSE_PHASE_* that it is in. INSTANCE, DONE: that in which it failed, or DIMSE_PHASE_NONE. */
    uint32_t phase;
    /*
     * INSTANCE, DONE: (0000,0110) of the last request; 0 where none was sent. An INSTANCE that failed has 0 where the
     * instance itself cannot be sent, and the others follow. Else its request was under way when the operation ended,
     * with the association for instance: whether the peer has stored it is not known.
     */
    uint32_t message_id;
    /* INSTANCE, DONE: how many times it was tried. */
    uint32_t attempts;
    /* PROGRESS, DONE: instances answered with success or a warning. */
    uint32_t instances_done;
    /* PROGRESS, DONE: instances that the operation is about. */
    uint32_t instances_total;
    /*
     * PROGRESS, DONE: instances answered with a failure, or not sent because something is wrong with them. What is
     * neither done nor failed was not come to, or was cut off.
     */
    uint32_t instances_failed;
    /* PROGRESS, DONE: of those in instances_done, answered with a warning. */
    uint32_t instances_warned;
    /* PROGRESS: how long it may still take, or DIMSE_UNKNOWN_TIME. */
    uint32_t time_left_ms;
    /* INSTANCE, DONE: from the first byte, or the start of connecting, to the end. */
    uint64_t duration_us;
    /* Bytes of data sets sent and received: of the instance in INSTANCE, of the whole operation elsewhere. */
    uint64_t bytes_done;
    /*
     * PROGRESS: all there are to send or to receive, or DIMSE_UNKNOWN_LENGTH. Files count with their headers until it
     * is their turn.
     */
    uint64_t bytes_total;
    /* PROGRESS: over the whole operation so far. */
    uint64_t bytes_per_second;
    /* INSTANCE, DONE: (0000,0902), the peer's words; empty where there are none. */
    dimse_str comment;
    /* INSTANCE: SOP Class UID, as far as it is known. */
    dimse_str sop_class;
    /* INSTANCE: SOP Instance UID, as far as it is known. */
    dimse_str sop_instance;
    /* INSTANCE: how its data set is encoded, as far as that is known. */
    dimse_str transfer_syntax;
    /* INSTANCE: the file that it comes from, as you named it; empty where it is none. */
    dimse_str path;
    /*
     * INSTANCE: (0000,0901), the elements that the peer did not like, each as 0xGGGGEEEE; NULL where there are none.
     */
    const uint32_t *offending;
    /* INSTANCE: how many these are. */
    size_t offending_count;
    /* INSTANCE, DONE: the whole story of a failure, NULL where there is none. */
    const dimse_error *error;
} dimse_event;

/* Bytes that belong to somebody else. */
typedef struct dimse_bytes {
    /* NULL only where len is 0. */
    const uint8_t *data;
    /* How many. */
    size_t len;
} dimse_bytes;

/* An element of a data set. */
typedef struct dimse_element {
    /* Set it to sizeof(dimse_element). */
    uint32_t struct_size;
    /* 0xggggeeee. */
    uint32_t tag;
    /* Two letters and a NUL; static. */
    const char *vr;
    /* Bytes of its value; 0 of a sequence and of encapsulated pixel data. */
    uint64_t length;
    /* Items, of a sequence. */
    uint32_t items;
    /* Fragments, of encapsulated pixel data; the first is the basic offset table. */
    uint32_t fragments;
} dimse_element;

/*
 * Takes one event. Return 0 to go on, anything else to cancel the operation: its DONE still comes. Must not throw,
 * unwind or longjmp; may call everything but what blocks.
 */
typedef int32_t (*dimse_event_cb)(const dimse_event *event, void *user_data);

/*
 * Where the events of an operation go. Copied before the call returns; a delivery that is NULL means that you read the
 * events with dimse_op_next.
 *
 * Events that you do not take are bounded: while 1,024 INSTANCE events of an association wait, or a MiB of them, none
 * of its operations begins a further instance, and no data are read from its peer, until half of them are taken. A
 * PROGRESS gives way to the next; DONE, cancelling and aborting need no room. A thread that waits in a blocking call,
 * dimse_op_wait or dimse_op_next is not waited for: as long as it does, events that a dispatch or dimse_op_next must
 * take keep nothing waiting.
 */
typedef struct dimse_delivery {
    /* NULL: on a thread of the library. A queue: inside dimse_queue_dispatch, on the thread that calls it. */
    dimse_queue *queue;
    /* Takes the events; not NULL. */
    dimse_event_cb on_event;
    /* Comes back in every call. */
    void *user_data;
    /* May be NULL. */
    dimse_release_cb release;
} dimse_delivery;

/*
 * What is known of an association. The library fills it; set struct_size to sizeof(dimse_facts) before. Its texts live
 * as long as the handle that they were read from.
 */
typedef struct dimse_facts {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* 1 where this side asked for the association, 0 where the peer did. */
    uint32_t is_requestor;
    /* The association's number in this process, as the log has it. */
    uint64_t association;
    /* The AE title of the requestor. Bytes that are not printable ASCII come as \xNN. */
    dimse_str calling;
    /* The AE title of the acceptor, as the requestor named it. */
    dimse_str called;
    /* This end of the connection: "192.0.2.7:104"; an IPv6 address stands in square brackets. */
    dimse_str local_address;
    /* The other end of the connection. */
    dimse_str peer_address;
    /* The peer's implementation class UID; empty where it gave none. */
    dimse_str peer_implementation_class;
    /* The peer's implementation version name; empty where it gave none. */
    dimse_str peer_implementation_version;
    /* The acceptor's answer to the user identity that this side sent; data is NULL where there is none. */
    dimse_bytes identity_response;
    /* The longest P-DATA-TF variable field that this side said it receives; 0: no limit. */
    uint32_t own_max_pdu_bytes;
    /* The longest P-DATA-TF variable field that the peer said it receives; 0: no limit. */
    uint32_t peer_max_pdu_bytes;
    /* Operations that this side may have open at once; 0: no limit. */
    uint32_t window_invoked;
    /* Operations that the peer may have open at once; 0: no limit. */
    uint32_t window_performed;
    /* Presentation contexts that were proposed. */
    uint32_t context_count;
    /* Presentation contexts that were accepted. */
    uint32_t accepted_count;
} dimse_facts;

/*
 * A presentation context. The library fills it; set struct_size to sizeof(dimse_context) before. Its texts live as
 * long as the handle that they were read from.
 */
typedef struct dimse_context {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* Its number on the wire: odd, 1 to 255. */
    uint32_t id;
    /* DIMSE_CONTEXT_*, or a number that the standard reserves, 5 to 255. */
    uint32_t result;
    /* 1 where this side may be service class user in it. */
    uint32_t local_is_scu;
    /* 1 where this side may be service class provider in it. */
    uint32_t local_is_scp;
    /* 0. */
    uint32_t reserved;
    /* The SOP class; empty where what was proposed is no UID. */
    dimse_str abstract_syntax;
    /* How data sets are encoded; empty unless it was accepted. */
    dimse_str transfer_syntax;
} dimse_context;

/*
 * How much went over an association so far. The library fills it; set struct_size to sizeof(dimse_counters) before.
 */
typedef struct dimse_counters {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* 0. */
    uint32_t reserved;
    /* Bytes given to the system, headers included. */
    uint64_t bytes_sent;
    /* Bytes read, headers included. */
    uint64_t bytes_received;
    /* PDUs sent. */
    uint64_t pdus_sent;
    /* PDUs whose header has come. */
    uint64_t pdus_received;
    /* DIMSE messages sent. */
    uint64_t messages_sent;
    /* DIMSE messages received. */
    uint64_t messages_received;
} dimse_counters;

/*
 * Gives the next bytes of an instance: writes up to size of them to into, and returns how many that were, 0 at the
 * end, less than 0 where it failed. Never called twice at once. Must not throw, unwind or longjmp; may call everything
 * but what blocks on the library.
 */
typedef int64_t (*dimse_read_cb)(uint8_t *into, size_t size, void *user_data);

/*
 * Takes an association request. It is yours: answer it now or later, from any thread, once, and free it. Must not
 * throw, unwind or longjmp; may call everything but what blocks.
 */
typedef void (*dimse_assoc_request_cb)(dimse_assoc_request *request, void *user_data);

/*
 * Takes a request. It is yours: answer it now or later, from any thread, once, and free it. Must not throw, unwind or
 * longjmp; may call everything but what blocks.
 */
typedef void (*dimse_request_cb)(dimse_request *request, void *user_data);

/* An element of a data set that passes. The library fills it; all that it points to is gone after the call. */
typedef struct dimse_passing_element {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* Its group in the upper 16 bits. */
    uint32_t tag;
    /* Of its value; DIMSE_UNKNOWN_LENGTH is undefined length. */
    uint64_t length;
    /* Where in the data set it begins, before that was deflated. */
    uint64_t offset;
    /* The first bytes of its value, as many as were wanted, in the byte order of the transfer syntax. */
    dimse_bytes value;
    /* Two letters; where they are not written, what the standard says, UN for what it does not know. */
    dimse_str vr;
    /* (0000,0002) of the C-STORE-RQ. */
    dimse_str sop_class;
    /* (0000,1000) of the C-STORE-RQ. */
    dimse_str sop_instance;
} dimse_passing_element;

/* Sees an element. Must not throw, unwind or longjmp; may call everything but what blocks. */
typedef void (*dimse_element_cb)(const dimse_passing_element *element, void *user_data);

/*
 * What a server has to do now, and has done so far. The library fills it; set struct_size to
 * sizeof(dimse_server_totals) before.
 */
typedef struct dimse_server_totals {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* 1 once it was told to stop: it takes no more associations. */
    uint32_t is_draining;
    /* Connections that are open now. */
    uint64_t connections;
    /* Of these, associations: asked for, established or being released. */
    uint64_t associations;
    /* Of these, connections over which no association was asked for yet. */
    uint64_t waiting;
    /* Connections ever taken. */
    uint64_t connected_total;
    /* Associations accepted. */
    uint64_t accepted_total;
    /* Association requests refused: by an AE title, a network, a limit, or the association handler. */
    uint64_t refused_total;
    /* Associations that ended otherwise than by release. */
    uint64_t aborted_total;
    /* Requests whose command has come whole, whatever became of the data set behind it. */
    uint64_t requests_total;
    /* Instances stored. */
    uint64_t instances_total;
    /* Bytes of their data sets. */
    uint64_t bytes_total;
    /* Panics on the threads of its runtime, each a defect of the library, caught. */
    uint64_t panics_total;
} dimse_server_totals;

/*
 * What a request says. The library fills it; set struct_size to sizeof(dimse_message) before. Its texts live as long
 * as the request.
 */
typedef struct dimse_message {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* (0000,0100): DIMSE_COMMAND_*. */
    uint32_t command;
    /* (0000,0110). */
    uint32_t message_id;
    /* The presentation context that it came over. */
    uint32_t context_id;
    /* 1 where a data set follows. */
    uint32_t has_data_set;
    /* 0. */
    uint32_t reserved;
    /* The association's number in this process, as the log has it. */
    uint64_t association;
    /* (0000,0002) or (0000,0003); empty where there is none. */
    dimse_str sop_class;
    /* (0000,1000) or (0000,1001); empty where there is none. */
    dimse_str sop_instance;
    /* The transfer syntax of the presentation context. */
    dimse_str transfer_syntax;
    /* The AE title of the requestor of the association. Bytes that are not printable ASCII come as \xNN. */
    dimse_str calling;
    /* The AE title of the acceptor, as the requestor named it. */
    dimse_str called;
    /* The other end of the connection: "192.0.2.7:104"; an IPv6 address stands in square brackets. */
    dimse_str peer_address;
} dimse_message;

/*
 * The instance that came with a request. The library fills it; set struct_size to sizeof(dimse_received) before. Its
 * paths live as long as the request; on Unix they are any bytes but NUL.
 */
typedef struct dimse_received {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* 0. */
    uint32_t reserved;
    /* The length of its data set, as it is stored. */
    uint64_t bytes;
    /* Where it lies now: a complete DICOM file, but not under its name yet. Read it, do not move it. */
    dimse_str unfinished_path;
    /*
     * The name that it gets where it is kept; with DIMSE_COLLISION_NUMBER it may
     * come to have a number more.
     */
    dimse_str path;
} dimse_received;

/*
 * Takes the next bytes of a data set, in order; they are the library's again when it returns. Returns 0 for more,
 * DIMSE_SINK_HOLD to get none before dimse_sink_resume, or a failure status, A700 say, to refuse the rest. Never
 * called twice at once for one instance. Must not throw, unwind or longjmp; may call everything but what blocks on
 * the library.
 */
typedef uint32_t (*dimse_sink_write_cb)(const uint8_t *data, size_t length, void *user_data);

/*
 * The data set has come to its end, where is_complete is 1: returns 0 where it is stored, or a failure status. Where
 * is_complete is 0 it was refused, or broke off, and what is returned says nothing. Called once. Must not throw,
 * unwind or longjmp; may call everything but what blocks on the library.
 */
typedef uint32_t (*dimse_sink_end_cb)(uint32_t is_complete, void *user_data);

/* Done. */
#define DIMSE_OK 0

/* Not over yet. */
#define DIMSE_PENDING 1

/* An answer was given before, or the peer has gone: this one does nothing, and no harm. */
#define DIMSE_ANSWERED_ALREADY 2

/* What was asked for is not there: an element of a data set, an item, or a value. */
#define DIMSE_ABSENT 3

/* An argument that cannot be used. */
#define DIMSE_ERR_INVALID_ARGUMENT (-1)
/* A handle that is NULL, freed, or of something else. */
#define DIMSE_ERR_INVALID_HANDLE (-2)
/* A call that the object's state does not allow. */
#define DIMSE_ERR_STATE (-3)
/* A blocking call inside a callback. */
#define DIMSE_ERR_WOULD_DEADLOCK (-4)
/* Cancelled by the caller. */
#define DIMSE_ERR_CANCELLED (-5)
/* A phase's deadline passed. */
#define DIMSE_ERR_TIMEOUT (-6)
/* No transport connection. */
#define DIMSE_ERR_CONNECT (-7)
/* TLS failed. */
#define DIMSE_ERR_TLS (-8)
/* The association was rejected: see dimse_error_reject. */
#define DIMSE_ERR_REJECTED (-9)
/* The peer aborted: see dimse_error_abort. */
#define DIMSE_ERR_ABORTED (-10)
/* No presentation context that would carry the message was accepted. */
#define DIMSE_ERR_NO_CONTEXT (-11)
/* The peer broke the protocol. */
#define DIMSE_ERR_PROTOCOL (-12)
/* The system refused an input or output call: see dimse_error_os_error. */
#define DIMSE_ERR_IO (-13)
/* The host name does not resolve. */
#define DIMSE_ERR_RESOLVE (-14)
/* The peer closed the connection without a word. */
#define DIMSE_ERR_CLOSED (-15)
/* The other side speaks another protocol than DICOM. */
#define DIMSE_ERR_NOT_DICOM (-16)
/* A limit of the library or of the system was reached. */
#define DIMSE_ERR_RESOURCES (-17)
/* The peer released the association: associate again. */
#define DIMSE_ERR_RELEASED (-18)
/*
 * What was to be sent is a DICOM object, but cut off, or does not say what it is; what cannot be read is DIMSE_ERR_IO.
 */
#define DIMSE_ERR_INSTANCE (-19)
/*
 * What was to be sent is no DICOM object at all, with a header (PS3.10 7.1) or without, but empty or something else.
 */
#define DIMSE_ERR_NO_INSTANCE (-20)
/* What is in a data set, or was to become one, is not as the standard has it, or more than was allowed. */
#define DIMSE_ERR_DATASET (-21)
/* A defect of the library, caught. */
#define DIMSE_ERR_PANIC (-99)

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The DIMSE_ABI_VERSION of the library that is running. A program made for another number must not go on.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
 */
DIMSE_API uint32_t dimse_abi_version(void);

/*
 * The DIMSE_ABI_REVISION of the library that is running. Before 1.0 a program made for another number must not go on.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
 */
DIMSE_API uint32_t dimse_abi_revision(void);

/*
 * The version of the library that is running, for people and logs: "0.1.0".
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL. Since 0.1.0.
 */
DIMSE_API const char *dimse_version(void);

/*
 * The name of a result, "DIMSE_ERR_TIMEOUT"; "DIMSE_ERR_?" where the number is none.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL. Since 0.1.0.
 */
DIMSE_API const char *dimse_result_name(dimse_result result);

/*
 * The result that the failed call returned.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_HANDLE where err is no error.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_error_result(const dimse_error *err);

/*
 * When it failed: DIMSE_PHASE_*.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_PHASE_NONE where err is no error. Since 0.1.0.
 */
DIMSE_API uint32_t dimse_error_phase(const dimse_error *err);

/*
 * What happened, with which peer, and what to do about it, in one sentence for people.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as err; it is empty where err is
 * no error. Since 0.1.0.
 */
DIMSE_API dimse_str dimse_error_message(const dimse_error *err);

/*
 * The peer, as people name it: "PACS at 192.0.2.7:104".
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as err; it is empty where no peer
 * was known. Since 0.1.0.
 */
DIMSE_API dimse_str dimse_error_peer(const dimse_error *err);

/*
 * The status (0000,0900) that the peer gave before the failure, or DIMSE_NO_STATUS.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0. PS3.7 annex C.
 */
DIMSE_API uint32_t dimse_error_status(const dimse_error *err);

/*
 * The Error Comment (0000,0902) that the peer gave before the failure.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as err; it is empty where there is
 * none. Since 0.1.0. PS3.7 annex C.
 */
DIMSE_API dimse_str dimse_error_comment(const dimse_error *err);

/*
 * Result, source and reason of the A-ASSOCIATE-RJ that was received.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Each of the three may be NULL; they are written on
 * success only. DIMSE_ERR_STATE where err is no rejection. Since 0.1.0. PS3.8 9.3.4, table 9-21.
 */
DIMSE_API dimse_result dimse_error_reject(const dimse_error *err, uint8_t *result, uint8_t *source, uint8_t *reason);

/*
 * Source and reason of the A-ABORT that was received.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Both may be NULL; they are written on success only.
 * DIMSE_ERR_STATE where err is no abort. Since 0.1.0. PS3.8 9.3.8, table 9-26.
 */
DIMSE_API dimse_result dimse_error_abort(const dimse_error *err, uint8_t *source, uint8_t *reason);

/*
 * The system's own error number: errno on Unix, GetLastError or WSAGetLastError on Windows; 0 where there is none.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
 */
DIMSE_API int32_t dimse_error_os_error(const dimse_error *err);

/*
 * 1 where the same call may succeed later or over a new association, without anybody changing a setting; else 0.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
 */
DIMSE_API int32_t dimse_error_is_retryable(const dimse_error *err);

/*
 * Frees err and every text that came from it.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. The error of an event
 * belongs to the event and is not freed by you. Since 0.1.0.
 */
DIMSE_API void dimse_error_free(dimse_error *err);

/*
 * Sets who takes the log, from level on upwards in importance: DIMSE_LOG_ERROR alone to DIMSE_LOG_TRACE, everything.
 * callback NULL, or DIMSE_LOG_OFF: nobody. One for the process; levels that nobody takes cost next to nothing.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. release, where not NULL, gives user_data back exactly
 * once, after the last call: when another callback is set, or this call fails. DIMSE_ERR_INVALID_ARGUMENT for another
 * level; DIMSE_ERR_STATE where this library is part of a Rust program that takes the log itself. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_log_set_callback(
    uint32_t level, dimse_log_cb callback, void *user_data, dimse_release_cb release, dimse_error **err);

/*
 * Makes options with every default.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_runtime_options_new(dimse_runtime_options **out, dimse_error **err);

/*
 * Frees options; a runtime that was made with them stays.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_runtime_options_free(dimse_runtime_options *options);

/*
 * Sets how many threads drive the associations that no call of yours drives: 1 to 1024; by default as many as there
 * are cores, at most 4.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT out of range. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_runtime_options_set_worker_threads(
    dimse_runtime_options *options, uint32_t count, dimse_error **err);

/*
 * Sets how many callbacks without a queue may run at the same time: 1 to 1024; by default as many as there are cores,
 * at least 4. Threads start when they are needed.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT out of range. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_runtime_options_set_callback_threads(
    dimse_runtime_options *options, uint32_t count, dimse_error **err);

/*
 * Sets how many associations may move instances with a thread of their own, beside those that a blocking call of yours
 * drives: 1 to 1024; by default 64. The others share the worker threads. Threads start when they are needed, and end
 * when they are not.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT out of range. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_runtime_options_set_hot_threads(
    dimse_runtime_options *options, uint32_t count, dimse_error **err);

/*
 * Makes a runtime of its own: for programs that want to end a part of their associations, or set how many threads
 * there are. Everybody else passes NULL as runtime.
 *
 * Nothing on the wire. Starts threads, and does not wait for them; allowed in callbacks. options NULL: the defaults;
 * they are copied. *out is yours to free. DIMSE_ERR_RESOURCES where no thread can be started. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_runtime_new(const dimse_runtime_options *options, dimse_runtime **out, dimse_error **err);

/*
 * Ends everything that runs on rt (NULL: the default runtime) and joins its threads. New work is refused from here on
 * (DIMSE_ERR_STATE); the default runtime is made anew by the next call that needs it.
 *
 * On the wire: A-RELEASE and the end of what is under way, up to timeout_ms (0: none of it; DIMSE_NO_LIMIT: for ever),
 * then A-ABORT. Blocks that long, and some seconds more at most. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK):
 * call it from a thread of your own. Every operation gets its DONE; what waits in queues can still be dispatched. The
 * handle stays yours to free. DIMSE_ERR_TIMEOUT where a callback does not return: call again to wait again. A second
 * call is DIMSE_OK; one beside another waits for it. Since 0.1.0. PS3.8 7.2, 7.3.
 */
DIMSE_API dimse_result dimse_runtime_shutdown(dimse_runtime *rt, uint32_t timeout_ms);

/*
 * Frees the handle. The runtime's threads end, without anybody waiting for them, when nothing that was made on it is
 * left; to wait for that, call dimse_runtime_shutdown before.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_runtime_free(dimse_runtime *rt);

/*
 * Makes a queue.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. rt NULL is the default runtime; the queue may outlive the
 * handle, and its last events can be dispatched after dimse_runtime_shutdown. *out is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_queue_new(dimse_runtime *rt, dimse_queue **out, dimse_error **err);

/*
 * Sets what is called when the queue becomes non-empty, when a dispatch returns and leaves events, and now where there
 * are some already. notify NULL: nothing is called.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. notify runs on a thread of the library, never twice at
 * once, with no lock held; make it a posted message to your own loop. release, where not NULL, gives user_data back
 * exactly once: after the last call, when another notify is set, the queue is freed, or this call fails. It may still
 * be called once after another was set. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_queue_set_notify(
    dimse_queue *queue, dimse_notify_cb notify, void *user_data, dimse_release_cb release, dimse_error **err);

/*
 * A descriptor that is readable while the queue is not empty, for poll, epoll or kqueue. Level-triggered: never read
 * from it; it stops being readable when you have dispatched.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The descriptor is the library's and lives until the queue
 * is freed. Unix only: DIMSE_ERR_STATE elsewhere; DIMSE_ERR_IO where the process has no descriptor left. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_queue_fd(dimse_queue *queue, int32_t *out, dimse_error **err);

/*
 * Runs at most max callbacks on this thread and says in *ran, which may be NULL, how many.
 *
 * Nothing on the wire. Blocks up to timeout_ms for the first event, never for another: 0 does not wait, DIMSE_NO_LIMIT
 * waits for ever. max is 1 or more; UINT32_MAX takes all there are. Any number of threads may dispatch one queue at
 * once: events of one association stay in order and never overlap. Not allowed in callbacks
 * (DIMSE_ERR_WOULD_DEADLOCK). DIMSE_OK also where nothing came. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_queue_dispatch(dimse_queue *queue, uint32_t timeout_ms, uint32_t max, uint32_t *ran);

/*
 * Makes every dispatch that waits return; where none does, the next that would wait returns at once. It is no event:
 * the descriptor of dimse_queue_fd and the notification stay as they are.
 *
 * Nothing on the wire. Does not block; allowed in callbacks and from any thread. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_queue_wakeup(dimse_queue *queue);

/*
 * Frees the queue. A dispatch in another thread returns after the callback that it is in. Events that wait in it or
 * come later are not delivered any more; each release still runs once, on a thread of the library, or on this one
 * after dimse_runtime_shutdown. The operations themselves go on.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_queue_free(dimse_queue *queue);

/*
 * Says whether the operation is over: DIMSE_PENDING, or its outcome (DIMSE_OK or DIMSE_ERR_*).
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Its events, DONE too, may still be on their way:
 * user_data is yours again at release, not before. It may itself wait until you take them, see dimse_delivery.
 * DIMSE_ERR_INVALID_HANDLE where op is no operation. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_op_poll(const dimse_op *op);

/*
 * Waits for the operation's outcome and returns it; DIMSE_PENDING where it did not come in time.
 *
 * Nothing on the wire. Blocks up to timeout_ms: 0 does not wait, DIMSE_NO_LIMIT waits for ever. Not allowed in
 * callbacks (DIMSE_ERR_WOULD_DEADLOCK). Its events may still be on their way, see dimse_op_poll. *err, where err is
 * not NULL, is written on failure and is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_op_wait(dimse_op *op, uint32_t timeout_ms, dimse_error **err);

/*
 * Reads the next event of an operation that was started with delivery NULL; DIMSE_PENDING where none came in time.
 *
 * Nothing on the wire. Blocks up to timeout_ms: 0 does not wait, DIMSE_NO_LIMIT waits for ever. Not allowed in
 * callbacks (DIMSE_ERR_WOULD_DEADLOCK). Set out->struct_size to sizeof(dimse_event) before; out is written on DIMSE_OK
 * only. What it points to lives until the next dimse_op_next on, or dimse_op_free of, this op. DIMSE_ERR_STATE where
 * DONE was read before, or where the operation has a callback. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_op_next(dimse_op *op, uint32_t timeout_ms, dimse_event *out);

/*
 * Cancels the operation. Its DONE still comes, with what it came to.
 *
 * On the wire: what the operation's own words say (C-CANCEL and the wait for the final response, A-ABORT where a
 * message is half sent, nothing where it still waits its turn). Does not block; allowed in callbacks; a second call,
 * and one after the end, does nothing and is DIMSE_OK. Since 0.1.0. PS3.7 9.3.2.3.
 */
DIMSE_API dimse_result dimse_op_cancel(dimse_op *op);

/*
 * Takes the association that dimse_assoc_open_async has opened.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in that of DONE too. *out is yours to free.
 * DIMSE_ERR_STATE where op has opened none, has not opened it yet, or it was taken before. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_op_take_assoc(dimse_op *op, dimse_assoc **out, dimse_error **err);

/*
 * Frees the handle. The operation goes on, detached; its events still come, then release. Those that dimse_op_next
 * would have read are dropped.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. What the last dimse_op_next
 * gave out dies with it. Since 0.1.0.
 */
DIMSE_API void dimse_op_free(dimse_op *op);

/*
 * The name of a status in the standard: "Processing failure". What a service adds to it is dimse_status_name_of.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where
 * status has more than 16 bits, as DIMSE_NO_STATUS. Since 0.1.0. PS3.7 annex C.
 */
DIMSE_API const char *dimse_status_name(uint32_t status);

/*
 * What a status means, in the middle of a sentence: "a general failure in performing the operation". What a service
 * adds to it is dimse_status_text_of.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where
 * status has more than 16 bits, as DIMSE_NO_STATUS. Since 0.1.0. PS3.7 annex C.
 */
DIMSE_API const char *dimse_status_text(uint32_t status);

/*
 * The name of a status as an answer of the service that command belongs to, DIMSE_COMMAND_*: of A700 to a C-STORE
 * "Refused: out of resources". Where the service gives the number no name of its own, and for any other command, 0 for
 * instance, it is that of dimse_status_name.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where
 * status has more than 16 bits, as DIMSE_NO_STATUS. Since 0.1.0. PS3.7 annex C, PS3.4 annexes B, C, H, S and CC.
 */
DIMSE_API const char *dimse_status_name_of(uint32_t command, uint32_t status);

/*
 * What a status means as an answer of the service that command belongs to, DIMSE_COMMAND_*, in the middle of a
 * sentence: of A700 to a C-STORE "not stored, the peer is out of resources such as disk space". Where the service says
 * nothing of its own about the number, and for any other command, 0 for instance, it is that of dimse_status_text.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where
 * status has more than 16 bits, as DIMSE_NO_STATUS. Since 0.1.0. PS3.7 annex C, PS3.4 annexes B, C, H, S and CC.
 */
DIMSE_API const char *dimse_status_text_of(uint32_t command, uint32_t status);

/*
 * What kind of answer a status is: DIMSE_CATEGORY_*.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. A number that the standard does not define is
 * DIMSE_CATEGORY_FAILURE, and so is one of more than 16 bits: what is not understood is never taken for done.
 * Since 0.1.0. PS3.7 annex C.
 */
DIMSE_API uint32_t dimse_status_category(uint32_t status);

/*
 * The name of a registered UID, of a SOP class or a transfer syntax for instance: "Verification SOP Class".
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where uid
 * is NULL or not registered, as every private one. Since 0.1.0. PS3.6 table A-1.
 */
DIMSE_API const char *dimse_uid_name(const char *uid);

/*
 * The keyword of a standard element: "PatientName" of 0x00100010.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where the
 * standard has no such element, as for private ones. Since 0.1.0. PS3.6.
 */
DIMSE_API const char *dimse_tag_keyword(uint32_t tag);

/*
 * The name of a standard element: "Patient's Name" of 0x00100010.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where the
 * standard has no such element, as for private ones. Since 0.1.0. PS3.6.
 */
DIMSE_API const char *dimse_tag_name(uint32_t tag);

/*
 * The VR of an element, as far as its tag says it: "PN" of 0x00100010, "US or SS" where that depends on the pixels,
 * "LO" of a private creator.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where the
 * tag does not say it, as for other private elements. Since 0.1.0. PS3.6.
 */
DIMSE_API const char *dimse_tag_vr(uint32_t tag);

/*
 * The tag of the element with this keyword: 0x00100010 of "PatientName"; the first where a group repeats.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. 0, which is no tag of a data set, where keyword is NULL or
 * the standard has none such. Since 0.1.0. PS3.6.
 */
DIMSE_API uint32_t dimse_tag_of_keyword(const char *keyword);

/*
 * The bytes in a buffer. A NUL stands behind the last and is not counted: JSON can be read as a C string.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. They live as long as buffer; data is NULL and len 0 where
 * buffer is none. Since 0.1.0.
 */
DIMSE_API dimse_bytes dimse_buffer_bytes(const dimse_buffer *buffer);

/*
 * Frees a buffer and its bytes.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_buffer_free(dimse_buffer *buffer);

/*
 * Makes a data set that has Specific Character Set (0008,0005) ISO_IR 192, UTF-8, so that every text can be put in, and
 * nothing else.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0. PS3.5 7.
 */
DIMSE_API dimse_result dimse_dataset_new(dimse_dataset **out, dimse_error **err);

/*
 * Makes a copy of a data set, which may then be changed and lives by itself. It costs next to nothing, however large
 * the data set is: both share what neither has changed. So this is also how to keep one that belongs to somebody else.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_dataset_copy(const dimse_dataset *dataset, dimse_dataset **out, dimse_error **err);

/*
 * Frees a data set, and the text and bytes that came from it.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_dataset_free(dimse_dataset *dataset);

/*
 * How many values an element has, or items, where it is a sequence, or fragments, where it is encapsulated pixel data.
 * 0 where it is there and empty. All bytes of an OB, OD, OF, OL, OV, OW or UN are one value, and so is all text of an
 * LT, ST, UR or UT.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element is not there.
 * DIMSE_ERR_INVALID_ARGUMENT for a path that is none; DIMSE_ERR_DATASET where the value is no whole number of values of
 * its VR, or no text. Since 0.1.0. PS3.5 6.4.
 */
DIMSE_API dimse_result dimse_dataset_count(
    const dimse_dataset *dataset, const char *path, uint32_t *count, dimse_error **err);

/*
 * A value as UTF-8 text without its padding, the one at index, or all with DIMSE_ALL_VALUES. Numbers are decimal, tags
 * (gggg,eeee); names, dates and times are as they stand there, but for a NUL inside, which becomes U+FFFD. An element
 * without a value has none at 0 either. One by one, text and DS are gone through for each value: many are read at once
 * with DIMSE_ALL_VALUES, or with dimse_dataset_floats.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *value lives until dataset is changed or freed.
 * DIMSE_ABSENT where the element, an item on the way, or the value is not there. DIMSE_ERR_INVALID_ARGUMENT for a path
 * that is none, and where the VR is one of bytes or a sequence; DIMSE_ERR_DATASET where the value is no text in the
 * character set that Specific Character Set says: its bytes can be read. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_string(
    const dimse_dataset *dataset, const char *path, uint32_t index, dimse_str *value, dimse_error **err);

/*
 * The value at index as an integer, where it is one: of VR US, SS, UL, SL, UV, SV, IS, of a DS without a fraction, and
 * of an AT, 0xggggeeee. One by one, an IS or DS is gone through for each value. A LUT descriptor has one VR for its
 * three values, but the first and the third never have a sign (PS3.3 C.11.1.1): where they are negative in an SS, add
 * 65536.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, an item on the way, or the
 * value is not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none and for another VR; DIMSE_ERR_DATASET where
 * the value is no integer, or beyond 64 bits (a UV: dimse_dataset_uint). Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_int(
    const dimse_dataset *dataset, const char *path, uint32_t index, int64_t *value, dimse_error **err);

/*
 * The value at index as an integer from 0 on, as dimse_dataset_int reads it.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, an item on the way, or the
 * value is not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none and for another VR; DIMSE_ERR_DATASET where
 * the value is no integer, or below 0. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_uint(
    const dimse_dataset *dataset, const char *path, uint32_t index, uint64_t *value, dimse_error **err);

/*
 * The value at index as a floating point number, the nearest to it: of VR FL, FD, DS, IS, US, SS, UL, SL, UV and SV.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, an item on the way, or the
 * value is not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none and for another VR; DIMSE_ERR_DATASET where
 * the value is no number. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_float(
    const dimse_dataset *dataset, const char *path, uint32_t index, double *value, dimse_error **err);

/*
 * All values of an element as floating point numbers, as dimse_dataset_float reads them: the first capacity of them go
 * to values, which may be NULL where capacity is 0, and *count is how many there are. The way to read many, as the
 * points of a contour: one by one, a DS is gone through for each.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, or an item on the way, is
 * not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none and for another VR; DIMSE_ERR_DATASET where a value is
 * no number. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_floats(
    const dimse_dataset *dataset, const char *path, double *values, uint32_t capacity, uint32_t *count,
    dimse_error **err);

/*
 * All bytes of an element, padding included: numbers in little endian whatever they were read in, but a value of VR UN
 * that was read in big endian as it came; text in the character set of the data set.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *value lives until dataset is changed or freed.
 * DIMSE_ABSENT where the element, or an item on the way, is not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is
 * none, for a sequence and for encapsulated pixel data. Since 0.1.0. PS3.5 7.1.
 */
DIMSE_API dimse_result dimse_dataset_bytes(
    const dimse_dataset *dataset, const char *path, dimse_bytes *value, dimse_error **err);

/*
 * A fragment of encapsulated pixel data, counted from 0, which is the basic offset table.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *value lives until dataset is changed or freed.
 * DIMSE_ABSENT where the element, an item on the way, or the fragment is not there. DIMSE_ERR_INVALID_ARGUMENT for a
 * path that is none, and for any other element. Since 0.1.0. PS3.5 A.4.
 */
DIMSE_API dimse_result dimse_dataset_fragment(
    const dimse_dataset *dataset, const char *path, uint32_t index, dimse_bytes *value, dimse_error **err);

/*
 * A copy of an item, ScheduledProcedureStepSequence[0], as a data set that stands alone: where the item has no
 * Specific Character Set of its own, it gets the one that it was under, and nothing else: no Pixel Representation
 * (0028,0103). Changing it does not change dataset.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. DIMSE_ABSENT where there is no such
 * item. DIMSE_ERR_INVALID_ARGUMENT for a path that is none, or that names an element. Since 0.1.0. PS3.5 7.5.
 */
DIMSE_API dimse_result dimse_dataset_item(
    const dimse_dataset *dataset, const char *path, dimse_dataset **out, dimse_error **err);

/*
 * What is known of an element: its tag, its VR, and how much there is of it. Set element->struct_size first.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, or an item on the way, is
 * not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none. Since 0.1.0. PS3.5 7.1.
 */
DIMSE_API dimse_result dimse_dataset_element(
    const dimse_dataset *dataset, const char *path, dimse_element *element, dimse_error **err);

/*
 * The element behind the one with this tag, 0xggggeeee; the first with 0. So, from tag to tag, dataset is gone through
 * in the order of its elements; an item is a data set too (dimse_dataset_item). Set element->struct_size first.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where there is none behind it. Since 0.1.0.
 * PS3.5 7.1.
 */
DIMSE_API dimse_result dimse_dataset_next(
    const dimse_dataset *dataset, uint32_t tag, dimse_element *element, dimse_error **err);

/*
 * The UID of the transfer syntax in which a data set was read, from bytes or a file; of a copy of one too.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as dataset; it is empty where it
 * was made otherwise. Since 0.1.0.
 */
DIMSE_API dimse_str dimse_dataset_transfer_syntax(const dimse_dataset *dataset);

/*
 * Sets a value of an element to a text in UTF-8, the one at index, or all with DIMSE_ALL_VALUES; the one behind the
 * last is added. All values may be several with a backslash between each two, unless the VR is ST, LT, UT or UR. Of
 * numbers the text is decimal, of an AT a tag or a keyword. One by one, all that is there is written again for each
 * value: many are set at once, with DIMSE_ALL_VALUES or dimse_dataset_set_floats.
 *
 * Text is checked as PS3.5 table 6.2-1 has it: the form of AS, DA, DS, DT, IS, TM, UI and UR, the characters of CS,
 * and how long AE, CS, LO, LT, SH, ST and each component group of a PN may be; UC and UT are text without an end. A
 * query is a data set too, so "*" and "?" are values of a CS as of all text, ranges of DA, DT and TM, and two
 * quotation marks of every VR that is text. Of a UID, zeros in front of a component are not looked for, nor of a date
 * the days of its month. dimse_dataset_set_bytes checks none of this.
 *
 * The element gets the VR that it has, or that PS3.6 says (dimse_dataset); a private one gets it from
 * dimse_dataset_set_empty, and has no text before. What is on the way and not there yet is made: sequences, the item
 * behind the last, the block of a private creator. Setting Specific Character Set (0008,0005) keeps all text, in the
 * new one; its values must go together, so set them at once.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. text is copied; text and bytes read from dataset before
 * end here. Nothing is changed where it fails: DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, a
 * text that is no value of the VR, and characters that the character set does not have, which names them;
 * DIMSE_ERR_DATASET for text that cannot be kept in another character set. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_set_string(
    dimse_dataset *dataset, const char *path, uint32_t index, const char *text, dimse_error **err);

/*
 * Sets a value of an element to an integer: of VR US, SS, UL, SL, UV, SV, IS, DS, FL, FD, and AT, 0xggggeeee. index,
 * VR, what is made on the way, and what many one by one cost are as in dimse_dataset_set_string.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
 * DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, another VR, and a value that does not fit into
 * it, as one that an FL or FD can only be near. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_set_int(
    dimse_dataset *dataset, const char *path, uint32_t index, int64_t value, dimse_error **err);

/*
 * Sets a value of an element to an integer from 0 on, as dimse_dataset_set_int does: a UV may be one that only fits
 * here.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
 * DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, another VR, and a value that does not fit into
 * it. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_set_uint(
    dimse_dataset *dataset, const char *path, uint32_t index, uint64_t value, dimse_error **err);

/*
 * Sets a value of an element to a floating point number: of VR FL, FD, and DS, which gets as many digits as its 16
 * characters hold. index, VR, what is made on the way, and what many one by one cost are as in
 * dimse_dataset_set_string.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
 * DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, another VR, infinity and not-a-number in a DS,
 * and a number that is too large for an FL. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_set_float(
    dimse_dataset *dataset, const char *path, uint32_t index, double value, dimse_error **err);

/*
 * Sets all values of an element to floating point numbers, as dimse_dataset_set_float does: count of them, or with 0
 * to no value. The way to set many, as the points of a contour.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The numbers are copied; values may be NULL where count is
 * 0. Nothing is changed where it fails: DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, another
 * VR, infinity and not-a-number in a DS, and a number that is too large for an FL. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_set_floats(
    dimse_dataset *dataset, const char *path, const double *values, uint32_t count, dimse_error **err);

/*
 * Sets all of an element to these bytes, as they are: numbers in little endian, text in the character set of the data
 * set; an odd length is padded. VR and what is made on the way are as in dimse_dataset_set_string. Setting Specific
 * Character Set (0008,0005) so says how the text that is there is to be understood, and leaves its bytes as they are.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The bytes are copied; data may be NULL where length is 0.
 * Nothing is changed where it fails: DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, a sequence,
 * and a length that is no whole number of values. Since 0.1.0. PS3.5 6.2.
 */
DIMSE_API dimse_result dimse_dataset_set_bytes(
    dimse_dataset *dataset, const char *path, const uint8_t *data, size_t length, dimse_error **err);

/*
 * Sets an element to no value, as a query has that wants it back, or to no item; of VR vr, two letters, or with NULL
 * of the one that it has or that PS3.6 says. This is how a private element gets its VR, and how one gets the VR of
 * which PS3.6 leaves the choice: "OB" for PixelData. What is made on the way is as in dimse_dataset_set_string.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
 * DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, a VR that does not exist or is not one of PS3.6
 * or UN, and more than 64 sequences in each other; DIMSE_ERR_DATASET for text that cannot be kept without Specific
 * Character Set (0008,0005). Since 0.1.0. PS3.5 6.2, PS3.4 C.2.2.2.3.
 */
DIMSE_API dimse_result dimse_dataset_set_empty(
    dimse_dataset *dataset, const char *path, const char *vr, dimse_error **err);

/*
 * Adds an item behind the last of a sequence, which is made where it is not there; item is copied, NULL is an empty
 * one. Its text comes into the character set of dataset; where that does not have all of its characters, the item keeps
 * its own. *index, which may be NULL, is its number. An empty element of VR UN becomes a sequence, unless PS3.6 says
 * something else.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
 * DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, an element that is no sequence, and more than 64
 * sequences in each other. Since 0.1.0. PS3.5 7.5.
 */
DIMSE_API dimse_result dimse_dataset_append_item(
    dimse_dataset *dataset, const char *path, const dimse_dataset *item, uint32_t *index, dimse_error **err);

/*
 * Takes an element away, or an item, ScheduledProcedureStepSequence[0]: those behind it move up, so many are taken
 * away from the last on. Elements that cannot be made, and that others have made, can be taken away. Taking Specific
 * Character Set (0008,0005) away keeps all text, in the character set around it, or ASCII.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where it was not there.
 * DIMSE_ERR_INVALID_ARGUMENT for a path that is none; DIMSE_ERR_DATASET for text that cannot be kept. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_dataset_remove(dimse_dataset *dataset, const char *path, dimse_error **err);

/*
 * Makes a data set of its bytes without a header, in a transfer syntax: as they arrived, for instance. All uncompressed
 * syntaxes, deflated, and encapsulated, whose pixel data stay as they are.
 *
 * What others write wrongly is read where there is one way to: tags out of order, zeros at the end, VRs that are
 * written or missing against the transfer syntax. Group lengths are left out, and a standard element that is written
 * as UN gets its VR of PS3.6. Refused are a tag that is there twice, and elements of the groups 0000 and 0002. In big
 * endian the order of bytes in a value of VR UN is not known: it stays as it came, and can be written in big endian
 * only.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The bytes are copied; data may be NULL where length is 0.
 * *out is yours to free. maximum_bytes limits them, inflated where they are deflated; 0 is 16 MiB. There may be
 * 1,048,576 elements, items and fragments, and 64 sequences in each other. DIMSE_ERR_INVALID_ARGUMENT where
 * transfer_syntax is none of PS3.6 table A-1 that has elements, as MIME and XML have not; DIMSE_ERR_DATASET for bytes
 * that are no data set, or more than that: it names the byte, the element, and what is wrong. Since 0.1.0. PS3.5 7,
 * annex A.
 */
DIMSE_API dimse_result dimse_dataset_from_bytes(
    const uint8_t *data, size_t length, const char *transfer_syntax, uint64_t maximum_bytes, dimse_dataset **out,
    dimse_error **err);

/*
 * Makes a data set of the DICOM file at path: of the elements in front of the tag before, 0xggggeeee, or of all with
 * 0. What is behind is not read: before 0x7FE00010 it costs no more than the header of the image, however large that
 * is. The file's own header, group 0002, is not in it (dimse_dataset_from_file_meta), but its transfer syntax is:
 * dimse_dataset_transfer_syntax. A file without a header is read where its first element is one of a data set without
 * doubt, as old archives have them. The data set is read as by dimse_dataset_from_bytes. One in a transfer syntax that
 * PS3.6 does not have is read as explicit VR little endian (PS3.5 10.1), GE's 1.2.840.113619.5.2 as implicit, and its
 * pixel data are left as they are.
 *
 * Nothing on the wire. Blocks for as long as the file is read; allowed in callbacks. path is as in
 * dimse_instance_from_file. *out is yours to free. maximum_bytes limits the elements that are read, inflated where
 * they are deflated; 0 is 1 GiB. There may be 16,777,216 elements, items and fragments, and 64 sequences in each
 * other. DIMSE_ERR_IO where the system cannot read it, a folder for instance; DIMSE_ERR_DATASET where it is no DICOM
 * file, as a pipe or a device is none, not whole, or more than that. Since 0.1.0. PS3.10 7.
 */
DIMSE_API dimse_result dimse_dataset_from_file(
    const char *path, uint32_t before, uint64_t maximum_bytes, dimse_dataset **out, dimse_error **err);

/*
 * Makes a data set of as much as can be read of the DICOM file at path: as dimse_dataset_from_file, but what is wrong
 * behind the file's header ends the elements and does not fail. They are those in front of the element of the data set
 * that has something wrong in it, up to the tag before; an element that is cut off is not among them, nor is a sequence
 * with something wrong in an item.
 *
 * Nothing on the wire. Blocks for as long as the file is read; allowed in callbacks. path and maximum_bytes are as in
 * dimse_dataset_from_file; that there are more bytes or elements than the limits allow is something wrong too. *out is
 * yours to free, and so is *damage, which is NULL where nothing is wrong, and else says what and where. DIMSE_ERR_IO
 * where it cannot be read; DIMSE_ERR_DATASET where it is no DICOM file, or its header is damaged. Since 0.1.0.
 * PS3.10 7.
 */
DIMSE_API dimse_result dimse_dataset_from_damaged_file(
    const char *path, uint32_t before, uint64_t maximum_bytes, dimse_dataset **out, dimse_error **damage,
    dimse_error **err);

/*
 * Makes a data set of the File Meta Information of the DICOM file at path, group 0002: of its own header, which no
 * other function gives. Its elements are read as any other, 00020016 the AE title it came from. It is empty where the
 * file has none.
 *
 * Nothing on the wire. Blocks for as long as that is read, 64 KiB at most; allowed in callbacks. path is as in
 * dimse_dataset_from_file. *out is yours to free. DIMSE_ERR_IO where it cannot be read; DIMSE_ERR_DATASET where it is
 * no DICOM file, or its header is damaged. Since 0.1.0. PS3.10 7.1.
 */
DIMSE_API dimse_result dimse_dataset_from_file_meta(const char *path, dimse_dataset **out, dimse_error **err);

/*
 * The bytes of a data set in a transfer syntax: any uncompressed one, deflated, or an encapsulated one where its pixel
 * data are encapsulated already. Sequences have undefined length, and there are no group lengths.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. DIMSE_ERR_DATASET, which names the
 * element, for encapsulated pixel data where they must be native and the other way round, for a value that is too long
 * for any VR, in big endian for numbers that are too long for theirs and for a value that is no whole number of them,
 * and for values of VR UN in another order of bytes than they were read in. DIMSE_ERR_INVALID_ARGUMENT where
 * transfer_syntax is none of PS3.6 table A-1 that has elements, as MIME and XML have not. Since 0.1.0. PS3.5 7,
 * annex A.
 */
DIMSE_API dimse_result dimse_dataset_to_bytes(
    const dimse_dataset *dataset, const char *transfer_syntax, dimse_buffer **out, dimse_error **err);

/*
 * Makes a data set of an object of the DICOM JSON model, length bytes of UTF-8. It gets Specific Character Set
 * ISO_IR 192 where it has one, or needs it. In a DS a number gets as many digits as its 16 characters hold; in an IS
 * and a DS a string stays as it is. null alone is no value; among several values only text may be null. An AT takes a
 * keyword too, and a tag as gggg,eeee; vr may stand behind Value. Group lengths are left out.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text is copied. *out is yours to free. maximum_bytes
 * limits it; 0 is 16 MiB. There may be 1,048,576 elements, items and values, and 64 sequences in each other.
 * DIMSE_ERR_DATASET for what is no such object, or more than that, for members of an element that PS3.18 does not
 * have, a tag that is there twice, elements of the groups 0000 and 0002, a number that does not fit into its VR, an
 * InlineBinary that is no whole number of them, and for an element with a BulkDataURI: its value is elsewhere, and must
 * not get lost. Since 0.1.0. PS3.18 F.
 */
DIMSE_API dimse_result dimse_dataset_from_json(
    const char *json, size_t length, uint64_t maximum_bytes, dimse_dataset **out, dimse_error **err);

/*
 * A data set as an object of the DICOM JSON model, in UTF-8: values of bytes as InlineBinary, DS and IS as numbers
 * with the digits that they have, where they are valid and come back as they were, and else as strings, and so UV and
 * SV beyond 2^53. Specific Character Set (0008,0005), where there is one, becomes ISO_IR 192, which JSON is in.
 * Component groups of a name beyond the third, which are against the standard, stay with the third.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free; a NUL stands behind the text.
 * DIMSE_ERR_DATASET, which names the element, for text that cannot be read, for a value that is no whole number of its
 * VR's, for encapsulated pixel data, which JSON has no place for, and for values of VR UN that were read in big endian.
 * Since 0.1.0. PS3.18 F.
 */
DIMSE_API dimse_result dimse_dataset_to_json(const dimse_dataset *dataset, dimse_buffer **out, dimse_error **err);

/*
 * Makes options with every default and no peer.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_new(dimse_assoc_options **out, dimse_error **err);

/*
 * Frees options; associations that were opened with them stay.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_assoc_options_free(dimse_assoc_options *options);

/*
 * Sets whom to connect to. There is no default.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. host is a name, which is looked up when the association
 * is opened, or an IPv4 or IPv6 address; port is 1 to 65535. DIMSE_ERR_INVALID_ARGUMENT for anything else.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_set_peer(
    dimse_assoc_options *options, const char *host, uint32_t port, dimse_error **err);

/*
 * Sets the AE titles: calling is this side's, called is the peer's. NULL is the default: "DIMSE" and "ANY-SCP".
 *
 * Nothing on the wire. Does not block; allowed in callbacks. 1 to 16 characters of printable ASCII without a
 * backslash; spaces around them do not count. DIMSE_ERR_INVALID_ARGUMENT for anything else. Since 0.1.0. PS3.8 9.3.2.
 */
DIMSE_API dimse_result dimse_assoc_options_set_ae_titles(
    dimse_assoc_options *options, const char *calling, const char *called, dimse_error **err);

/*
 * Sets the local address to connect from: an IPv4 or IPv6 address without a port. NULL: the system chooses.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT where address is none; whether
 * it is one of this machine's is found out when the association is opened. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_set_source_address(
    dimse_assoc_options *options, const char *address, dimse_error **err);

/*
 * Proposes a presentation context: abstract_syntax, usually a SOP class, with count transfer syntaxes, the preferred
 * one first; with count 0, Explicit VR Little Endian and Implicit VR Little Endian. The contexts are proposed in the
 * order of the calls. Where none is added, Verification is proposed.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. All UIDs are copied. At most 128 contexts, UIDs of 1 to
 * 64 characters, digits between single dots: DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 9.3.2.2.
 */
DIMSE_API dimse_result dimse_assoc_options_add_context(
    dimse_assoc_options *options, const char *abstract_syntax, const char *const *transfer_syntaxes, size_t count,
    dimse_error **err);

/*
 * Proposes what count DICOM files need: each SOP class among them with each of its transfer syntaxes, in a context of
 * its own, and the uncompressed ones with the other Little Endian syntaxes besides. For a peer that takes them in
 * Explicit VR Big Endian or deflated only, add that yourself: dimse_assoc_options_add_context. What was added
 * before is not proposed twice. Files that cannot be sent are left out here, and told of when they are sent;
 * *unusable, which may be NULL, is how many of the count these are. Where it is all of them there is nothing to
 * associate for. store_options are those that they are sent with: a SOP class that is set there is theirs; NULL: they
 * are sent as they are.
 *
 * Nothing on the wire. Blocks on the files, never on the network; allowed in callbacks, which it holds up. paths are
 * copied: on Unix any bytes but NUL, on Windows UTF-8. Of each file the header and the lengths of its elements are read
 * here; none is held open until it is sent; pipes and devices are no files. DIMSE_ERR_INVALID_ARGUMENT where more than
 * 128 contexts are needed, and nothing is added then. Since 0.1.0. PS3.8 9.3.2.2.
 */
DIMSE_API dimse_result dimse_assoc_options_add_contexts_for_files(
    dimse_assoc_options *options, const char *const *paths, size_t count, const dimse_store_options *store_options,
    size_t *unusable, dimse_error **err);

/*
 * Proposes what an instance needs that is sent with store_options, as dimse_assoc_options_add_contexts_for_files.
 *
 * Nothing on the wire. Blocks on the file of the instance, never on the network; allowed in callbacks, which it holds
 * up. DIMSE_ERR_IO, DIMSE_ERR_INSTANCE and DIMSE_ERR_NO_INSTANCE where it cannot be sent; DIMSE_ERR_STATE where it
 * is a file that comes from a reader, whose bytes are read once: add its context with dimse_assoc_options_add_context;
 * DIMSE_ERR_INVALID_ARGUMENT where more than 128 contexts are needed. Since 0.1.0. PS3.8 9.3.2.2.
 */
DIMSE_API dimse_result dimse_assoc_options_add_contexts_for_instance(
    dimse_assoc_options *options, const dimse_instance *instance, const dimse_store_options *store_options,
    dimse_error **err);

/*
 * Proposes what this side may be for a SOP class: service class user, provider, or both. Without this it is user
 * alone.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. scu and scp are 0 or 1, and not both 0; a second call for
 * one class replaces the first. DIMSE_ERR_INVALID_ARGUMENT otherwise. What the peer allows is in dimse_context.
 * Since 0.1.0. PS3.7 D.3.3.4.
 */
DIMSE_API dimse_result dimse_assoc_options_set_roles(
    dimse_assoc_options *options, const char *sop_class, uint32_t scu, uint32_t scp, dimse_error **err);

/*
 * Asks for an asynchronous operations window: invoked operations of this side open at once, and performed ones of the
 * peer's. Without this it is one of each.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. 0 to 65535, 0: no limit; DIMSE_ERR_INVALID_ARGUMENT
 * otherwise. What the peer allows is in dimse_facts. Since 0.1.0. PS3.7 D.3.3.3.
 */
DIMSE_API dimse_result dimse_assoc_options_set_async_window(
    dimse_assoc_options *options, uint32_t invoked, uint32_t performed, dimse_error **err);

/*
 * Sets the longest P-DATA-TF variable field that this side says it receives; by default 131072 bytes.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. 0 (no limit) or at least 8 bytes;
 * DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 D.1.
 */
DIMSE_API dimse_result dimse_assoc_options_set_max_pdu_bytes(
    dimse_assoc_options *options, uint32_t bytes, dimse_error **err);

/*
 * Adds extended negotiation for a SOP class: information as its service class defines it. A second call for one class
 * replaces the first.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The bytes are copied; length is 1 to 65465.
 * DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.7 D.3.3.5.
 */
DIMSE_API dimse_result dimse_assoc_options_add_extended_negotiation(
    dimse_assoc_options *options, const char *sop_class, const uint8_t *information, size_t length, dimse_error **err);

/*
 * Adds common extended negotiation for a SOP class: the service class that it belongs to, and count related general
 * classes of which it is a special case; count may be 0. A second call for one class replaces the first.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. All UIDs are copied. DIMSE_ERR_INVALID_ARGUMENT where one
 * of them is none. Since 0.1.0. PS3.7 D.3.3.6.
 */
DIMSE_API dimse_result dimse_assoc_options_add_common_extended_negotiation(
    dimse_assoc_options *options, const char *sop_class, const char *service_class, const char *const *related,
    size_t count, dimse_error **err);

/*
 * Sends a user identity with the request. kind is DIMSE_IDENTITY_*; primary is the user name, ticket, assertion or
 * token; secondary is the passcode, of DIMSE_IDENTITY_PASSCODE alone. positive_response 1 asks the peer to answer when
 * it accepts: the answer is in dimse_facts. A second call replaces the first.
 *
 * Nothing on the wire yet; then in clear text, unless the connection is encrypted. Does not block; allowed in
 * callbacks. The bytes are copied and never logged. DIMSE_ERR_INVALID_ARGUMENT for another kind, an empty primary, a
 * secondary where none belongs, or positive_response other than 0 and 1. Since 0.1.0. PS3.7 D.3.3.7.
 */
DIMSE_API dimse_result dimse_assoc_options_set_user_identity(
    dimse_assoc_options *options, uint32_t kind, const uint8_t *primary, size_t primary_length,
    const uint8_t *secondary, size_t secondary_length, uint32_t positive_response, dimse_error **err);

/*
 * Sets what the application says that it is: class_uid and version, 16 characters of printable ASCII at most. NULL is
 * this library's own; with an empty version none is sent.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for anything else.
 * Since 0.1.0. PS3.7 D.3.3.2.
 */
DIMSE_API dimse_result dimse_assoc_options_set_implementation(
    dimse_assoc_options *options, const char *class_uid, const char *version, dimse_error **err);

/*
 * Limits resolving the host name and connecting, all addresses together; by default 10 seconds.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none: then
 * the system's own limit holds. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_set_connect_timeout_ms(
    dimse_assoc_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits the wait for the answer to the association request; by default 30 seconds.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_set_associate_timeout_ms(
    dimse_assoc_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits how long the peer may take to close the connection at the end (ARTIM); by default 30 seconds.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default; DIMSE_NO_LIMIT is
 * DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0. PS3.8 9.1.5.
 */
DIMSE_API dimse_result dimse_assoc_options_set_artim_timeout_ms(
    dimse_assoc_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits how long the peer may take none of what is sent; by default 60 seconds.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_set_write_timeout_ms(
    dimse_assoc_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits the wait for a response, from the last byte of the request, and from one response to the next; by default 60
 * seconds. The options of an operation may say otherwise.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_set_reply_timeout_ms(
    dimse_assoc_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits how long the association may be open without a message while no operation is under way; by default there is
 * no limit. Then it is aborted.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_set_idle_timeout_ms(
    dimse_assoc_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits the wait for the answer to A-RELEASE-RQ; by default 10 seconds. Then the association is aborted.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_set_release_timeout_ms(
    dimse_assoc_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits how long A-ABORT may take to leave before the connection is closed; by default 2 seconds.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default; DIMSE_NO_LIMIT is
 * DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_options_set_abort_timeout_ms(
    dimse_assoc_options *options, uint32_t ms, dimse_error **err);

/*
 * Makes options with every default.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_echo_options_new(dimse_echo_options **out, dimse_error **err);

/*
 * Frees options; operations that were started with them stay.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_echo_options_free(dimse_echo_options *options);

/*
 * Limits the wait for the response, from the last byte of the request; by default as the association's options say.
 * When it is over the association is aborted.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_echo_options_set_reply_timeout_ms(
    dimse_echo_options *options, uint32_t ms, dimse_error **err);

/*
 * Opens an association: resolves the host name, connects, and asks the peer.
 *
 * On the wire: A-ASSOCIATE-RQ, and the peer's answer. Blocks until that has come, or the limit of a phase is over. Not
 * allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK): use dimse_assoc_open_async. rt NULL is the default runtime; options
 * are copied; *out is yours to free. DIMSE_ERR_RESOLVE, DIMSE_ERR_CONNECT and DIMSE_ERR_TIMEOUT where there is no
 * connection; DIMSE_ERR_REJECTED (dimse_error_reject says why), DIMSE_ERR_ABORTED, DIMSE_ERR_NO_CONTEXT where none of
 * the presentation contexts was accepted, DIMSE_ERR_NOT_DICOM where something else listens there. Since 0.1.0.
 * PS3.8 7.1, 9.3.2.
 */
DIMSE_API dimse_result dimse_assoc_open(
    dimse_runtime *rt, const dimse_assoc_options *options, dimse_assoc **out, dimse_error **err);

/*
 * Begins to open an association, as dimse_assoc_open does, and returns at once. After a DONE with DIMSE_OK,
 * dimse_op_take_assoc gives out the association; where nobody takes it, it is aborted when the operation is freed.
 *
 * On the wire: as dimse_assoc_open; cancelling the operation aborts. Does not block; allowed in callbacks. rt NULL is
 * the default runtime; options and delivery are copied. *out_op is yours to free, and is written before the first
 * event comes; out_op NULL tells, by DONE, whether the association could be opened, and then aborts it. Since 0.1.0.
 * PS3.8 7.1, 9.3.2.
 */
DIMSE_API dimse_result dimse_assoc_open_async(
    dimse_runtime *rt, const dimse_assoc_options *options, const dimse_delivery *delivery, dimse_op **out_op,
    dimse_error **err);

/*
 * Asks the peer whether it is there: C-ECHO.
 *
 * On the wire: C-ECHO-RQ and its response, after the operations that were started before. Blocks until the response
 * has come; the association is driven by this thread meanwhile. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK).
 * options NULL: the defaults. on_event, which may be NULL, is called with DONE on this thread before the call returns;
 * *status, which may be NULL, is the peer's: 0 is success, and a failure status is a call that worked.
 * DIMSE_ERR_NO_CONTEXT where Verification was not accepted; DIMSE_ERR_TIMEOUT, DIMSE_ERR_ABORTED, DIMSE_ERR_CLOSED
 * and DIMSE_ERR_RELEASED where the association has ended, also before this call; DIMSE_ERR_STATE where this side
 * released or aborted it. Since 0.1.0. PS3.7 9.1.5, PS3.4 annex A.
 */
DIMSE_API dimse_result dimse_assoc_echo(
    dimse_assoc *assoc, const dimse_echo_options *options, dimse_event_cb on_event, void *user_data, uint16_t *status,
    dimse_error **err);

/*
 * Starts a C-ECHO, as dimse_assoc_echo, and returns at once.
 *
 * On the wire: as dimse_assoc_echo. Cancelling it sends nothing: DONE comes at once, and the response is dropped when
 * it comes. Does not block; allowed in callbacks. options NULL: the defaults; they and delivery are copied. *out_op,
 * where out_op is not NULL, is yours to free, and is written before the first event comes. An association that has
 * ended is told by DONE. Since 0.1.0. PS3.7 9.1.5, PS3.4 annex A.
 */
DIMSE_API dimse_result dimse_assoc_echo_async(
    dimse_assoc *assoc, const dimse_echo_options *options, const dimse_delivery *delivery, dimse_op **out_op,
    dimse_error **err);

/*
 * Releases the association, after the operations that were started before. The handle stays yours to free.
 *
 * On the wire: A-RELEASE-RQ and its answer; A-ABORT where that does not come in time. Blocks until then. Not allowed
 * in callbacks (DIMSE_ERR_WOULD_DEADLOCK). DIMSE_ERR_TIMEOUT; DIMSE_ERR_STATE where it was released before, is being
 * released, or was aborted by this side; where the peer has ended it before, DIMSE_ERR_RELEASED, DIMSE_ERR_ABORTED,
 * DIMSE_ERR_CLOSED and others. Since 0.1.0. PS3.8 7.2.
 */
DIMSE_API dimse_result dimse_assoc_release(dimse_assoc *assoc, dimse_error **err);

/*
 * Starts to release the association, as dimse_assoc_release, and returns at once. Free the handle after DONE: before,
 * that aborts.
 *
 * On the wire: as dimse_assoc_release; cancelling the operation aborts. Does not block; allowed in callbacks. delivery
 * is copied. *out_op, where out_op is not NULL, is yours to free, and is written before the first event comes.
 * Since 0.1.0. PS3.8 7.2.
 */
DIMSE_API dimse_result dimse_assoc_release_async(
    dimse_assoc *assoc, const dimse_delivery *delivery, dimse_op **out_op, dimse_error **err);

/*
 * Aborts the association: every operation on it ends with DIMSE_ERR_CANCELLED. The handle stays yours to free.
 *
 * On the wire: A-ABORT, sent by the library. Does not block; allowed in callbacks. DIMSE_OK also where the association
 * has ended before. Since 0.1.0. PS3.8 7.3.
 */
DIMSE_API dimse_result dimse_assoc_abort(dimse_assoc *assoc);

/*
 * Frees the handle and every text that came from it. An association that is still open is aborted, as by
 * dimse_assoc_abort; operations keep their own handles and get their DONE.
 *
 * On the wire: A-ABORT where the association is open, sent by the library. Does not block; allowed in callbacks, in
 * any order, and with NULL. Since 0.1.0. PS3.8 7.3.
 */
DIMSE_API void dimse_assoc_free(dimse_assoc *assoc);

/*
 * What was agreed, with whom, over which addresses. It stays readable when the association has ended.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_facts) before; the
 * texts live as long as assoc. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_facts(const dimse_assoc *assoc, dimse_facts *out);

/*
 * What became of the presentation context that was proposed as number index, counted from 0; refused ones too.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_context) before; the
 * texts live as long as assoc. DIMSE_ERR_INVALID_ARGUMENT where index is dimse_facts.context_count or more.
 * Since 0.1.0. PS3.8 9.3.3.2.
 */
DIMSE_API dimse_result dimse_assoc_context(const dimse_assoc *assoc, size_t index, dimse_context *out);

/*
 * How much went over the association so far; the last numbers when it has ended.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_counters) before.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_assoc_counters(const dimse_assoc *assoc, dimse_counters *out);

/*
 * Makes options with every default.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_store_options_new(dimse_store_options **out, dimse_error **err);

/*
 * Frees options; operations that were started with them stay.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_store_options_free(dimse_store_options *options);

/*
 * Limits the wait for each response, from the last byte of its request; by default as the association's options say.
 * When it is over the association is aborted.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_store_options_set_reply_timeout_ms(
    dimse_store_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits how long all of it may take, from the first byte of the first request, retries included; by default there is
 * no such limit. When it is over the operation ends with DIMSE_ERR_TIMEOUT, and the association with it where half a
 * message has left.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT and DIMSE_NO_LIMIT are no limit.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_store_options_set_total_timeout_ms(
    dimse_store_options *options, uint32_t ms, dimse_error **err);

/*
 * Sets the priority that the requests bear: DIMSE_PRIORITY_*; few peers look at it.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for another number.
 * Since 0.1.0. PS3.7 9.1.1.1.6.
 */
DIMSE_API dimse_result dimse_store_options_set_priority(
    dimse_store_options *options, uint32_t priority, dimse_error **err);

/*
 * Says that the instances are stored on behalf of a C-MOVE: the AE title of who asked for that, and the message id of
 * its request.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. ae_title is 1 to 16 characters of printable ASCII without
 * a backslash, message_id 0 to 65535: DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.7 9.1.1.1.7.
 */
DIMSE_API dimse_result dimse_store_options_set_move_originator(
    dimse_store_options *options, const char *ae_title, uint32_t message_id, dimse_error **err);

/*
 * Sets how many times an instance is sent again, over the same association, that was answered with a status which is
 * worth it (see dimse_store_options_add_retry_status), by default 0; and the wait before the first time, by default 1
 * second. The wait doubles with each time, up to 60 seconds, and half of it is left to chance. What comes from a
 * reader is not sent again.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT as first_delay_ms is the default;
 * DIMSE_NO_LIMIT is DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_store_options_set_retries(
    dimse_store_options *options, uint32_t maximum, uint32_t first_delay_ms, dimse_error **err);

/*
 * Sets an element in every instance that is sent: path is as in dimse_dataset, and text all of its values, as in
 * dimse_dataset_set_string; "" is no value, NULL takes the element away. Elements are set in the order in which their
 * paths came first; the last text for a path holds. What is in front of the pixel data, elements below group 7FE0, is
 * read, at most 16 MiB of it, changed, and written anew in the transfer syntax of the instance: lengths of sequences
 * become undefined, group lengths go. What is behind streams on as it is: elements that stand there out of their order
 * too, and text there keeps its bytes whatever SpecificCharacterSet is set to.
 *
 * The request says the SOP Class UID and SOP Instance UID that are set; a SOP class needs its presentation context, so
 * dimse_assoc_options_add_contexts_for_files takes these options too. An instance that cannot be changed so fails
 * before anything of it is sent, with DIMSE_ERR_INSTANCE, which names the element; with DIMSE_ERR_NO_CONTEXT where its
 * new SOP class has no presentation context.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. path and text are copied. DIMSE_ERR_INVALID_ARGUMENT for a
 * path that is none, or is not below group 7FE0, and a text that is no value of an element of PS3.6, or no UID for the
 * two of the request. Whether there are such items, and what a private element takes, each instance says. Since 0.1.0.
 * PS3.5 7, PS3.7 9.1.1.
 */
DIMSE_API dimse_result dimse_store_options_set_element(
    dimse_store_options *options, const char *path, const char *text, dimse_error **err);

/*
 * Adds the failure statuses from first to last to those that are worth a retry. The first call replaces the default,
 * A700 to A7FF (out of resources).
 *
 * Nothing on the wire. Does not block; allowed in callbacks. 0 to 65535, first not above last, both of them failures:
 * DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.4 B.2.3.
 */
DIMSE_API dimse_result dimse_store_options_add_retry_status(
    dimse_store_options *options, uint32_t first, uint32_t last, dimse_error **err);

/*
 * Makes an instance of the DICOM file at path. It is opened when it is sent, each time; that it is there, and what it
 * is, is found out then.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. path is copied: on Unix any bytes but NUL, on Windows
 * UTF-8. *out is yours to free. DIMSE_ERR_INVALID_ARGUMENT where path is empty. Since 0.1.0. PS3.10 7.
 */
DIMSE_API dimse_result dimse_instance_from_file(const char *path, dimse_instance **out, dimse_error **err);

/*
 * Makes an instance of a whole DICOM file, header included, of length bytes in memory. What it is is found out when it
 * is sent.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The bytes are copied. *out is yours to free.
 * DIMSE_ERR_INVALID_ARGUMENT where there are none. Since 0.1.0. PS3.10 7.
 */
DIMSE_API dimse_result dimse_instance_from_bytes(
    const uint8_t *data, size_t length, dimse_instance **out, dimse_error **err);

/*
 * Makes an instance of a whole DICOM file, header included, that read gives, in order, when it is sent: length bytes,
 * or all until it ends where length is DIMSE_UNKNOWN_LENGTH. It can be sent once.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. read is called on the thread of the blocking call that
 * sends it, or on one of the library's, with no lock held; the association waits for it, the other ones do not. After
 * DONE of a cancelled operation it may still be called: user_data is yours again at release. That, where it is not
 * NULL, runs exactly once: after the last read, when the instance was sent or given up, or was freed unsent; also
 * where this call fails. *out is yours to free. A reader that fails, ends early, or gives more bytes than there is
 * room for ends what it was sent with: with DIMSE_ERR_IO, and where half a message has left with the association. So
 * does one of which the instance turns out to be damaged, with DIMSE_ERR_INSTANCE. Since 0.1.0. PS3.10 7.
 */
DIMSE_API dimse_result dimse_instance_from_reader(
    dimse_read_cb read, void *user_data, dimse_release_cb release, uint64_t length, dimse_instance **out,
    dimse_error **err);

/*
 * Frees the instance. Operations that send it go on.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. The release of a reader that
 * was never sent runs here. Since 0.1.0.
 */
DIMSE_API void dimse_instance_free(dimse_instance *instance);

/*
 * Makes an instance of a data set, to be sent in transfer_syntax: any uncompressed one, deflated, or an encapsulated
 * one where its pixel data are encapsulated already. It may be sent any number of times, and is converted on its way
 * as a file is where the peer takes another uncompressed one only.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The data set is encoded now, and that is held: changing
 * dataset, or freeing it, changes nothing here. *out is yours to free. DIMSE_ERR_DATASET, which names the element,
 * where SOP Class UID (0008,0016) or SOP Instance UID (0008,0018) is missing, and as in dimse_dataset_to_bytes. Since
 * 0.1.0. PS3.7 9.1.1, PS3.5 annex A.
 */
DIMSE_API dimse_result dimse_instance_from_dataset(
    const dimse_dataset *dataset, const char *transfer_syntax, dimse_instance **out, dimse_error **err);

/*
 * Makes an instance of a data set and of native pixel data that read gives when it is sent: length bytes, in the byte
 * order of transfer_syntax, which is an uncompressed one, and without padding; what makes them even is added. None of
 * them is held in memory. It can be sent once.
 *
 * Pixel Data gets VR OW where Bits Allocated (0028,0100) is above 8, and else OB (PS3.5 8.2). Elements with tags behind
 * that of Pixel Data are sent behind the pixels. Where the peer takes another uncompressed transfer syntax only, all is
 * converted on its way, as a file is.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The rest of the data set is encoded now, and that is held.
 * read, user_data and release are as in dimse_instance_from_reader, release also where this call fails. *out is yours
 * to free. DIMSE_ERR_DATASET, which names the element, where dataset has pixel data already or no Bits Allocated, where
 * transfer_syntax is not for native ones, and as in dimse_instance_from_dataset; DIMSE_ERR_INVALID_ARGUMENT for a
 * length above 4,294,967,294. A reader that ends early fails as in dimse_instance_from_reader. Since 0.1.0. PS3.5 8.2,
 * annex A.
 */
DIMSE_API dimse_result dimse_instance_from_dataset_and_pixels(
    const dimse_dataset *dataset, const char *transfer_syntax, dimse_read_cb read, void *user_data,
    dimse_release_cb release, uint64_t length, dimse_instance **out, dimse_error **err);

/*
 * Makes an instance of a data set and of count compressed frames that read gives, one behind the other, when it is
 * sent: lengths[i] bytes of each, without padding. transfer_syntax is an encapsulated one, and says how the frames are
 * compressed; they are not looked at. Each becomes one fragment, made even. None of them is held in memory. It can be
 * sent once.
 *
 * In front of the first stands the Basic Offset Table: DIMSE_OFFSET_TABLE_EMPTY, or DIMSE_OFFSET_TABLE_REAL, where
 * count is Number of Frames (0028,0008) and the last begins within the first 4 GiB. Elements with tags behind that of
 * Pixel Data are sent behind the frames.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. lengths are copied, and the rest of the data set is
 * encoded now, and that is held. read, user_data and release are as in dimse_instance_from_reader, release also where
 * this call fails. *out is yours to free. DIMSE_ERR_DATASET, which names the element, where dataset has pixel data
 * already, where transfer_syntax is not encapsulated, where a real offset table cannot be, and as in
 * dimse_instance_from_dataset; DIMSE_ERR_INVALID_ARGUMENT where there is no frame, or one of 0 or more than
 * 4,294,967,294 bytes. A reader that ends early fails as in dimse_instance_from_reader. Since 0.1.0. PS3.5 A.4.
 */
DIMSE_API dimse_result dimse_instance_from_dataset_and_frames(
    const dimse_dataset *dataset, const char *transfer_syntax, const uint64_t *lengths, size_t count,
    uint32_t offset_table, dimse_read_cb read, void *user_data, dimse_release_cb release, dimse_instance **out,
    dimse_error **err);

/*
 * Stores an instance at the peer: C-STORE.
 *
 * On the wire: C-STORE-RQ with the data set, and its response, after the operations that were started before; again
 * where options say so. The data set goes as it is, but for elements that options set; where its transfer syntax was
 * not accepted, but another uncompressed one for its SOP class, it is converted as it goes, if it is uncompressed
 * itself, and INSTANCE names the one that it went in. Blocks until the response has come; the association is driven by
 * this thread meanwhile. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK). options NULL: the defaults. on_event,
 * which may be NULL, is called on this thread: PROGRESS, INSTANCE and DONE; where it is NULL nothing is worked out for
 * it. *status, which may be NULL, is the peer's: 0 is success, Bxxx are warnings (stored), and a failure status is a
 * call that worked. What is wrong with the instance is the call's failure, and the association stays open:
 * DIMSE_ERR_IO where it cannot be read, DIMSE_ERR_NO_INSTANCE where it is no DICOM file, DIMSE_ERR_INSTANCE where it
 * is damaged or cannot be converted, DIMSE_ERR_NO_CONTEXT where its SOP class was accepted in no transfer syntax that
 * fits, DIMSE_ERR_STATE where it comes from a reader and was sent before. Where
 * DIMSE_ERR_IO or DIMSE_ERR_INSTANCE is found out in the middle of the data set only, the association is aborted.
 * DIMSE_ERR_TIMEOUT, DIMSE_ERR_ABORTED,
 * DIMSE_ERR_CLOSED and DIMSE_ERR_RELEASED where the association has ended, also before this call. Since 0.1.0. PS3.7
 * 9.1.1, PS3.4 annex B.
 */
DIMSE_API dimse_result dimse_assoc_store(
    dimse_assoc *assoc, const dimse_instance *instance, const dimse_store_options *options, dimse_event_cb on_event,
    void *user_data, uint16_t *status, dimse_error **err);

/*
 * Starts a C-STORE, as dimse_assoc_store, and returns at once. Its DONE has the status.
 *
 * On the wire: as dimse_assoc_store. Cancelling it before it has begun, or while the response is awaited, sends
 * nothing; in the middle of the data set it aborts the association, since half a message cannot be taken back. Does
 * not block; allowed in callbacks. options NULL: the defaults; they and delivery are copied; instance may be freed at
 * once. *out_op, where out_op is not NULL, is yours to free, and is written before the first event comes. What is
 * wrong with the instance or the association is told by DONE. Since 0.1.0. PS3.7 9.1.1, PS3.4 annex B.
 */
DIMSE_API dimse_result dimse_assoc_store_async(
    dimse_assoc *assoc, const dimse_instance *instance, const dimse_store_options *options,
    const dimse_delivery *delivery, dimse_op **out_op, dimse_error **err);

/*
 * Stores count DICOM files at the peer, one after the other, as one operation.
 *
 * On the wire: a C-STORE-RQ for each that can be sent, and its response, after the operations that were started
 * before. Blocks until the last is answered; the association is driven by this thread meanwhile. Not allowed in
 * callbacks (DIMSE_ERR_WOULD_DEADLOCK). paths are copied: on Unix any bytes but NUL, on Windows UTF-8; each file is
 * opened when it is its turn. options NULL: the defaults. on_event, which may be NULL, is called on this thread: an
 * INSTANCE for each file with its path, PROGRESS, and DONE with the counts. DIMSE_OK says that all were tried, not
 * that all are stored: what the peer has refused, and what could not be sent because it is no DICOM file, cut off, not
 * to be read, or without a presentation context, is told by INSTANCE and counted in DONE (instances_failed), and the
 * others are sent. It fails where the association ends before the last: DIMSE_ERR_TIMEOUT, DIMSE_ERR_ABORTED,
 * DIMSE_ERR_CLOSED, DIMSE_ERR_RELEASED; or DIMSE_ERR_CANCELLED, by on_event. Since 0.1.0. PS3.7 9.1.1, PS3.4 annex B.
 */
DIMSE_API dimse_result dimse_assoc_store_files(
    dimse_assoc *assoc, const char *const *paths, size_t count, const dimse_store_options *options,
    dimse_event_cb on_event, void *user_data, dimse_error **err);

/*
 * Starts to store count DICOM files, as dimse_assoc_store_files, and returns at once.
 *
 * On the wire: as dimse_assoc_store_files; cancelling it as dimse_assoc_store_async. Does not block; allowed in
 * callbacks. options NULL: the defaults; they, paths and delivery are copied. *out_op, where out_op is not NULL, is
 * yours to free, and is written before the first event comes. DONE with DIMSE_OK says that all were tried: its counts
 * say how many are stored. Since 0.1.0. PS3.7 9.1.1, PS3.4 annex B.
 */
DIMSE_API dimse_result dimse_assoc_store_files_async(
    dimse_assoc *assoc, const char *const *paths, size_t count, const dimse_store_options *options,
    const dimse_delivery *delivery, dimse_op **out_op, dimse_error **err);

/*
 * Stores count instances of any kind at the peer, one after the other, as one operation.
 *
 * On the wire: as dimse_assoc_store_files. Blocks until the last is answered; the association is driven by this thread
 * meanwhile. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK). All else is as in dimse_assoc_store_files: DIMSE_OK
 * says that all were tried, INSTANCE and the counts of DONE say what became of them. The INSTANCE events come in the
 * order of instances. DIMSE_ERR_INVALID_HANDLE where one of them is none, and nothing is sent. Since 0.1.0. PS3.7
 * 9.1.1, PS3.4 annex B.
 */
DIMSE_API dimse_result dimse_assoc_store_instances(
    dimse_assoc *assoc, const dimse_instance *const *instances, size_t count, const dimse_store_options *options,
    dimse_event_cb on_event, void *user_data, dimse_error **err);

/*
 * Starts to store count instances of any kind, as dimse_assoc_store_instances, and returns at once.
 *
 * On the wire: as dimse_assoc_store_files; cancelling it as dimse_assoc_store_async. Does not block; allowed in
 * callbacks. options NULL: the defaults; they and delivery are copied, and the instances may be freed at once.
 * *out_op, where out_op is not NULL, is yours to free, and is written before the first event comes. DONE with DIMSE_OK
 * says that all were tried: its counts say how many are stored. Since 0.1.0. PS3.7 9.1.1, PS3.4 annex B.
 */
DIMSE_API dimse_result dimse_assoc_store_instances_async(
    dimse_assoc *assoc, const dimse_instance *const *instances, size_t count, const dimse_store_options *options,
    const dimse_delivery *delivery, dimse_op **out_op, dimse_error **err);

/*
 * Makes options with every default: every address of this machine, a port that the system chooses, any AE title,
 * Verification, answered by the library itself.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_new(dimse_server_options **out, dimse_error **err);

/*
 * Frees options; servers that were started with them stay.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. The release of a handler
 * runs here where no server has it, else when the last of these has ended. Since 0.1.0.
 */
DIMSE_API void dimse_server_options_free(dimse_server_options *options);

/*
 * Sets where the server listens: address, an IPv4 or IPv6 address of this machine, and port. NULL is every address, of
 * IPv4 and IPv6; port 0 lets the system choose, and dimse_server_port tells.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. port is 0 to 65535. DIMSE_ERR_INVALID_ARGUMENT for
 * anything else. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_listen(
    dimse_server_options *options, const char *address, uint32_t port, dimse_error **err);

/*
 * Adds an AE title that the server answers to; a request for another is refused (1,1,7). Where none is added, any is
 * answered.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. 1 to 16 characters of printable ASCII without a
 * backslash: DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 9.3.4.
 */
DIMSE_API dimse_result dimse_server_options_add_ae_title(
    dimse_server_options *options, const char *title, dimse_error **err);

/*
 * Adds an AE title that may call; a request from another is refused (1,1,3). Where none is added, anybody may.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. 1 to 16 characters of printable ASCII without a
 * backslash: DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 9.3.4.
 */
DIMSE_API dimse_result dimse_server_options_add_calling_ae_title(
    dimse_server_options *options, const char *title, dimse_error **err);

/*
 * Adds a network that associations may come from: an IPv4 or IPv6 address, or one with the length of its prefix,
 * "192.0.2.0/24" or "2001:db8::/32". A request from elsewhere is refused without a reason (1,1,1). Where none is
 * added, they may come from anywhere.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Bits behind the prefix do not count, and an IPv4 network
 * holds for IPv4 connections to an IPv6 address too. DIMSE_ERR_INVALID_ARGUMENT for anything else. Since 0.1.0.
 * PS3.8 9.3.4.
 */
DIMSE_API dimse_result dimse_server_options_add_network(
    dimse_server_options *options, const char *network, dimse_error **err);

/*
 * Accepts presentation contexts of an abstract syntax, usually a SOP class, with one of count transfer syntaxes: the
 * first of them that the peer proposed. With count 0 these are Explicit and Implicit VR Little Endian; a second call
 * for one abstract syntax adds to the first. Where none is added, Verification is accepted. Where the server has a
 * folder or a header handler, and no SOP class of storage is added, every one of these is accepted, private ones too,
 * in the syntaxes of dimse_server_options_set_storage_syntaxes. A private class that is added counts as one of storage.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. All UIDs are copied. DIMSE_ERR_INVALID_ARGUMENT where one
 * of them is none. Since 0.1.0. PS3.8 9.3.3.2.
 */
DIMSE_API dimse_result dimse_server_options_add_context(
    dimse_server_options *options, const char *abstract_syntax, const char *const *transfer_syntaxes, size_t count,
    dimse_error **err);

/*
 * Sets the longest P-DATA-TF variable field that the server says it receives; by default 131072 bytes.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. 0 (no limit) or at least 8 bytes;
 * DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 D.1.
 */
DIMSE_API dimse_result dimse_server_options_set_max_pdu_bytes(
    dimse_server_options *options, uint32_t bytes, dimse_error **err);

/*
 * Sets the asynchronous operations window that is granted at most to a peer that asks for one: invoked operations of
 * the peer's open at once, and performed ones of this side's. By default it is one of each.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. 0 to 65535, 0: no limit; DIMSE_ERR_INVALID_ARGUMENT
 * otherwise. Since 0.1.0. PS3.7 D.3.3.3.
 */
DIMSE_API dimse_result dimse_server_options_set_async_window(
    dimse_server_options *options, uint32_t invoked, uint32_t performed, dimse_error **err);

/*
 * Sets what the application says that it is: class_uid and version, 16 characters of printable ASCII at most. NULL is
 * this library's own; with an empty version none is sent.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for anything else.
 * Since 0.1.0. PS3.7 D.3.3.2.
 */
DIMSE_API dimse_result dimse_server_options_set_implementation(
    dimse_server_options *options, const char *class_uid, const char *version, dimse_error **err);

/*
 * Limits the associations that are open at once, by default to 500; one more is refused as transient (2,3,2).
 *
 * Nothing on the wire. Does not block; allowed in callbacks. At least 1: DIMSE_ERR_INVALID_ARGUMENT otherwise.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_max_associations(
    dimse_server_options *options, uint32_t count, dimse_error **err);

/*
 * Limits the connections over which no association was asked for yet, by default to 1000; for one more the oldest is
 * closed.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. At least 1: DIMSE_ERR_INVALID_ARGUMENT otherwise.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_max_waiting(
    dimse_server_options *options, uint32_t count, dimse_error **err);

/*
 * Limits the associations from one address; one more is refused as transient (2,3,2). 0 is no limit, the default.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_max_per_address(
    dimse_server_options *options, uint32_t count, dimse_error **err);

/*
 * Limits the associations from one calling AE title; one more is refused as transient (2,3,2). 0 is no limit, the
 * default.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_max_per_ae_title(
    dimse_server_options *options, uint32_t count, dimse_error **err);

/*
 * Limits how long the association handler may take to decide; by default 30 seconds. Then the request is refused
 * (2,3,1).
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_associate_timeout_ms(
    dimse_server_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits how long a connection may be silent before it asks for an association, and how long the peer may take to
 * close it at the end (ARTIM); by default 30 seconds.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default; DIMSE_NO_LIMIT is
 * DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0. PS3.8 9.1.5.
 */
DIMSE_API dimse_result dimse_server_options_set_artim_timeout_ms(
    dimse_server_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits how long the peer may take none of what is sent; by default 60 seconds.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_write_timeout_ms(
    dimse_server_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits how long an association may be open without a message while nothing is under way; by default 300 seconds.
 * Then it is aborted.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_idle_timeout_ms(
    dimse_server_options *options, uint32_t ms, dimse_error **err);

/*
 * Limits how long A-ABORT may take to leave before the connection is closed; by default 2 seconds.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default; DIMSE_NO_LIMIT is
 * DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_abort_timeout_ms(
    dimse_server_options *options, uint32_t ms, dimse_error **err);

/*
 * Sets who decides about each association request that the AE titles and limits allow. callback NULL: nobody, and each
 * is accepted.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. queue NULL: the callback runs on a thread of the library,
 * several at once for different associations; a queue: inside dimse_queue_dispatch. release, where not NULL, gives
 * user_data back exactly once: after the last call, when another callback is set or the options are freed, and every
 * server that was started with it has ended; also where this call fails. Since 0.1.0. PS3.8 7.1.
 */
DIMSE_API dimse_result dimse_server_options_set_association_handler(
    dimse_server_options *options, dimse_queue *queue, dimse_assoc_request_cb callback, void *user_data,
    dimse_release_cb release, dimse_error **err);

/*
 * Sets who answers the requests of the services that the server provides. callback NULL: the library answers by
 * itself, a C-ECHO with success, a C-STORE when its instance is in the folder. The handler gets a C-STORE when all of
 * its instance has come, but before the file has its name (see dimse_request_received): its answer decides whether it
 * is kept.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. queue NULL: the callback runs on a thread of the library,
 * in order for each association, several at once for different ones; a queue: inside dimse_queue_dispatch. release,
 * where not NULL, gives user_data back exactly once: after the last call, when another callback is set or the options
 * are freed, and every server that was started with it has ended; also where this call fails. Since 0.1.0. PS3.7 9.3,
 * 10.3.
 */
DIMSE_API dimse_result dimse_server_options_set_handler(
    dimse_server_options *options, dimse_queue *queue, dimse_request_cb callback, void *user_data,
    dimse_release_cb release, dimse_error **err);

/*
 * Stores the instances that peers send with C-STORE in a folder: one DICOM file for each, the bytes of the data set as
 * they came behind a new header. path_template says where in it: components between '/', of text and of keys in
 * braces, {instance} among them; the others are {study}, {series}, {class}, {modality}, {calling}, {called} and
 * {date}. NULL is "{study}/{series}/{instance}.dcm". A server with neither a folder nor a header handler
 * (dimse_server_options_set_header_handler) provides no C-STORE.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The folder is looked at when the server is started, which
 * fails with DIMSE_ERR_IO where it cannot be used; only its last component is made where it is missing. A file gets
 * its name when it is complete; before, and after a crash, it ends in .dimse-part. A peer is told success after that;
 * A900 for an empty data set. DIMSE_ERR_INVALID_ARGUMENT for an empty folder, and a template that could lead out of it
 * or give two instances one name. folder is on Unix any bytes but NUL, on Windows UTF-8. Since 0.1.0. PS3.4 annex B,
 * PS3.10 7.
 */
DIMSE_API dimse_result dimse_server_options_set_folder(
    dimse_server_options *options, const char *folder, const char *path_template, dimse_error **err);

/*
 * Sets what happens where a file has the name of an instance that is received: DIMSE_COLLISION_*, by default
 * DIMSE_COLLISION_REPLACE.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for another number.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_folder_collision(
    dimse_server_options *options, uint32_t collision, dimse_error **err);

/*
 * Sets what is on the disk before a peer is told that an instance is stored, in the folder of the server or by
 * dimse_request_accept_to_file: DIMSE_SYNC_*, by default DIMSE_SYNC_NONE.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for another number.
 * Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_options_set_folder_sync(
    dimse_server_options *options, uint32_t sync, dimse_error **err);

/*
 * Sets how much space is left free on the disk of the folder, and of a path of dimse_request_accept_to_file: with less
 * nothing is stored, and peers are told A700. By default 64 MiB; 0 is no such floor.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0. PS3.4 B.2.3.
 */
DIMSE_API dimse_result dimse_server_options_set_folder_free_space_floor_bytes(
    dimse_server_options *options, uint64_t bytes, dimse_error **err);

/*
 * Sets the transfer syntaxes in which instances are taken, count of them, the preferred one first, where the server
 * takes every SOP class of storage. With count 0, as without this call, any that the peer proposes. Changes nothing
 * where dimse_server_options_add_context says which classes of storage are taken, and so in which syntaxes each, or
 * where the server has neither a folder nor a header handler.
 *
 * On the wire: the first of them that was proposed for a context, with its acceptance. Does not block; allowed in
 * callbacks. All UIDs are copied. DIMSE_ERR_INVALID_ARGUMENT where one of them is none. Since 0.1.0. PS3.8 9.3.3.2.
 */
DIMSE_API dimse_result dimse_server_options_set_storage_syntaxes(
    dimse_server_options *options, const char *const *transfer_syntaxes, size_t count, dimse_error **err);

/*
 * Sets what becomes of the rest of a data set that a header handler or a sink of yours refuses before all of it has
 * come: DIMSE_REFUSED_*, by default DIMSE_REFUSED_DISCARD. Where the library cannot take one, as when the disk is full,
 * the rest is discarded in any case, and the peer is told the status.
 *
 * On the wire: what the sender has still to send, or A-ABORT. Does not block; allowed in callbacks.
 * DIMSE_ERR_INVALID_ARGUMENT for another number. Since 0.1.0. PS3.7 9.1.1, PS3.8 7.3.
 */
DIMSE_API dimse_result dimse_server_options_set_refused(
    dimse_server_options *options, uint32_t refused, dimse_error **err);

/*
 * Sets who decides about each instance that a peer stores by the front of its data set, before the rest is taken from
 * the connection: where it goes, or that it is refused. callback NULL: nobody, and each goes into the folder. It gets
 * the request with the elements in front of the tag before, 0xggggeeee (0: 0x7FE00000, where the pixels begin), as far
 * as these are max_bytes long at most (DIMSE_DEFAULT: 1 MiB), inflated where they are deflated: see
 * dimse_request_header, and dimse_request_header_end for what was not reached. It answers with one of
 * dimse_request_accept*, or refuses with dimse_request_respond, now or later. Then the token is used up: where the
 * server has a handler too (dimse_server_options_set_handler), that gets another one when all has come.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. queue NULL: the callback runs on a thread of the library,
 * in order for each association, several at once for different ones; a queue: inside dimse_queue_dispatch. While it
 * decides nothing is read of that association, and that counts for none of the peer's deadlines; a peer that closes is
 * noticed some seconds later (dimse_request_is_cancelled). release, where not NULL, gives user_data back exactly once:
 * after the last call, when another callback is set or the options are freed, and every server that was started with
 * it has ended; also where this call fails. max_bytes is 64 MiB at most; each association may hold so much, and as much
 * as came for it where it is deflated: all of them together hold what dimse_server_options_set_max_undecided_bytes
 * says. Since 0.1.0. PS3.4 B.2.3, PS3.7 9.1.1.
 */
DIMSE_API dimse_result dimse_server_options_set_header_handler(
    dimse_server_options *options, uint32_t before, uint32_t max_bytes, dimse_queue *queue, dimse_request_cb callback,
    void *user_data, dimse_release_cb release, dimse_error **err);

/*
 * Sets how many bytes of fronts a server holds for its header handler, all associations together, from the first byte
 * of each until it is decided about and its request is freed (DIMSE_DEFAULT: 256 MiB). An instance whose front does
 * not fit in any more is refused before anybody is asked, and the rest of it discarded; none waits for another.
 *
 * On the wire: A700 for such an instance. Does not block; allowed in callbacks. Since 0.1.0. PS3.4 B.2.3.
 */
DIMSE_API dimse_result dimse_server_options_set_max_undecided_bytes(
    dimse_server_options *options, uint64_t bytes, dimse_error **err);

/*
 * Sets who sees the elements of each instance that is stored, while its bytes pass: those of the data set itself, in
 * their order, with the first max_value_bytes of each value (0: none). callback NULL: nobody. It stops nothing and
 * decides nothing. Of an instance that is refused it sees what was taken before, and so nothing where a header handler
 * refuses it, or it cannot be stored from the start.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The callback runs on a thread of the library with no lock
 * held, in order for each instance, several at once for different associations; the association waits for it, the
 * other ones do not. release, where not NULL, gives user_data back exactly once: after the last call, when another
 * callback is set or the options are freed, and every server that was started with it has ended; also where this call
 * fails. max_value_bytes is 64 MiB at most. Since 0.1.0. PS3.5 7.
 */
DIMSE_API dimse_result dimse_server_options_set_element_callback(
    dimse_server_options *options, uint32_t max_value_bytes, dimse_element_cb callback, void *user_data,
    dimse_release_cb release, dimse_error **err);

/*
 * Starts a server: it listens, accepts associations and answers requests from now on, on threads of the library.
 *
 * On the wire: nothing before a peer connects. Does not block; allowed in callbacks. rt NULL is the default runtime;
 * options are copied, and can start any number of servers; *out is yours to free. DIMSE_ERR_IO where the address or
 * the port cannot be had: the message says why. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_start(
    dimse_runtime *rt, const dimse_server_options *options, dimse_server **out, dimse_error **err);

/*
 * The port at which the server listens: the real one where 0 was asked for.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_port(const dimse_server *server, uint16_t *out);

/*
 * Where the server listens, with the real port: "192.0.2.7:104"; an IPv6 address stands in square brackets.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as server. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_address(const dimse_server *server, dimse_str *out);

/*
 * What the server has to do now, and has done so far.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_server_totals)
 * before. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_server_counters(const dimse_server *server, dimse_server_totals *out);

/*
 * Stops the server: it takes no more connections and associations, and those that are open may go on for drain_ms. The
 * handle stays yours to free; its counters can still be read.
 *
 * On the wire: A-ABORT to what is still open when drain_ms are over: 0 at once, DIMSE_NO_LIMIT never. Blocks until the
 * last connection is closed. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK). DIMSE_OK also where it has stopped
 * before; a second stop may shorten the first one's time. Since 0.1.0. PS3.8 7.3.
 */
DIMSE_API dimse_result dimse_server_stop(dimse_server *server, uint32_t drain_ms, dimse_error **err);

/*
 * Begins to stop the server, as dimse_server_stop, and returns at once: DONE comes when the last connection is closed.
 *
 * On the wire: as dimse_server_stop; cancelling the operation ends the drain time. Does not block; allowed in
 * callbacks. delivery is copied. *out_op, where out_op is not NULL, is yours to free, and is written before the first
 * event comes. Since 0.1.0. PS3.8 7.3.
 */
DIMSE_API dimse_result dimse_server_stop_async(
    dimse_server *server, uint32_t drain_ms, const dimse_delivery *delivery, dimse_op **out_op, dimse_error **err);

/*
 * Frees the handle. A server that is still running is stopped as by dimse_server_stop with 0 ms, without anybody
 * waiting for it.
 *
 * On the wire: A-ABORT to what is open, sent by the library. Does not block; allowed in callbacks, in any order, and
 * with NULL. Since 0.1.0. PS3.8 7.3.
 */
DIMSE_API void dimse_server_free(dimse_server *server);

/*
 * Who asks, over which addresses, and what the association would be if it were accepted as it stands.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_facts) before; the
 * texts live as long as request. DIMSE_ERR_PROTOCOL where nothing could ever be sent to the peer, whose maximum length
 * is below 8. Since 0.1.0. PS3.8 9.3.2.
 */
DIMSE_API dimse_result dimse_assoc_request_facts(const dimse_assoc_request *request, dimse_facts *out);

/*
 * The presentation context that was proposed as number index, counted from 0, as the answer stands now.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_context) before; the
 * texts live as long as request. DIMSE_ERR_INVALID_ARGUMENT where index is dimse_facts.context_count or more.
 * Since 0.1.0. PS3.8 9.3.2.2.
 */
DIMSE_API dimse_result dimse_assoc_request_context(
    const dimse_assoc_request *request, size_t index, dimse_context *out);

/*
 * The transfer syntax that was proposed as number index, for the context that was proposed as number context_index,
 * both counted from 0.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as request.
 * DIMSE_ERR_INVALID_ARGUMENT past the end. Since 0.1.0. PS3.8 9.3.2.2.
 */
DIMSE_API dimse_result dimse_assoc_request_transfer_syntax(
    const dimse_assoc_request *request, size_t context_index, size_t index, dimse_str *out);

/*
 * The user identity that the peer sent: kind is DIMSE_IDENTITY_* or another number that the peer chose, 0 where it
 * sent none; positive_response is 1 where it wants an answer. Whom to trust is yours to decide: the library checks
 * nothing.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Each output may be NULL; the bytes live as long as
 * request. Since 0.1.0. PS3.7 D.3.3.7.
 */
DIMSE_API dimse_result dimse_assoc_request_identity(
    const dimse_assoc_request *request, uint32_t *kind, dimse_bytes *primary, dimse_bytes *secondary,
    uint32_t *positive_response);

/*
 * Refuses one presentation context: result is one of DIMSE_CONTEXT_*, but not DIMSE_CONTEXT_ACCEPTED.
 *
 * On the wire: with the acceptance. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT where id is not
 * that of a context that is accepted so far; DIMSE_ERR_STATE after the answer. Since 0.1.0. PS3.8 table 9-18.
 */
DIMSE_API dimse_result dimse_assoc_request_refuse_context(
    dimse_assoc_request *request, uint32_t id, uint32_t result, dimse_error **err);

/*
 * Takes another of the transfer syntaxes that the peer proposed for a context.
 *
 * On the wire: with the acceptance. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT where id is not
 * that of a context that is accepted so far, or the transfer syntax was not proposed for it; DIMSE_ERR_STATE after the
 * answer. Since 0.1.0. PS3.8 9.3.3.2.
 */
DIMSE_API dimse_result dimse_assoc_request_choose_transfer_syntax(
    dimse_assoc_request *request, uint32_t id, const char *transfer_syntax, dimse_error **err);

/*
 * Sets the answer to the peer's user identity: empty for a user name, the server's ticket for Kerberos, the response
 * for SAML and JWT. It is sent only where the peer asked for one; without this call none is sent.
 *
 * On the wire: with the acceptance. Does not block; allowed in callbacks. The bytes are copied and never logged.
 * DIMSE_ERR_INVALID_ARGUMENT where they do not fit into the answer, some 65000; DIMSE_ERR_STATE after the answer.
 * Since 0.1.0. PS3.7 D.3.3.7.2.
 */
DIMSE_API dimse_result dimse_assoc_request_set_identity_response(
    dimse_assoc_request *request, const uint8_t *response, size_t length, dimse_error **err);

/*
 * Accepts the association as it stands.
 *
 * On the wire: A-ASSOCIATE-AC, sent by the library. Does not block; allowed in callbacks, from any thread. The handle
 * stays yours to free. DIMSE_OK is no receipt: a peer that goes before the answer has left does not get it.
 * DIMSE_ANSWERED_ALREADY, which is no failure, where it was answered before, or the peer had gone. Since 0.1.0.
 * PS3.8 9.3.3.
 */
DIMSE_API dimse_result dimse_assoc_request_accept(dimse_assoc_request *request, dimse_error **err);

/*
 * Refuses the association: result 1 (permanent) or 2 (transient), source 1 (service user: reason 1, 2, 3 or 7), 2
 * (ACSE: 1 or 2) or 3 (presentation: 1 or 2). All three 0: permanent, by the service user, no reason given (1,1,1).
 *
 * On the wire: A-ASSOCIATE-RJ, sent by the library. Does not block; allowed in callbacks, from any thread. The handle
 * stays yours to free. DIMSE_ANSWERED_ALREADY, which is no failure, where it was answered before, or the peer has
 * gone; DIMSE_ERR_INVALID_ARGUMENT for numbers that the standard reserves. Since 0.1.0. PS3.8 9.3.4, table 9-21.
 */
DIMSE_API dimse_result dimse_assoc_request_refuse(
    dimse_assoc_request *request, uint32_t result, uint32_t source, uint32_t reason, dimse_error **err);

/*
 * Frees the request and every text that came from it. One that was not answered is refused (1,1,1).
 *
 * On the wire: A-ASSOCIATE-RJ where it was not answered, sent by the library. Does not block; allowed in callbacks, in
 * any order, and with NULL. Since 0.1.0. PS3.8 9.3.4.
 */
DIMSE_API void dimse_assoc_request_free(dimse_assoc_request *request);

/*
 * What the request says.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_message) before; the
 * texts live as long as request. Since 0.1.0. PS3.7 9.3, 10.3, annex E.
 */
DIMSE_API dimse_result dimse_request_message(const dimse_request *request, dimse_message *out);

/*
 * The instance that came with the request: where the server has a folder, all of it is there before its handler is
 * called, but not under its name yet: the answer decides about it. Success and warnings keep it, under path, or under
 * another with DIMSE_COLLISION_NUMBER; with a failure it is deleted, as where the request is freed unanswered.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_received) before;
 * the paths live as long as request, and are empty where the instance went into memory or to a sink. DIMSE_ERR_STATE
 * where no instance came with it. Since 0.1.0. PS3.7 9.1.1, PS3.4 B.2.3.
 */
DIMSE_API dimse_result dimse_request_received(const dimse_request *request, dimse_received *out);

/*
 * 1 where nobody waits for the answer any more: a C-CANCEL-RQ came, or the association has ended; else 0, and where
 * request is no request.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0. PS3.7 9.3.2.3.
 */
DIMSE_API int32_t dimse_request_is_cancelled(const dimse_request *request);

/*
 * Answers the request with a final status: 0 is success. comment, which may be NULL, says more about a failure, to the
 * peer's log for instance. An instance that came with it is kept after success and warnings, and deleted after a
 * failure. To one of which a header handler has the front (dimse_server_options_set_header_handler) only a failure can
 * be answered: it refuses the instance.
 *
 * On the wire: the response, sent by the library, where an instance is kept once that has its name; where it does not
 * get it, the peer is told so instead. Does not block; allowed in callbacks, from any thread. The handle stays yours
 * to free. The comment is UTF-8; 64 characters of ASCII are sent at most. DIMSE_OK is no receipt: an association that
 * ends before the response has left takes it along, and dimse_request_is_cancelled is 1 then. DIMSE_ANSWERED_ALREADY,
 * which is no failure, where it was answered before, or the association had ended; DIMSE_ERR_INVALID_ARGUMENT for a
 * status of more than 16 bits or a pending one; DIMSE_ERR_STATE for success or a warning to one of which a header
 * handler has the front. Since 0.1.0. PS3.7 9.1.5.1.4, annex C.
 */
DIMSE_API dimse_result dimse_request_respond(
    dimse_request *request, uint32_t status, const char *comment, dimse_error **err);

/*
 * Frees the request and every text that came from it. One that was not answered is answered as failed, with words:
 * C001 for C-STORE, C-FIND, C-GET and C-MOVE, 0110 (processing failure) for the others. An instance that came with it
 * is deleted.
 *
 * On the wire: the response where it was not answered, sent by the library. Does not block; allowed in callbacks, in
 * any order, and with NULL. Since 0.1.0. PS3.7 annex C.
 */
DIMSE_API void dimse_request_free(dimse_request *request);

/*
 * The front of the data set, which the rest is not taken before: the elements in front of the tag that was given to
 * dimse_server_options_set_header_handler, each whole. One that is not in it is absent only if
 * dimse_request_header_end says that the front goes beyond its place.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. DIMSE_ERR_STATE where request is
 * not a header handler's; DIMSE_ERR_DATASET where it cannot be told for certain what is in front: it is malformed or
 * cut off, or not written as its transfer syntax says. The instance can be taken all the same, unchanged, or refused.
 * Since 0.1.0. PS3.5 7, annex A.
 */
DIMSE_API dimse_result dimse_request_header(const dimse_request *request, dimse_dataset **out, dimse_error **err);

/*
 * Why the front of the data set is no longer: *end becomes one of DIMSE_HEADER_*, and *next_tag, which may be NULL, the
 * tag of the element that follows, 0xggggeeee, or 0 where none does, and with DIMSE_HEADER_UNREADABLE where that is not
 * known. Elements in front of that one which dimse_request_header has not are absent; of others nobody knows yet.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_STATE where request is not a header handler's.
 * Since 0.1.0. PS3.5 7.1.
 */
DIMSE_API dimse_result dimse_request_header_end(
    const dimse_request *request, uint32_t *end, uint32_t *next_tag, dimse_error **err);

/*
 * What stands before the data set in a file of its own: preamble, prefix and File Meta Information.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The bytes live as long as request. DIMSE_ERR_STATE where
 * request is not a header handler's, or its instance has no UID. Since 0.1.0. PS3.10 7.1.
 */
DIMSE_API dimse_result dimse_request_file_header(const dimse_request *request, dimse_bytes *out);

/*
 * Gives user_data along with the instance, for the handler of the server (dimse_server_options_set_handler), which
 * gets another request once all of it has come: dimse_request_user_data has it there. Once for each instance: what was
 * given stays.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, from any thread. release, where not NULL, gives user_data
 * back exactly once: when both requests are freed, and the instance is stored, or refused, or has broken off; also
 * where this call fails. DIMSE_ERR_STATE where request is not a header handler's, where it was decided before, and
 * where something was given before, user_data NULL too. Since 0.1.0. PS3.4 B.2.3.
 */
DIMSE_API dimse_result dimse_request_set_user_data(
    dimse_request *request, void *user_data, dimse_release_cb release, dimse_error **err);

/*
 * What was given along with the instance by dimse_request_set_user_data; NULL where nothing was, and where request is
 * no request.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. It is not released before request is freed. Since 0.1.0.
 */
DIMSE_API void *dimse_request_user_data(const dimse_request *request);

/*
 * Lets the instance go into the folder of the server, as where there is no header handler. header NULL: as it comes;
 * else these elements take the place of those of dimse_request_header; the header of the file, and its name, come from
 * the command all the same. What follows stays as it is, text in it too where these change Specific Character Set; a
 * deflated data set is inflated for that, and deflated again.
 *
 * On the wire: the response, once it is stored; C000 where a deflated one with a header is no deflate stream. Does not
 * block; allowed in callbacks, from any thread. header is copied; request stays yours to free. DIMSE_ERR_DATASET where
 * header cannot be written in the transfer syntax of the instance, or has elements that belong behind those that still
 * come; where dimse_request_header fails; and where another Specific Character Set (0008,0005) is in it than came, and
 * an element below group 7FE0 follows, since text in what follows stays in the bytes that it came in. DIMSE_ERR_STATE
 * where the server has no folder, or request is not a header handler's; DIMSE_ANSWERED_ALREADY, which is no failure,
 * where it was decided before, or the association had ended. Since 0.1.0. PS3.4 B.2.3.
 */
DIMSE_API dimse_result dimse_request_accept(dimse_request *request, const dimse_dataset *header, dimse_error **err);

/*
 * Lets the instance become the DICOM file at path, in a folder that is there. It has that name when all of it is
 * there, and takes the place of a file that has it; until then it is in a folder .dimse-part beside it, which stays in
 * the last eight of these folders until the server has ended. What a crash left there is removed by the next server
 * that begins to store there. dimse_server_options_set_folder_sync and
 * dimse_server_options_set_folder_free_space_floor_bytes hold for it. header is as in dimse_request_accept.
 *
 * On the wire: the response, once it is stored; A700 where it cannot be. Does not block; allowed in callbacks, from
 * any thread. path is copied: on Unix any bytes but NUL, on Windows UTF-8. request stays yours to free. DIMSE_ERR_STATE
 * where request is not a header handler's; DIMSE_ANSWERED_ALREADY, which is no failure, where it was decided before, or
 * the association had ended. Since 0.1.0. PS3.4 B.2.3, PS3.10 7.1.
 */
DIMSE_API dimse_result dimse_request_accept_to_file(
    dimse_request *request, const dimse_dataset *header, const char *path, dimse_error **err);

/*
 * Lets the instance's data set be taken into memory. The handler of the server gets it once all of it is there
 * (dimse_request_data), and answers it. header is as in dimse_request_accept.
 *
 * On the wire: the response of the handler; A700 where the data set is longer than max_bytes. Does not block; allowed
 * in callbacks, from any thread. request stays yours to free. DIMSE_ERR_STATE where the server has no handler, or
 * request is not a header handler's; DIMSE_ANSWERED_ALREADY, which is no failure, where it was decided before, or the
 * association had ended. Since 0.1.0. PS3.4 B.2.3.
 */
DIMSE_API dimse_result dimse_request_accept_to_memory(
    dimse_request *request, const dimse_dataset *header, uint64_t max_bytes, dimse_error **err);

/*
 * Lets the instance's data set go to write, piece by piece as it comes, the part that has come first, and then to end.
 * Nothing more is read of the association while write is at work or holds. header is as in dimse_request_accept.
 *
 * On the wire: the response, once end has returned, or the server's handler, where it has one, has answered. Does not
 * block; allowed in callbacks, from any thread. write and end run on threads of the library with no lock held; other
 * associations do not wait for them. Where the handler refuses what end has taken, nothing tells the sink. release,
 * where not NULL, gives user_data back exactly once, after end; also where this call fails: then end is not called.
 * *out, where out is not NULL, is yours to free; without it write must not hold. request stays yours to free.
 * DIMSE_ERR_INVALID_ARGUMENT where write or end is NULL; DIMSE_ERR_STATE where request is not a header handler's;
 * DIMSE_ANSWERED_ALREADY, which is no failure, where it was decided before, or the association had ended: then end is
 * called with 0. Since 0.1.0. PS3.4 B.2.3.
 */
DIMSE_API dimse_result dimse_request_accept_to_sink(
    dimse_request *request, const dimse_dataset *header, dimse_sink_write_cb write, dimse_sink_end_cb end,
    void *user_data, dimse_release_cb release, dimse_sink **out, dimse_error **err);

/*
 * The data set of an instance that was taken into memory, all of it, in the transfer syntax of its context.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. The bytes live as long as request. DIMSE_ERR_STATE where
 * it was not taken into memory, or is not there whole. Since 0.1.0. PS3.7 9.1.1.
 */
DIMSE_API dimse_result dimse_request_data(const dimse_request *request, dimse_bytes *out);

/*
 * Goes on with a sink that holds: it gets the next bytes. Before its write callback has returned DIMSE_SINK_HOLD it
 * counts for that; several count as one.
 *
 * Nothing on the wire, but that more is read. Does not block; allowed in callbacks, from any thread. Harmless where
 * the instance has ended. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_sink_resume(dimse_sink *sink);

/*
 * Frees the handle; an instance that is not held goes on its way.
 *
 * On the wire: C000 or A-ABORT, as dimse_server_options_set_refused says, where the sink holds, since nothing can go on
 * with it any more. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_sink_free(dimse_sink *sink);

#ifdef __cplusplus
}
#endif

#endif  /* DIMSE_H */

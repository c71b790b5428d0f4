/*
 * libdimse: DICOM networking for every program that can call C.
 *
 * Made from the words above each function in src/ffi; do not edit. The rules that hold for every function:
 *
 * - A handle (dimse_op *, dimse_queue *, ...) is a number, never an address: NULL, a freed handle and any other value
 *   are found out, and answered with DIMSE_ERR_INVALID_HANDLE, or with nothing, 0 or an empty text where a function
 *   returns something else. Every handle may be used from any thread at once, but options while being filled.
 * - Every _free takes NULL, never blocks, and may be called in callbacks and finalizers, in any order.
 * - What you pass is copied before the call returns. Text is UTF-8 and ends with a NUL.
 * - Outputs are written on success only; *err, which you free, on failure only. err itself may always be NULL.
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
 * A time: the default of its phase. Where nothing is a phase (wait, next, dispatch, stop, shutdown) it is 0: do not wait.
 */
#define DIMSE_DEFAULT 0u

/* A time: no limit. */
#define DIMSE_NO_LIMIT UINT32_MAX

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
/* Messages. */
#define DIMSE_LOG_DEBUG 4u
/* PDUs. */
#define DIMSE_LOG_TRACE 5u

/* The outcome: exactly one for each operation that was started, always the last. */
#define DIMSE_EVENT_DONE 4u

/* The whole story of a failure, in one record. */
typedef struct dimse_error dimse_error;

/* An operation in flight, or over. */
typedef struct dimse_op dimse_op;

/* Events that wait until you dispatch them. */
typedef struct dimse_queue dimse_queue;

/* The threads that everything runs on. NULL means the default one of the process, made on first use. */
typedef struct dimse_runtime dimse_runtime;

/* How a runtime is to be made. For one thread at a time while being filled. */
typedef struct dimse_runtime_options dimse_runtime_options;

/* The local outcome of a call: 0 done, above 0 not a failure, below 0 failed. Never the peer's status. */
typedef int32_t dimse_result;

/* UTF-8 text that belongs to somebody else. */
typedef struct dimse_str {
    /* Never NULL; a NUL stands behind the last byte. */
    const char *data;
    /* Bytes, the NUL not counted. */
    size_t len;
} dimse_str;

/*
 * One line of the log; message may have more. The library fills it; later versions add fields at the end. It and what it
 * points to live until the callback returns.
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
 * returns, or until the next dimse_op_next on, or dimse_op_free of, the operation that it was read from.
 */
typedef struct dimse_event {
    /* Bytes of this struct that are filled. */
    uint32_t struct_size;
    /* DIMSE_EVENT_*. */
    uint32_t kind;
    /* DONE: DIMSE_OK or DIMSE_ERR_*. A failure status of the peer is DIMSE_OK: the call worked. */
    dimse_result result;
    /* The peer's (0000,0900), or DIMSE_NO_STATUS. */
    uint32_t status;
    /* DONE: DIMSE_PHASE_* in which it failed; DIMSE_PHASE_NONE where it did not. */
    uint32_t phase;
    /* (0000,0110) of the request; 0 where none was sent. */
    uint32_t message_id;
    /* How many times it was tried. */
    uint32_t attempts;
    /* From the first byte, or the start of connecting, to now. */
    uint32_t duration_ms;
    /* Bytes of data sets sent and received. */
    uint64_t bytes_done;
    /* (0000,0902): the peer's words; empty where there are none. */
    dimse_str comment;
    /* DONE: the whole story of a failure, NULL where there is none. */
    const dimse_error *error;
} dimse_event;

/* Done. */
#define DIMSE_OK 0

/* Not over yet. */
#define DIMSE_PENDING 1

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
 * Nothing on the wire. Does not block; allowed in callbacks. Each of the three may be NULL; they are written on success
 * only. DIMSE_ERR_STATE where err is no rejection. Since 0.1.0. PS3.8 9.3.4, table 9-21.
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
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. The error of an event belongs
 * to the event and is not freed by you. Since 0.1.0.
 */
DIMSE_API void dimse_error_free(dimse_error *err);

/*
 * Sets who takes the log, from level on upwards in importance: DIMSE_LOG_ERROR alone to DIMSE_LOG_TRACE, everything.
 * callback NULL, or DIMSE_LOG_OFF: nobody. One for the process; levels that nobody takes cost next to nothing.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. release, where not NULL, gives user_data back exactly once,
 * after the last call: when another callback is set, or this call fails. DIMSE_ERR_INVALID_ARGUMENT for another level;
 * DIMSE_ERR_STATE where this library is part of a Rust program that takes the log itself. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_log_set_callback(
    uint32_t level, dimse_log_cb callback, void *user_data, dimse_release_cb release, dimse_error **err);

/*
 * Makes options with every default.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_runtime_options_new(dimse_runtime_options **out);

/*
 * Frees options; a runtime that was made with them stays.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_runtime_options_free(dimse_runtime_options *options);

/*
 * Sets how many threads drive the associations that no call of yours drives: 1 to 1024; by default as many as there are
 * cores, at most 4.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT out of range. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_runtime_options_set_worker_threads(dimse_runtime_options *options, uint32_t count);

/*
 * Sets how many callbacks without a queue may run at the same time: 1 to 1024; by default as many as there are cores, at
 * least 4. Threads start when they are needed.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT out of range. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_runtime_options_set_callback_threads(dimse_runtime_options *options, uint32_t count);

/*
 * Makes a runtime of its own: for programs that want to end a part of their associations, or set how many threads there
 * are. Everybody else passes NULL as runtime.
 *
 * Nothing on the wire. Starts threads, and does not wait for them; allowed in callbacks. options NULL: the defaults;
 * they are copied. *out is yours to free. DIMSE_ERR_RESOURCES where no thread can be started. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_runtime_new(
    const dimse_runtime_options *options, dimse_runtime **out, dimse_error **err);

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
DIMSE_API dimse_result dimse_queue_new(const dimse_runtime *rt, dimse_queue **out, dimse_error **err);

/*
 * Sets what is called when the queue becomes non-empty, when a dispatch returns and leaves events, and now where there
 * are some already. notify NULL: nothing is called.
 *
 * Nothing on the wire. Does not block; allowed in callbacks. notify runs on a thread of the library, never twice at
 * once, with no lock held; make it a posted message to your own loop. release, where not NULL, gives user_data back
 * exactly once: after the last call, when another notify is set, the queue is freed, or this call fails. It may still be
 * called once after another was set. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_queue_set_notify(
    dimse_queue *queue, dimse_notify_cb notify, void *user_data, dimse_release_cb release);

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
 * Makes every dispatch that waits return; where none does, the next that would wait returns at once.
 *
 * Nothing on the wire. Does not block; allowed in callbacks and from any thread. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_queue_wakeup(dimse_queue *queue);

/*
 * Frees the queue. A dispatch in another thread returns after the callback that it is in. Events that wait in it or come
 * later are not delivered any more; each release still runs once, on a thread of the library, or on this one after
 * dimse_runtime_shutdown. The operations themselves go on.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
 */
DIMSE_API void dimse_queue_free(dimse_queue *queue);

/*
 * Says whether the operation is over: DIMSE_PENDING, or its outcome (DIMSE_OK or DIMSE_ERR_*).
 *
 * Nothing on the wire. Does not block; allowed in callbacks. Its events, DONE too, may still be on their way: user_data
 * is yours again at release, not before. DIMSE_ERR_INVALID_HANDLE where op is no operation. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_op_poll(const dimse_op *op);

/*
 * Waits for the operation's outcome and returns it; DIMSE_PENDING where it did not come in time.
 *
 * Nothing on the wire. Blocks up to timeout_ms: 0 does not wait, DIMSE_NO_LIMIT waits for ever. Not allowed in callbacks
 * (DIMSE_ERR_WOULD_DEADLOCK). Its events may still be on their way, see dimse_op_poll. *err, where err is not NULL, is
 * written on failure and is yours to free. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_op_wait(dimse_op *op, uint32_t timeout_ms, dimse_error **err);

/*
 * Reads the next event of an operation that was started with delivery NULL; DIMSE_PENDING where none came in time.
 *
 * Nothing on the wire. Blocks up to timeout_ms: 0 does not wait, DIMSE_NO_LIMIT waits for ever. Not allowed in callbacks
 * (DIMSE_ERR_WOULD_DEADLOCK). Set out->struct_size to sizeof(dimse_event) before; out is written on DIMSE_OK only. What
 * it points to lives until the next dimse_op_next on, or dimse_op_free of, this op. DIMSE_ERR_STATE where DONE was read
 * before, or where the operation has a callback. Since 0.1.0.
 */
DIMSE_API dimse_result dimse_op_next(dimse_op *op, uint32_t timeout_ms, dimse_event *out);

/*
 * Cancels the operation. Its DONE still comes, with what it came to.
 *
 * On the wire: what the operation's own words say (C-CANCEL and the wait for the final response, A-ABORT where a message
 * is half sent, nothing where it still waits its turn). Does not block; allowed in callbacks; a second call, and one
 * after the end, does nothing and is DIMSE_OK. Since 0.1.0. PS3.7 9.3.2.3.
 */
DIMSE_API dimse_result dimse_op_cancel(dimse_op *op);

/*
 * Frees the handle. The operation goes on, detached; its events still come, then release.
 *
 * Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. What the last dimse_op_next
 * gave out dies with it. Since 0.1.0.
 */
DIMSE_API void dimse_op_free(dimse_op *op);

#ifdef __cplusplus
}
#endif

#endif  /* DIMSE_H */

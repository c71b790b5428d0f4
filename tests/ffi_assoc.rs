//! Associations through the C border: opening, C-ECHO, release and abort, in every delivery, and what ends them.

#![cfg(feature = "net")]
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "calls the C border")]

mod border;

use std::net::TcpListener;
use std::ptr::{null, null_mut};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use border::peer::{Peer, acceptance, deaf_listener};
use border::*;
use dimse::ffi::assoc::*;
use dimse::ffi::assoc_options::*;
use dimse::ffi::echo_options::*;
use dimse::ffi::error::*;
use dimse::ffi::facts::*;
use dimse::ffi::number::DIMSE_NO_LIMIT;
use dimse::ffi::op::*;
use dimse::ffi::runtime::*;
use dimse::ffi::server::dimse_server_stop;
use dimse::ffi::status::dimse_uid_name;
use dimse::runtime::lock::lock;
use dimse::types::{MaxPduLength, Rejection};
use dimse::wire::item::UserInformation;
use dimse::wire::pdu::Pdu;

const VERIFICATION: &str = "1.2.840.10008.1.1";
const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

#[test]
fn open_echo_release_each_blocking() {
    let server = Server::plain();
    let assoc = server.open();
    for _ in 0..3 {
        assert_eq!(assoc.echo().unwrap(), 0);
    }
    let counters = assoc.counters();
    assert_eq!((counters.messages_sent, counters.messages_received), (3, 3));
    assert_eq!((counters.pdus_sent, counters.pdus_received), (4, 4));
    assert!(counters.bytes_sent > 4 * 6 && counters.bytes_received > 4 * 6);
    assoc.release().unwrap();
    assert_eq!(assoc.release().unwrap_err().result, DIMSE_ERR_STATE);
    assert_eq!(assoc.echo().unwrap_err().result, DIMSE_ERR_STATE);
    assert_eq!(assoc.counters().pdus_sent, 5, "facts and counters stay readable");
    assert_eq!(text(assoc.facts().calling), "DIMSE");
    eventually(|| server.totals().connections == 0);
    let totals = server.totals();
    assert_eq!((totals.accepted_total, totals.aborted_total, totals.requests_total), (1, 0, 3));
}

#[test]
fn facts_and_contexts_say_what_was_agreed() {
    let server = Server::plain();
    let (calling, called) = (c(" ME "), c("YOU"));
    let options = Options::to(server.port)
        .context(CT_IMAGE, &[IMPLICIT])
        .context(VERIFICATION, &[IMPLICIT, EXPLICIT])
        .context(VERIFICATION, &["1.2.3.4"])
        .set(|o, err| unsafe { dimse_assoc_options_set_ae_titles(o, calling.as_ptr(), called.as_ptr(), err) })
        .set(|o, err| unsafe { dimse_assoc_options_set_max_pdu_bytes(o, 16_384, err) })
        .set(|o, err| unsafe { dimse_assoc_options_set_async_window(o, 5, 0, err) });
    let assoc = options.open().unwrap();
    let facts = assoc.facts();
    assert_eq!((text(facts.calling), text(facts.called)), ("ME".into(), "YOU".into()));
    assert_eq!(text(facts.peer_address), format!("127.0.0.1:{}", server.port));
    assert!(text(facts.local_address).starts_with("127.0.0.1:"));
    assert!(text(facts.peer_implementation_class).starts_with("2.25."));
    assert_eq!(text(facts.peer_implementation_version), format!("LIBDIMSE {}", env!("CARGO_PKG_VERSION")));
    assert_eq!((facts.is_requestor, facts.own_max_pdu_bytes, facts.peer_max_pdu_bytes), (1, 16_384, 131_072));
    assert_eq!((facts.window_invoked, facts.window_performed), (1, 1), "the server grants one of each");
    assert_eq!((facts.context_count, facts.accepted_count), (3, 1));
    assert_eq!(bytes(facts.identity_response), None);
    assert_ne!(facts.association, 0);
    let contexts: Vec<_> = (0..3).map(|index| assoc.context(index)).collect();
    assert_eq!(contexts.iter().map(|context| context.id).collect::<Vec<_>>(), [1, 3, 5]);
    assert_eq!(
        contexts.iter().map(|context| context.result).collect::<Vec<_>>(),
        [DIMSE_CONTEXT_ABSTRACT_SYNTAX, DIMSE_CONTEXT_ACCEPTED, DIMSE_CONTEXT_TRANSFER_SYNTAXES]
    );
    assert_eq!(
        contexts.iter().map(|context| text(context.transfer_syntax)).collect::<Vec<_>>(),
        ["", EXPLICIT, ""]
    );
    assert_eq!(text(contexts[0].abstract_syntax), CT_IMAGE);
    assert_eq!((contexts[1].local_is_scu, contexts[1].local_is_scp), (1, 0));
    assert_eq!((contexts[0].local_is_scu, contexts[0].local_is_scp), (0, 0));
    let mut context: dimse_context = flat();
    assert_eq!(unsafe { dimse_assoc_context(assoc.0, 3, &raw mut context) }, DIMSE_ERR_INVALID_ARGUMENT);
}

#[test]
fn a_caller_that_knows_less_of_a_struct_gets_less_of_it() {
    let server = Server::plain();
    let assoc = server.open();
    let mut facts: dimse_facts = unsafe { std::mem::zeroed() };
    for too_small in [0, 7] {
        facts.struct_size = too_small;
        assert_eq!(unsafe { dimse_assoc_facts(assoc.0, &raw mut facts) }, DIMSE_ERR_INVALID_ARGUMENT);
    }
    facts.struct_size = 16;
    assert_eq!(unsafe { dimse_assoc_facts(assoc.0, &raw mut facts) }, DIMSE_OK);
    assert_eq!((facts.struct_size, facts.is_requestor), (16, 1));
    assert_ne!(facts.association, 0);
    assert!(facts.calling.data.is_null() && facts.context_count == 0, "not a byte beyond");
    facts.struct_size = 1000;
    assert_eq!(unsafe { dimse_assoc_facts(assoc.0, &raw mut facts) }, DIMSE_OK);
    assert_eq!(facts.struct_size, 152);
    assert_eq!(unsafe { dimse_assoc_facts(assoc.0, null_mut()) }, DIMSE_ERR_INVALID_ARGUMENT);
}

#[test]
fn a_blocking_echo_hands_done_to_its_caller_on_its_own_thread() {
    let server = Server::plain();
    let assoc = server.open();
    let seen = Seen::new();
    let echo = |status| {
        call(|err| unsafe {
            dimse_assoc_echo(assoc.0, null(), Some(on_event), seen.user_data(), status, err)
        })
    };
    echo(null_mut()).unwrap();
    let done = seen.done();
    assert_eq!((done.len(), done[0].result, done[0].status), (1, DIMSE_OK, 0));
    assert_eq!(done[0].thread, std::thread::current().id());
    assoc.release().unwrap();
    let mut status = 77;
    assert_eq!(echo(&raw mut status).unwrap_err().result, DIMSE_ERR_STATE);
    assert_eq!(status, 77, "outputs are written on success only");
    assert_eq!(
        (seen.done().len(), seen.done()[1].result),
        (2, DIMSE_ERR_STATE),
        "an echo that fails has its DONE too"
    );
    assert_eq!(seen.released(), 0, "nobody was asked to");
}

#[test]
fn everything_asynchronous_each_in_another_delivery() {
    let server = Server::plain();
    // On a thread of the library; the association is taken inside DONE.
    let (op, taken) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Vec::new())));
    let in_callback = {
        let (op, taken) = (op.clone(), taken.clone());
        Seen::inside(move || {
            let op = Op(std::ptr::without_provenance_mut(*lock(&op)));
            lock(&taken).push(op.take().map(|assoc| {
                let handle = assoc.0.addr();
                std::mem::forget(assoc);
                handle
            }));
            assert_eq!(op.take().unwrap_err().result, DIMSE_ERR_STATE, "taken before");
        })
    };
    let options = Options::to(server.port);
    let delivery = in_callback.delivery(null_mut());
    {
        let mut place = lock(&op); // the callback waits for it
        let mut out = null_mut();
        let result = unsafe {
            dimse_assoc_open_async(null_mut(), options.0, &raw const delivery, &raw mut out, null_mut())
        };
        assert_eq!(result, DIMSE_OK);
        *place = out.addr();
    }
    let done = in_callback.one();
    assert_eq!(done.result, DIMSE_OK);
    assert_ne!(done.thread, std::thread::current().id());
    let assoc = Assoc(std::ptr::without_provenance_mut(lock(&taken).remove(0).unwrap()));
    // In a queue.
    let (queue, seen) = (Queue::new(), Seen::new());
    let echo = assoc.echo_async(Some(&seen.delivery(queue.0)));
    queue.dispatch_one();
    let done = seen.one();
    assert_eq!((done.result, done.status, done.thread), (DIMSE_OK, 0, std::thread::current().id()));
    assert_eq!(dimse_op_poll(echo.0), DIMSE_OK);
    // Read.
    let release = assoc.release_async(None);
    let mut event: dimse::ffi::delivery::dimse_event = flat();
    assert_eq!(unsafe { dimse_op_next(release.0, PATIENCE_MS, &raw mut event) }, DIMSE_OK);
    assert_eq!((event.result, event.status), (DIMSE_OK, DIMSE_NO_STATUS));
    assert_eq!(unsafe { dimse_op_next(release.0, 0, &raw mut event) }, DIMSE_ERR_STATE);
    assert_eq!(assoc.release_async(None).wait().unwrap_err().result, DIMSE_ERR_STATE);
}

#[test]
fn an_association_that_nobody_takes_is_aborted() {
    let server = Server::plain();
    let seen = Seen::new();
    let delivery = seen.delivery(null_mut());
    let options = Options::to(server.port);
    let opened = call(|err| unsafe {
        dimse_assoc_open_async(null_mut(), options.0, &raw const delivery, null_mut(), err)
    });
    assert_eq!(opened, Ok(DIMSE_OK));
    assert_eq!(seen.one().result, DIMSE_OK);
    let op = options.open_async(None);
    assert_eq!(op.wait(), Ok(()));
    drop(op);
    eventually(|| server.totals().connections == 0);
    assert_eq!((server.totals().accepted_total, server.totals().aborted_total), (2, 2));
}

#[test]
fn what_fails_says_why_in_both_ways() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = Options::to(nobody);
    let failed = options.open().unwrap_err();
    assert_eq!((failed.result, failed.phase), (DIMSE_ERR_CONNECT, DIMSE_PHASE_CONNECT));
    assert!(failed.words.contains(&format!("127.0.0.1:{nobody}")), "{}", failed.words);
    let op = options.open_async(None);
    assert_eq!(op.wait().unwrap_err(), failed);
    assert_eq!(op.take().unwrap_err().result, DIMSE_ERR_STATE);
    let seen = Seen::new();
    drop(options.open_async(Some(&seen.delivery(null_mut()))));
    assert_eq!(seen.one().result, DIMSE_ERR_CONNECT);
    let host = c("name.invalid");
    let unknown = Options::empty()
        .set(|o, err| unsafe { dimse_assoc_options_set_peer(o, host.as_ptr(), 104, err) })
        .open()
        .unwrap_err();
    assert_eq!((unknown.result, unknown.phase), (DIMSE_ERR_RESOLVE, DIMSE_PHASE_RESOLVE));
}

#[test]
fn a_rejection_comes_with_its_numbers() {
    let peer = Peer::new(|mut peer| {
        assert_eq!(peer.pdu(), Some(1));
        peer.send(&Pdu::AssociateRj(Rejection { result: 2, source: 3, reason: 1 }));
        assert_eq!(peer.pdu(), None);
    });
    let failed = Options::to(peer.port).open().unwrap_err();
    assert_eq!((failed.result, failed.rejection), (DIMSE_ERR_REJECTED, Some([2, 3, 1])));
    assert!(failed.words.contains("temporary congestion"), "{}", failed.words);
    peer.join();
}

#[test]
fn an_identity_is_sent_and_its_answer_comes_back() {
    let peer = Peer::new(|mut peer| {
        assert_eq!(peer.pdu(), Some(1));
        peer.send(&Pdu::AssociateAc(Box::new(acceptance(UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(0)),
            identity_response: Some(b"ticket".to_vec()),
            implementation_version: Some(b"V\xE9 1 \0".to_vec()),
            ..UserInformation::default()
        }))));
        assert_eq!(peer.pdu(), Some(5));
        peer.send(&Pdu::ReleaseRp);
        assert_eq!(peer.pdu(), None);
    });
    let token = b"a.b.c";
    let assoc = Options::to(peer.port)
        .set(|o, err| unsafe {
            let (kind, none) = (DIMSE_IDENTITY_JWT, null());
            dimse_assoc_options_set_user_identity(o, kind, token.as_ptr(), token.len(), none, 0, 1, err)
        })
        .open()
        .unwrap();
    let facts = assoc.facts();
    assert_eq!(bytes(facts.identity_response), Some(b"ticket".to_vec()));
    assert_eq!(facts.peer_max_pdu_bytes, 0);
    assert_eq!(text(facts.peer_implementation_version), "V\u{FFFD} 1");
    assert_eq!(text(facts.peer_implementation_class), "");
    assoc.release().unwrap();
    peer.join();
}

#[test]
fn a_server_of_other_classes_is_no_context() {
    let class = c(CT_IMAGE);
    let options = ServerOptions::new().set(|o, err| unsafe {
        dimse::ffi::server_options::dimse_server_options_add_context(o, class.as_ptr(), null(), 0, err)
    });
    let server = Server::start(&options);
    let failed = Options::to(server.port).open().unwrap_err();
    assert_eq!(failed.result, DIMSE_ERR_NO_CONTEXT);
    let assoc = Options::to(server.port).context(CT_IMAGE, &[]).open().unwrap();
    assert_eq!(assoc.echo().unwrap_err().result, DIMSE_ERR_NO_CONTEXT);
    assoc.release().unwrap();
}

#[test]
fn cancelling_while_connecting_ends_at_once() {
    let (port, _listener, _waiting) = deaf_listener();
    let op = Options::to(port).open_async(None);
    let mut event: dimse::ffi::delivery::dimse_event = flat();
    assert_eq!(unsafe { dimse_op_next(op.0, 50, &raw mut event) }, DIMSE_PENDING);
    let begun = Instant::now();
    op.cancel();
    let failed = op.wait().unwrap_err();
    assert_eq!((failed.result, failed.phase), (DIMSE_ERR_CANCELLED, DIMSE_PHASE_CONNECT));
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[test]
fn connecting_ends_by_its_own_limit() {
    let (port, _listener, _waiting) = deaf_listener();
    let options =
        Options::to(port).set(|o, err| unsafe { dimse_assoc_options_set_connect_timeout_ms(o, 60, err) });
    let failed = options.open().unwrap_err();
    assert_eq!((failed.result, failed.phase), (DIMSE_ERR_TIMEOUT, DIMSE_PHASE_CONNECT));
    assert!(failed.words.contains("60 ms"), "{}", failed.words);
}

#[test]
fn cancelling_while_associating_aborts() {
    let (cancel, asked) = mpsc::channel();
    let peer = Peer::new(move |mut peer| {
        assert_eq!(peer.pdu(), Some(1));
        cancel.send(()).unwrap();
        assert_eq!(peer.pdu(), Some(7), "A-ABORT");
        assert_eq!(peer.pdu(), None);
    });
    let op = Options::to(peer.port).open_async(None);
    asked.recv().unwrap();
    op.cancel();
    let failed = op.wait().unwrap_err();
    assert_eq!((failed.result, failed.phase), (DIMSE_ERR_CANCELLED, DIMSE_PHASE_ASSOCIATE));
    op.cancel();
    peer.join();
}

#[test]
fn associating_ends_by_its_own_limit() {
    let peer = Peer::new(|mut peer| {
        assert_eq!(peer.pdu(), Some(1));
        assert_eq!(peer.pdu(), Some(7));
    });
    let options = Options::to(peer.port)
        .set(|o, err| unsafe { dimse_assoc_options_set_associate_timeout_ms(o, 60, err) });
    let failed = options.open().unwrap_err();
    assert_eq!((failed.result, failed.phase), (DIMSE_ERR_TIMEOUT, DIMSE_PHASE_ASSOCIATE));
    peer.join();
}

#[test]
fn cancelling_while_waiting_for_a_reply_leaves_the_association() {
    let (cancel, asked) = mpsc::channel();
    let peer = Peer::new(move |mut peer| {
        peer.associate();
        assert_eq!(peer.pdu(), Some(4));
        cancel.send(()).unwrap();
        assert_eq!(peer.pdu(), Some(7), "nothing but the abort at the end");
    });
    let assoc = Options::to(peer.port).open().unwrap();
    let seen = Seen::new();
    let op = assoc.echo_async(Some(&seen.delivery(null_mut())));
    asked.recv().unwrap();
    op.cancel();
    let done = seen.one();
    assert_eq!(
        (done.result, done.phase, done.status),
        (DIMSE_ERR_CANCELLED, DIMSE_PHASE_REPLY, DIMSE_NO_STATUS)
    );
    let waiting = assoc.echo_async(None);
    assert_eq!(dimse_op_poll(waiting.0), DIMSE_PENDING, "the window is one, and the response is still owed");
    drop(assoc);
    assert_eq!(waiting.wait().unwrap_err().result, DIMSE_ERR_CANCELLED);
    peer.join();
}

#[test]
fn a_reply_ends_by_the_limit_of_the_operation_or_the_association() {
    for of_operation in [true, false] {
        let peer = Peer::new(|mut peer| {
            peer.associate();
            assert_eq!(peer.pdu(), Some(4));
            assert_eq!(peer.pdu(), Some(7));
        });
        let mut options = Options::to(peer.port);
        let mut of_echo = null_mut();
        call(|err| unsafe { dimse_echo_options_new(&raw mut of_echo, err) }).unwrap();
        if of_operation {
            call(|err| unsafe { dimse_echo_options_set_reply_timeout_ms(of_echo, 60, err) }).unwrap();
        } else {
            options = options.set(|o, err| unsafe { dimse_assoc_options_set_reply_timeout_ms(o, 60, err) });
        }
        let assoc = options.open().unwrap();
        let failed =
            call(|err| unsafe { dimse_assoc_echo(assoc.0, of_echo, None, null_mut(), null_mut(), err) })
                .unwrap_err();
        assert_eq!((failed.result, failed.phase), (DIMSE_ERR_TIMEOUT, DIMSE_PHASE_REPLY));
        dimse_echo_options_free(of_echo);
        peer.join();
    }
}

#[test]
fn an_abort_ends_what_is_open_and_is_seen_by_the_peer() {
    let (sent, asked) = mpsc::channel();
    let peer = Peer::new(move |mut peer| {
        peer.associate();
        assert_eq!(peer.pdu(), Some(4));
        sent.send(()).unwrap();
        assert_eq!(peer.pdu(), Some(7));
    });
    let assoc = Options::to(peer.port).open().unwrap();
    let (first, second) = (assoc.echo_async(None), assoc.echo_async(None));
    asked.recv().unwrap();
    assert_eq!(dimse_assoc_abort(assoc.0), DIMSE_OK);
    assert_eq!(first.wait().unwrap_err().result, DIMSE_ERR_CANCELLED);
    assert_eq!(second.wait().unwrap_err().result, DIMSE_ERR_CANCELLED);
    assert_eq!(dimse_assoc_abort(assoc.0), DIMSE_OK, "again");
    assert_eq!(assoc.echo().unwrap_err().result, DIMSE_ERR_STATE);
    peer.join();
}

#[test]
fn freeing_the_handle_ends_a_blocking_call_of_another_thread() {
    let (sent, asked) = mpsc::channel();
    let peer = Peer::new(move |mut peer| {
        peer.associate();
        assert_eq!(peer.pdu(), Some(4));
        sent.send(()).unwrap();
        assert_eq!(peer.pdu(), Some(7));
    });
    let assoc = Arc::new(Options::to(peer.port).open().unwrap());
    let blocked = {
        let assoc = assoc.clone();
        std::thread::spawn(move || assoc.echo().unwrap_err())
    };
    asked.recv().unwrap();
    dimse_assoc_free(assoc.0);
    assert_eq!(blocked.join().unwrap().result, DIMSE_ERR_CANCELLED);
    peer.join();
}

#[test]
fn what_blocks_is_refused_inside_callbacks_and_what_does_not_is_allowed() {
    let server = Server::plain();
    let assoc = Arc::new(server.open());
    let (handle, stopping, port) = (assoc.0.addr(), server.handle.addr(), server.port);
    let results = Arc::new(Mutex::new(Vec::new()));
    let inside = {
        let results = results.clone();
        Seen::inside(move || {
            let assoc: *mut dimse_assoc = std::ptr::without_provenance_mut(handle);
            let options = Options::to(port);
            let mut out = null_mut();
            lock(&results).extend(unsafe {
                [
                    dimse_assoc_open(null_mut(), options.0, &raw mut out, null_mut()),
                    dimse_assoc_echo(assoc, null(), None, null_mut(), null_mut(), null_mut()),
                    dimse_assoc_release(assoc, null_mut()),
                    dimse_server_stop(std::ptr::without_provenance_mut(stopping), 0, null_mut()),
                ]
            });
            drop(options.open_async(None));
            dimse_assoc_free(assoc);
        })
    };
    let echo = assoc.echo_async(Some(&inside.delivery(null_mut())));
    assert_eq!(inside.one().result, DIMSE_OK);
    assert_eq!(*lock(&results), [DIMSE_ERR_WOULD_DEADLOCK; 4]);
    drop(echo);
    assert_eq!(assoc.echo().unwrap_err().result, DIMSE_ERR_INVALID_HANDLE, "freed inside");
    // The events of a blocking call are callbacks too.
    let assoc = server.open();
    let seen = Seen::inside(|| ());
    let nested = Arc::new(Mutex::new(0));
    let (handle, into) = (assoc.0.addr(), nested.clone());
    *lock(&seen.inside) = Some(Box::new(move || {
        let assoc: *mut dimse_assoc = std::ptr::without_provenance_mut(handle);
        *lock(&into) = unsafe { dimse_assoc_echo(assoc, null(), None, null_mut(), null_mut(), null_mut()) };
    }));
    call(|err| unsafe {
        dimse_assoc_echo(assoc.0, null(), Some(on_event), seen.user_data(), null_mut(), err)
    })
    .unwrap();
    assert_eq!(*lock(&nested), DIMSE_ERR_WOULD_DEADLOCK);
}

#[test]
fn many_threads_use_one_association_at_once() {
    let server = Server::plain();
    let assoc = server.open();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(assoc.echo().unwrap(), 0);
                    assert_eq!(assoc.facts().context_count, 1);
                }
            });
        }
    });
    let ops: Vec<_> = (0..100).map(|_| assoc.echo_async(None)).collect();
    assoc.release().unwrap();
    for op in ops {
        assert_eq!(op.wait(), Ok(()), "what was started before the release is done before it");
    }
    assert_eq!(server.totals().requests_total, 500);
}

#[test]
fn done_comes_in_the_order_of_the_calls_and_never_twice_at_once() {
    let server = Server::plain();
    let assoc = server.open();
    let seen: Vec<_> = (0..50).map(|_| Seen::new()).collect();
    for (index, one) in seen.iter().enumerate() {
        let before: Vec<_> = seen[..index].to_vec();
        *lock(&one.inside) = Some(Box::new(move || {
            assert!(before.iter().all(|before| before.released() == 1), "the ones before are over");
        }));
        drop(assoc.echo_async(Some(&one.delivery(null_mut()))));
    }
    for one in &seen {
        assert_eq!(one.one().result, DIMSE_OK);
    }
    assoc.release().unwrap();
}

#[test]
fn a_start_that_fails_releases_and_sends_no_event() {
    let seen = Seen::new();
    let deliveries: Vec<_> = (0..4).map(|_| seen.delivery(null_mut())).collect();
    let [first, second, third, fourth] = &deliveries[..] else { unreachable!() };
    let (mut op, mut err) = (null_mut(), null_mut());
    let refused = [
        unsafe { dimse_assoc_open_async(null_mut(), null(), first, &raw mut op, &raw mut err) },
        unsafe { dimse_assoc_echo_async(null_mut(), null(), second, &raw mut op, null_mut()) },
        unsafe { dimse_assoc_release_async(null_mut(), third, &raw mut op, null_mut()) },
    ];
    assert_eq!(refused, [DIMSE_ERR_INVALID_HANDLE; 3]);
    dimse_error_free(err);
    assert!(op.is_null());
    let no_peer = Options::empty();
    let failed =
        call(|err| unsafe { dimse_assoc_open_async(null_mut(), no_peer.0, fourth, &raw mut op, err) });
    assert!(failed.unwrap_err().words.contains("dimse_assoc_options_set_peer"));
    assert_eq!((seen.released(), seen.done().len()), (4, 0));
}

#[test]
fn no_number_is_a_handle_of_these_nouns() {
    let server = Server::plain();
    let (assoc, op) = (server.open(), Options::to(server.port).open_async(None));
    let stale = {
        let gone = server.open();
        gone.0
    };
    let foreign: [usize; 5] = [0, 1, stale.addr(), op.0.addr(), server.handle.addr()];
    for wrong in foreign {
        let wrong: *mut dimse_assoc = std::ptr::without_provenance_mut(wrong);
        let (mut facts, mut context, mut counters): (dimse_facts, dimse_context, dimse_counters) =
            (flat(), flat(), flat());
        let results = unsafe {
            [
                dimse_assoc_echo(wrong, null(), None, null_mut(), null_mut(), null_mut()),
                dimse_assoc_echo_async(wrong, null(), null(), null_mut(), null_mut()),
                dimse_assoc_release(wrong, null_mut()),
                dimse_assoc_release_async(wrong, null(), null_mut(), null_mut()),
                dimse_assoc_abort(wrong),
                dimse_assoc_facts(wrong, &raw mut facts),
                dimse_assoc_context(wrong, 0, &raw mut context),
                dimse_assoc_counters(wrong, &raw mut counters),
                dimse_op_take_assoc(wrong.cast(), (&raw mut facts).cast(), null_mut()),
            ]
        };
        let but_last = &results[..8];
        assert!(but_last.iter().all(|result| *result == DIMSE_ERR_INVALID_HANDLE), "{results:?}");
        dimse_assoc_free(wrong);
    }
    assert_eq!(assoc.echo(), Ok(0), "the right one still is");
}

#[test]
fn what_cannot_be_sent_is_refused_by_its_setter() {
    let options = Options::empty();
    let refused = |call_it: &dyn Fn(*mut *mut dimse_error) -> dimse_result, words: &str| {
        let failed = call(call_it).unwrap_err();
        assert_eq!(failed.result, DIMSE_ERR_INVALID_ARGUMENT, "{words}");
        assert!(failed.words.contains(words), "{:?} does not say {words:?}", failed.words);
    };
    let (host, title, uid, empty, long) = (c("host"), c("A\\B"), c("1.2.x"), c(""), c(&"1".repeat(17)));
    let (good, bad_utf8) = (c(VERIFICATION), c"\xFF");
    let o = options.0;
    unsafe {
        refused(&|e| dimse_assoc_options_set_peer(o, null(), 104, e), "host is NULL");
        refused(&|e| dimse_assoc_options_set_peer(o, empty.as_ptr(), 104, e), "host");
        refused(&|e| dimse_assoc_options_set_peer(o, bad_utf8.as_ptr(), 104, e), "UTF-8");
        for port in [0, 65_536, u32::MAX] {
            refused(&|e| dimse_assoc_options_set_peer(o, host.as_ptr(), port, e), "1 to 65535");
        }
        refused(&|e| dimse_assoc_options_set_ae_titles(o, title.as_ptr(), null(), e), "calling");
        refused(&|e| dimse_assoc_options_set_ae_titles(o, null(), long.as_ptr(), e), "17 characters");
        refused(&|e| dimse_assoc_options_set_source_address(o, host.as_ptr(), e), "\"host\"");
        refused(&|e| dimse_assoc_options_add_context(o, uid.as_ptr(), null(), 0, e), "abstract_syntax");
        refused(
            &|e| dimse_assoc_options_add_context(o, good.as_ptr(), null(), 1, e),
            "transfer_syntaxes is NULL",
        );
        let list = [good.as_ptr(), uid.as_ptr(), null()];
        refused(
            &|e| dimse_assoc_options_add_context(o, good.as_ptr(), list.as_ptr(), 2, e),
            "transfer_syntaxes[1]",
        );
        let list = [good.as_ptr(), null()];
        refused(
            &|e| dimse_assoc_options_add_context(o, good.as_ptr(), list.as_ptr(), 2, e),
            "transfer_syntaxes[1] is NULL",
        );
        refused(&|e| dimse_assoc_options_set_roles(o, good.as_ptr(), 2, 0, e), "scu is 2");
        refused(&|e| dimse_assoc_options_set_roles(o, good.as_ptr(), 0, 0, e), "at least one role");
        refused(&|e| dimse_assoc_options_set_async_window(o, 65_536, 1, e), "invoked is 65536");
        for small in [1, 7] {
            refused(&|e| dimse_assoc_options_set_max_pdu_bytes(o, small, e), "at least 8");
        }
        let one = [1_u8];
        refused(&|e| dimse_assoc_options_add_extended_negotiation(o, good.as_ptr(), null(), 5, e), "NULL");
        refused(
            &|e| dimse_assoc_options_add_extended_negotiation(o, good.as_ptr(), one.as_ptr(), 0, e),
            "length",
        );
        refused(
            &|e| {
                dimse_assoc_options_add_common_extended_negotiation(
                    o,
                    good.as_ptr(),
                    uid.as_ptr(),
                    null(),
                    0,
                    e,
                )
            },
            "service_class",
        );
        let identity = |kind, primary, secondary, response| {
            move |e| {
                let one = one.as_ptr();
                dimse_assoc_options_set_user_identity(o, kind, one, primary, one, secondary, response, e)
            }
        };
        refused(&identity(0, 1, 0, 0), "kind is 0");
        refused(&identity(6, 1, 0, 0), "kind is 6");
        refused(&identity(1, 0, 0, 0), "primary_length");
        refused(&identity(1, 1, 1, 0), "secondary_length");
        refused(&identity(1, 1, 0, 2), "positive_response");
        refused(&|e| dimse_assoc_options_set_implementation(o, uid.as_ptr(), null(), e), "class_uid");
        refused(&|e| dimse_assoc_options_set_implementation(o, null(), long.as_ptr(), e), "16 printable");
        refused(&|e| dimse_assoc_options_set_artim_timeout_ms(o, DIMSE_NO_LIMIT, e), "must end");
        refused(&|e| dimse_assoc_options_set_abort_timeout_ms(o, DIMSE_NO_LIMIT, e), "must end");
    }
    for _ in 0..128 {
        call(|e| unsafe { dimse_assoc_options_add_context(o, good.as_ptr(), null(), 0, e) }).unwrap();
    }
    refused(&|e| unsafe { dimse_assoc_options_add_context(o, good.as_ptr(), null(), 0, e) }, "128");
}

#[test]
fn a_request_that_does_not_fit_into_its_pdu_is_refused_at_once() {
    let secret = vec![b'x'; 40_000];
    let options = Options::to(104).set(|o, err| unsafe {
        let (kind, secret, length) = (DIMSE_IDENTITY_PASSCODE, secret.as_ptr(), secret.len());
        dimse_assoc_options_set_user_identity(o, kind, secret, length, secret, length, 0, err)
    });
    let failed = options.open().unwrap_err();
    assert_eq!(failed.result, DIMSE_ERR_INVALID_ARGUMENT);
    assert!(!failed.words.contains("xxx"), "{}", failed.words);
}

#[test]
fn every_setter_takes_what_it_should() {
    let server = Server::plain();
    let (own, class, version, related) = (c("127.0.0.1"), c("1.2.3"), c("MY PROGRAM 1"), c(CT_IMAGE));
    let (verification, storage) = (c(VERIFICATION), c("1.2.840.10008.4.2"));
    let mut options = Options::to(server.port)
        .context(VERIFICATION, &[])
        .set(|o, e| unsafe { dimse_assoc_options_set_source_address(o, own.as_ptr(), e) })
        .set(|o, e| unsafe { dimse_assoc_options_set_roles(o, verification.as_ptr(), 1, 1, e) })
        .set(|o, e| unsafe {
            dimse_assoc_options_add_extended_negotiation(o, verification.as_ptr(), [1, 2].as_ptr(), 2, e)
        })
        .set(|o, e| unsafe {
            let list = [related.as_ptr()];
            dimse_assoc_options_add_common_extended_negotiation(
                o,
                verification.as_ptr(),
                storage.as_ptr(),
                list.as_ptr(),
                1,
                e,
            )
        })
        .set(|o, e| unsafe { dimse_assoc_options_set_implementation(o, class.as_ptr(), version.as_ptr(), e) })
        .set(|o, e| unsafe { dimse_assoc_options_set_max_pdu_bytes(o, 0, e) });
    let times: [Setter; 8] = [
        dimse_assoc_options_set_connect_timeout_ms,
        dimse_assoc_options_set_associate_timeout_ms,
        dimse_assoc_options_set_artim_timeout_ms,
        dimse_assoc_options_set_write_timeout_ms,
        dimse_assoc_options_set_reply_timeout_ms,
        dimse_assoc_options_set_idle_timeout_ms,
        dimse_assoc_options_set_release_timeout_ms,
        dimse_assoc_options_set_abort_timeout_ms,
    ];
    for setter in times {
        for ms in [5_000, DIMSE_NO_LIMIT - 1, 0] {
            options = options.set(|o, e| unsafe { setter(o, ms, e) });
        }
    }
    let assoc = options.open().unwrap();
    assert!(text(assoc.facts().local_address).starts_with("127.0.0.1:"));
    assert_eq!(
        (assoc.context(0).local_is_scu, assoc.context(0).local_is_scp),
        (1, 0),
        "more than asked is not given"
    );
    assert_eq!(assoc.echo(), Ok(0));
    assoc.release().unwrap();
}

#[test]
fn a_runtime_of_its_own_ends_what_runs_on_it() {
    let (sent, asked) = mpsc::channel();
    let peer = Peer::new(move |mut peer| {
        peer.associate();
        assert_eq!(peer.pdu(), Some(4));
        sent.send(()).unwrap();
        assert_eq!(peer.pdu(), Some(7));
    });
    let mut rt = null_mut();
    call(|err| unsafe { dimse_runtime_new(null(), &raw mut rt, err) }).unwrap();
    let options = Options::to(peer.port);
    let mut assoc = null_mut();
    call(|err| unsafe { dimse_assoc_open(rt, options.0, &raw mut assoc, err) }).unwrap();
    let assoc = Assoc(assoc);
    let seen = Seen::new();
    drop(assoc.echo_async(Some(&seen.delivery(null_mut()))));
    asked.recv().unwrap();
    assert_eq!(dimse_runtime_shutdown(rt, 0), DIMSE_OK);
    assert_eq!(
        (seen.released(), seen.done()[0].result),
        (1, DIMSE_ERR_CANCELLED),
        "DONE came before the end"
    );
    let mut other = null_mut();
    let failed = call(|err| unsafe { dimse_assoc_open(rt, options.0, &raw mut other, err) }).unwrap_err();
    assert_eq!(failed.result, DIMSE_ERR_STATE);
    assert_eq!(assoc.echo().unwrap_err().result, DIMSE_ERR_STATE);
    dimse_runtime_free(rt);
    peer.join();
}

#[test]
fn names_of_uids_are_static() {
    let verification = c(VERIFICATION);
    let name = |uid: *const _| unsafe { std::ffi::CStr::from_ptr(dimse_uid_name(uid)) }.to_str().unwrap();
    assert_eq!(name(verification.as_ptr()), "Verification SOP Class");
    assert_eq!(unsafe { dimse_uid_name(verification.as_ptr()) }, unsafe {
        dimse_uid_name(verification.as_ptr())
    });
    assert_eq!((name(null()), name(c("1.2.3").as_ptr())), ("", ""));
}

type Setter = unsafe extern "C" fn(*mut dimse_assoc_options, u32, *mut *mut dimse_error) -> dimse_result;

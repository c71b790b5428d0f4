//! What every system's file must do alike.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;

const READ: Interest = Interest { read: true, write: false };
const WRITE: Interest = Interest { read: false, write: true };

#[test]
fn a_wake_up_before_the_wait_is_not_lost_and_counts_once() {
    let waker = Waker::new().unwrap();
    waker.wake();
    waker.wake();
    assert_eq!(wait(None, &waker, None).unwrap(), Interest::default());
    let begun = Instant::now();
    wait(None, &waker, Some(Duration::from_millis(30))).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(30));
}

#[test]
fn any_number_of_wake_ups_is_one() {
    let waker = Waker::new().unwrap();
    for _ in 0..100_000 {
        waker.wake();
    }
    wait(None, &waker, None).unwrap();
    let begun = Instant::now();
    wait(None, &waker, Some(Duration::from_millis(20))).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(20));
}

#[test]
fn a_wake_up_from_another_thread_ends_the_wait() {
    let waker = Arc::new(Waker::new().unwrap());
    let other = waker.clone();
    let (socket, _peer) = connected();
    let waking = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        other.wake();
    });
    assert_eq!(wait(Some((&socket, READ)), &waker, None).unwrap(), Interest::default());
    waking.join().unwrap();
}

#[test]
fn a_thread_sees_room_then_bytes_then_the_end() {
    let waker = Waker::new().unwrap();
    let (socket, mut peer) = connected();
    assert_eq!(wait(Some((&socket, WRITE)), &waker, None).unwrap(), WRITE);
    peer.write_all(b"abc").unwrap();
    assert_eq!(wait(Some((&socket, READ)), &waker, None).unwrap(), READ);
    assert_eq!(socket.read(&mut [0; 8]).unwrap(), 3);
    drop(peer);
    assert!(wait(Some((&socket, READ)), &waker, None).unwrap().read);
    assert_eq!(socket.read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn a_peer_that_has_closed_is_known_by_that_though_nothing_is_read() {
    let (socket, mut peer) = connected();
    peer.write_all(b"abc").unwrap();
    let waker = Waker::new().unwrap();
    assert!(wait(Some((&socket, READ)), &waker, None).unwrap().read);
    assert!(!socket.has_peer_closed());
    drop(peer);
    let begun = Instant::now();
    while !socket.has_peer_closed() {
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(socket.read(&mut [0; 8]).unwrap(), 3);
}

#[test]
#[cfg(unix)]
fn a_peer_that_vanishes_is_asked_for() {
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), 8).unwrap();
    let _peer = TcpStream::connect(listener.address()).unwrap();
    let accepted = loop {
        match listener.accept() {
            Ok(accepted) => break accepted,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    };
    assert!(accepted.socket.0.keepalive().unwrap());
    assert_eq!(accepted.socket.0.tcp_keepalive_time().unwrap(), Duration::from_secs(60));
}

#[test]
fn a_thread_sees_that_an_attempt_failed() {
    let waker = Waker::new().unwrap();
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    if let Ok(Attempt::UnderWay(socket)) = Socket::connect(closed, None) {
        assert!(wait(Some((&socket, WRITE)), &waker, None).unwrap().write);
        assert!(socket.failure().is_err());
    }
}

#[test]
fn a_task_is_told_again_of_what_came_after_the_last_look() {
    inside_tokio(async {
        let (socket, mut peer) = connected();
        let socket = Arc::new(socket);
        let readiness = Readiness::new(socket.clone()).unwrap();
        for _ in 0..100 {
            peer.write_all(b"abc").unwrap();
            let length = readiness.ready(READ, |_| (socket.read(&mut [0; 8]), READ)).await.unwrap();
            assert!(matches!(length, Ok(1..=3)) || is_would_block(&length), "{length:?}");
        }
        drop(peer);
        let mut ends = false;
        while !ends {
            ends =
                readiness.ready(READ, |_| (matches!(socket.read(&mut [0; 8]), Ok(0)), READ)).await.unwrap();
        }
    });
}

#[test]
fn a_task_is_told_at_once_of_what_it_has_not_used_up() {
    inside_tokio(async {
        let (socket, mut peer) = connected();
        let socket = Arc::new(socket);
        let readiness = Readiness::new(socket.clone()).unwrap();
        peer.write_all(b"abc").unwrap();
        for _ in 0..3 {
            let length =
                readiness.ready(READ, |_| (socket.read(&mut [0]), Interest::default())).await.unwrap();
            assert_eq!(length.unwrap(), 1);
        }
    });
}

#[test]
fn a_task_sees_connections_come() {
    inside_tokio(async {
        let listener = Arc::new(Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), 8).unwrap());
        let address = listener.address();
        let readiness = Readiness::new(listener).unwrap();
        for _ in 0..3 {
            let peer = TcpStream::connect(address).unwrap();
            let mut accepted = None;
            while accepted.is_none() {
                accepted = readiness.ready(READ, |_| (readiness.get().accept().ok(), READ)).await.unwrap();
            }
            let accepted = accepted.unwrap();
            assert_eq!((accepted.local, accepted.peer), (address, peer.local_addr().unwrap()));
        }
    });
}

#[test]
fn every_connection_is_non_blocking_and_without_nagle() {
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), 8).unwrap();
    let peer = TcpStream::connect(listener.address()).unwrap();
    while !listener.has_waiting() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let accepted = listener.accept().unwrap().socket;
    let (opened, other_peer) = connected();
    for socket in [accepted, opened] {
        assert!(socket.0.tcp_nodelay().unwrap());
        let nothing = socket.read(&mut [0; 8]);
        assert!(is_would_block(&nothing), "{nothing:?}");
    }
    drop((peer, other_peer));
}

#[cfg(unix)]
#[test]
fn a_listener_tells_whether_a_connection_waits() {
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), 8).unwrap();
    assert!(!listener.has_waiting());
    let _peers = [(); 2].map(|()| TcpStream::connect(listener.address()).unwrap());
    for _ in 0..2 {
        let begun = Instant::now();
        while !listener.has_waiting() {
            assert!(begun.elapsed() < Duration::from_secs(20));
        }
        listener.accept().unwrap();
    }
    assert!(!listener.has_waiting());
}

#[test]
fn a_listener_at_all_addresses_tells_which_one_was_called() {
    let listener = Listener::bind((Ipv4Addr::UNSPECIFIED, 0).into(), 8).unwrap();
    let called = (Ipv4Addr::LOCALHOST, listener.address().port()).into();
    let _peer = TcpStream::connect(called).unwrap();
    let accepted = loop {
        match listener.accept() {
            Ok(accepted) => break accepted,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    };
    assert_eq!(accepted.local, called);
}

#[test]
#[cfg(unix)]
fn an_error_of_accept_is_the_systems_that_of_one_connection_or_neither() {
    for (numbers, exhaustion, of_one) in [
        (&[libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM][..], true, false),
        (&[libc::ECONNABORTED, libc::EPROTO, libc::EPERM, libc::ENOPROTOOPT, libc::EHOSTDOWN], false, true),
        (&[libc::EHOSTUNREACH, libc::ENETUNREACH, libc::ENETDOWN, libc::EINTR, libc::ETIMEDOUT], false, true),
        (&[libc::EBADF, libc::EINVAL, libc::ENOTSOCK, libc::EACCES, libc::EFAULT], false, false),
    ] {
        for number in numbers {
            let error = io::Error::from_raw_os_error(*number);
            assert_eq!(
                (is_exhaustion(&error), is_of_one_connection(&error)),
                (exhaustion, of_one),
                "{error}"
            );
        }
    }
}

fn connected() -> (Socket, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let waker = Waker::new().unwrap();
    let socket = match Socket::connect(listener.local_addr().unwrap(), None).unwrap() {
        Attempt::Connected(socket) => socket,
        Attempt::UnderWay(socket) => {
            assert!(wait(Some((&socket, WRITE)), &waker, None).unwrap().write);
            socket.failure().unwrap();
            socket
        }
    };
    (socket, listener.accept().unwrap().0)
}

fn is_would_block(result: &io::Result<usize>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

fn inside_tokio(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(20), test).await.expect("a readiness was lost");
    });
}

//! A peer of a script: a thread with a socket that says what the test wants, PDU by PDU.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use dimse::types::{MaxPduLength, PresentationContextId};
use dimse::wire::encode::encode;
use dimse::wire::item::{APPLICATION_CONTEXT, ContextAnswer, ContextResult, UserInformation};
use dimse::wire::pdu::{AssociateAc, Pdu};
use dimse::wire::uids;

use super::PATIENCE;

/// Somebody who listens and takes one connection.
pub(crate) struct Peer {
    pub(crate) port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// Runs `script` with the connection that comes.
    pub(crate) fn new(script: impl FnOnce(Connection) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            script(Connection::new(stream));
        });
        Self { port, thread: Some(thread) }
    }

    /// Waits for the end of the script, and fails where it failed.
    pub(crate) fn join(mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

pub(crate) struct Connection(TcpStream);

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    pub(crate) fn to(port: u16) -> Self {
        Self::new(TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).unwrap())
    }

    /// The type of the next PDU, whole; `None` where the connection is closed.
    pub(crate) fn pdu(&mut self) -> Option<u8> {
        let mut header = [0; 6];
        self.0.read_exact(&mut header).ok()?;
        let [kind, _, length @ ..] = header;
        let mut rest = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.0.read_exact(&mut rest).ok()?;
        Some(kind)
    }

    pub(crate) fn send(&mut self, pdu: &Pdu) {
        let mut bytes = Vec::new();
        encode(pdu, &mut bytes).unwrap();
        self.0.write_all(&bytes).unwrap();
    }

    /// Reads the request and accepts Verification as context 1.
    pub(crate) fn associate(&mut self) {
        assert_eq!(self.pdu(), Some(1));
        self.send(&Pdu::AssociateAc(Box::new(acceptance(UserInformation {
            max_pdu_length: Some(MaxPduLength::DEFAULT),
            ..UserInformation::default()
        }))));
    }
}

/// A port whose connections are not even taken by the system, since the line before it is full; and what keeps it so.
pub(crate) fn deaf_listener() -> (u16, socket2::Socket, Vec<TcpStream>) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any: SocketAddr = ([127, 0, 0, 1], 0).into();
    socket.bind(&any.into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        waiting.push(stream);
    }
    (address.port(), socket, waiting)
}

/// An acceptance of context 1.
pub(crate) fn acceptance(user: UserInformation) -> AssociateAc {
    AssociateAc {
        protocol_version: 1,
        called: dimse::types::AeTitle::new("ANY-SCP").unwrap(),
        calling: dimse::types::AeTitle::new("DIMSE").unwrap(),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: vec![ContextResult {
            id: PresentationContextId::new(1).unwrap(),
            result: ContextAnswer::Acceptance,
            transfer_syntax: Some(uids::IMPLICIT_VR_LITTLE_ENDIAN),
        }],
        user,
    }
}

//! The peer itself: one TCP connection, steps that send, and steps that say what must come and by when.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use dimse::dimse::command::CommandSet;
use dimse::types::{AbortReason, Rejection};
use dimse::wire::decode::{Decoder, Event};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu, PduType};
use socket2::SockRef;

use super::bytes;
use super::{PATIENCE, Span};

/// A connection whose other end is the library.
pub(crate) struct Peer {
    stream: TcpStream,
}

/// What came over the connection.
#[derive(Debug, PartialEq)]
pub(crate) enum Came {
    /// A PDU other than P-DATA-TF.
    Pdu(Pdu),
    /// The PDVs of a P-DATA-TF PDU.
    Data(Vec<Pdv>),
    /// The end of the stream, or a reset.
    End,
    /// Nothing within the time.
    Nothing,
}

/// One presentation data value.
#[derive(Debug, PartialEq)]
pub(crate) struct Pdv {
    pub(crate) context: u8,
    pub(crate) command: bool,
    pub(crate) last: bool,
    pub(crate) value: Vec<u8>,
}

/// Where the library's user connects to.
pub(crate) struct Listening(TcpListener);

impl Listening {
    pub(crate) fn begin() -> Self {
        Self::at("127.0.0.1:0".parse().unwrap())
    }

    pub(crate) fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        SockRef::from(&listener).set_read_timeout(Some(PATIENCE)).unwrap();
        Self(listener)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    #[track_caller]
    pub(crate) fn accept(&self) -> Peer {
        let (stream, _) = self.0.accept().expect("nobody connects");
        Peer::over(stream)
    }

    /// A peer that has read the A-ASSOCIATE-RQ.
    #[track_caller]
    pub(crate) fn accept_request(&self) -> (Peer, AssociateRq) {
        let mut peer = self.accept();
        let request = peer.expect_request();
        (peer, request)
    }

    /// A peer that has accepted all that was asked for.
    #[track_caller]
    pub(crate) fn associate(&self) -> Peer {
        let (mut peer, request) = self.accept_request();
        peer.send(&bytes::ac(bytes::acceptance(&request)));
        peer
    }
}

impl Peer {
    pub(crate) fn connect(to: SocketAddr) -> Self {
        Self::over(TcpStream::connect_timeout(&to, PATIENCE).unwrap())
    }

    /// Connected, and associated with `request`.
    #[track_caller]
    pub(crate) fn associate_with(to: SocketAddr, request: AssociateRq) -> Self {
        let mut peer = Self::connect(to);
        peer.send(&bytes::rq(request));
        peer.expect_acceptance();
        peer
    }

    /// Associated for Verification on context 1.
    #[track_caller]
    pub(crate) fn associate(to: SocketAddr) -> Self {
        Self::associate_with(to, bytes::request())
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream }
    }

    /// This end, as the other side's log has it.
    pub(crate) fn address(&self) -> String {
        self.stream.local_addr().unwrap().to_string()
    }

    /// The other end, as the system has it.
    pub(crate) fn other_end(&self) -> String {
        self.stream.peer_addr().unwrap().to_string()
    }

    // ---- sending ----------------------------------------------------------------------------------------------------

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the library does not take the bytes");
    }

    /// Sends as much as the other side takes; a connection that breaks meanwhile is no failure.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// A byte, a pause, and again, until all is sent or the connection has ended.
    pub(crate) fn drip(&mut self, bytes: &[u8], pace: Duration) {
        for byte in bytes {
            if self.stream.write_all(&[*byte]).is_err() || self.has_ended() {
                return;
            }
            std::thread::sleep(pace);
        }
    }

    /// Sends `bytes` again and again until the other side has taken nothing for `pause`, or has ended the connection;
    /// returns how much it took.
    pub(crate) fn flood(&mut self, bytes: &[u8], pause: Duration) -> usize {
        self.stream.set_write_timeout(Some(pause)).unwrap();
        let mut sent = 0;
        // What was not taken whole goes on where it stopped: the stream stays one of whole messages.
        while let Ok(length) = self.stream.write(&bytes[sent % bytes.len()..]) {
            sent += length;
        }
        sent
    }

    /// Nothing more will be sent; what comes is still read. The other side may have been faster.
    pub(crate) fn half_close(&mut self) {
        let _ended_already = self.stream.shutdown(Shutdown::Write);
    }

    /// A reset instead of an orderly end.
    pub(crate) fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    // ---- expecting --------------------------------------------------------------------------------------------------

    /// The next PDU, whole.
    #[track_caller]
    pub(crate) fn next(&mut self, within: Duration) -> Came {
        let until = Instant::now() + within;
        let mut header = [0; 6];
        match self.fill(&mut header, until) {
            Filled::All => {}
            Filled::End => return Came::End,
            Filled::Nothing => return Came::Nothing,
        }
        let [pdu_type, _, length @ ..] = header;
        let mut whole = header.to_vec();
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
        assert!(length < 2 << 20, "a PDU of type {pdu_type} and {length} bytes");
        whole.resize(6 + length, 0);
        match self.fill(&mut whole[6..], Instant::now() + PATIENCE) {
            Filled::All => parse(&whole),
            Filled::End => Came::End,
            Filled::Nothing => panic!("a PDU of type {pdu_type} stops in the middle"),
        }
    }

    /// Exactly these bytes.
    #[track_caller]
    pub(crate) fn expect_bytes(&mut self, bytes: &[u8]) {
        let mut came = vec![0; bytes.len()];
        assert!(matches!(self.fill(&mut came, Instant::now() + PATIENCE), Filled::All));
        assert!(came == bytes, "{came:02X?} instead of {bytes:02X?}");
    }

    /// Takes so many bytes, whatever they are.
    #[track_caller]
    pub(crate) fn swallow(&mut self, length: usize) {
        let mut came = vec![0; length];
        assert!(matches!(self.fill(&mut came, Instant::now() + PATIENCE), Filled::All));
    }

    /// Takes whatever comes, up to the end.
    pub(crate) fn drain(&mut self) {
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ended = std::io::copy(&mut self.stream, &mut std::io::sink());
    }

    #[track_caller]
    pub(crate) fn expect_request(&mut self) -> AssociateRq {
        match self.next(PATIENCE) {
            Came::Pdu(Pdu::AssociateRq(request)) => *request,
            other => panic!("not an A-ASSOCIATE-RQ: {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn expect_acceptance(&mut self) -> AssociateAc {
        match self.next(PATIENCE) {
            Came::Pdu(Pdu::AssociateAc(acceptance)) => *acceptance,
            other => panic!("not an A-ASSOCIATE-AC: {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn expect_rejection(&mut self) -> Rejection {
        match self.next(PATIENCE) {
            Came::Pdu(Pdu::AssociateRj(rejection)) => rejection,
            other => panic!("not an A-ASSOCIATE-RJ: {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn expect_abort(&mut self) -> AbortReason {
        match self.next(PATIENCE) {
            Came::Pdu(Pdu::Abort(reason)) => reason,
            other => panic!("not an A-ABORT: {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn expect_release_rq(&mut self) {
        assert_eq!(self.next(PATIENCE), Came::Pdu(Pdu::ReleaseRq));
    }

    #[track_caller]
    pub(crate) fn expect_release_rp(&mut self) {
        assert_eq!(self.next(PATIENCE), Came::Pdu(Pdu::ReleaseRp));
    }

    /// A command, however many PDVs and PDUs it takes, and its context.
    #[track_caller]
    pub(crate) fn expect_command(&mut self) -> (u8, CommandSet) {
        let mut set = Vec::new();
        loop {
            let pdvs = match self.next(PATIENCE) {
                Came::Data(pdvs) => pdvs,
                other => panic!("not a P-DATA-TF: {other:?}"),
            };
            for pdv in pdvs {
                assert!(pdv.command, "{pdv:?}");
                set.extend_from_slice(&pdv.value);
                if pdv.last {
                    return (pdv.context, dimse::dimse::decode::decode(&set).unwrap());
                }
            }
        }
    }

    /// A C-ECHO-RSP of success with this message id on context 1.
    #[track_caller]
    pub(crate) fn expect_echo_rsp(&mut self, message_id: u16) {
        assert_eq!(self.expect_status(message_id), 0);
    }

    /// A C-ECHO-RSP with this message id on context 1: its status.
    #[track_caller]
    pub(crate) fn expect_status(&mut self, message_id: u16) -> u16 {
        let (context, response) = self.expect_command();
        assert_eq!((context, response.command_field.get(), response.message_id), (1, 0x8030, message_id));
        response.status.unwrap().0
    }

    /// A C-ECHO-RQ: its message id.
    #[track_caller]
    pub(crate) fn expect_echo_rq(&mut self) -> u16 {
        let (_, request) = self.expect_command();
        assert_eq!(request.command_field.get(), 0x0030);
        request.message_id
    }

    /// The end of the connection, and nothing before it.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        assert_eq!(self.next(PATIENCE), Came::End);
    }

    /// The end by `limit` after `since`, and nothing before it.
    #[track_caller]
    pub(crate) fn expect_end_at(&mut self, since: Span, limit: Duration) {
        self.expect_end();
        since.expect(limit);
    }

    /// A-ABORT; then this side closes, and so does the other.
    #[track_caller]
    pub(crate) fn expect_abort_and_close(mut self) -> AbortReason {
        let reason = self.expect_abort();
        self.half_close();
        self.expect_end();
        reason
    }

    /// Nothing comes, and the connection stays open, for this time.
    #[track_caller]
    pub(crate) fn expect_nothing(&mut self, during: Duration) {
        assert_eq!(self.next(during), Came::Nothing);
    }

    /// Whether the connection has ended or something waits to be read, without waiting for it.
    pub(crate) fn has_ended(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let outcome = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        !matches!(outcome, Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    fn fill(&mut self, buffer: &mut [u8], until: Instant) -> Filled {
        let mut filled = 0;
        while filled < buffer.len() {
            let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            self.stream.set_read_timeout(Some(left)).unwrap();
            match self.stream.read(&mut buffer[filled..]) {
                Ok(0) => return Filled::End,
                Ok(length) => filled += length,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    assert_eq!(filled, 0, "a PDU stops in the middle: {:02X?}", &buffer[..filled]);
                    return Filled::Nothing;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Filled::End,
            }
        }
        Filled::All
    }
}

enum Filled {
    All,
    End,
    Nothing,
}

#[track_caller]
fn parse(whole: &[u8]) -> Came {
    let mut decoder = Decoder::new();
    let mut rest = whole;
    let mut pdvs = Vec::new();
    loop {
        let (used, event) = decoder.decode(rest);
        rest = &rest[used..];
        match event.unwrap_or_else(|malformed| panic!("the library sent nonsense: {malformed}: {whole:02X?}"))
        {
            Some(Event::Header { pdu_type, .. }) => assert!(pdu_type == PduType::PData || !rest.is_empty()),
            Some(Event::Pdu(pdu)) => return Came::Pdu(pdu),
            Some(Event::Pdv { context, command, last, data, .. }) => {
                pdvs.push(Pdv { context: context.get(), command, last, value: data.to_vec() });
            }
            Some(Event::PDataEnd) => return Came::Data(pdvs),
            None => panic!("a PDU that is not whole: {whole:02X?}"),
        }
    }
}

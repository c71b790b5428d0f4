//! A peer that says what a test wants, byte by byte: it knows no DICOM but what is written here.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A peer for one connection.
pub(crate) struct ScriptedPeer {
    pub(crate) port: u16,
    thread: JoinHandle<()>,
}

impl ScriptedPeer {
    /// Listens, and plays `script` to the first one who connects.
    pub(crate) fn start(script: impl FnOnce(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            script(stream);
        });
        Self { port, thread }
    }

    /// The script has come to its end, and what it asserted was true.
    pub(crate) fn end(self) {
        self.thread.join().expect("the peer's script went as expected");
    }
}

/// Reads one PDU: its type and what follows its header (PS3.8 9.3.1).
pub(crate) fn read_pdu(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut header = [0; 6];
    stream.read_exact(&mut header).unwrap();
    let length = u32::from_be_bytes([header[2], header[3], header[4], header[5]]);
    let mut body = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut body).unwrap();
    (header[0], body)
}

/// Waits until the other side has ended, whatever it sends before: closed, or A-ABORT, after which this side closes.
pub(crate) fn wait_for_end(stream: &mut TcpStream) {
    let mut header = [0; 6];
    // A reset is an end too.
    while stream.read_exact(&mut header).is_ok() && header[0] != 0x07 {
        let length = u64::from(u32::from_be_bytes([header[2], header[3], header[4], header[5]]));
        std::io::copy(&mut stream.take(length), &mut std::io::sink()).unwrap();
    }
}

/// Sends a PDU of this type.
pub(crate) fn send_pdu(stream: &mut TcpStream, pdu_type: u8, body: &[u8]) {
    stream.write_all(&[&[pdu_type, 0], &be32(body.len())[..], body].concat()).unwrap();
}

/// Takes the A-ASSOCIATE-RQ and answers it: presentation context 1 with this result (PS3.8 9.3.3).
pub(crate) fn associate(stream: &mut TcpStream, result: u8) {
    let (pdu_type, request) = read_pdu(stream);
    assert_eq!(pdu_type, 0x01, "A-ASSOCIATE-RQ");
    let context = [&[1, 0, result, 0][..], &item(0x40, b"1.2.840.10008.1.2")].concat();
    let user = [item(0x51, &be32(16384)), item(0x52, b"1.2.3.4")].concat();
    // Protocol version, both AE titles as they came, 32 reserved bytes.
    let body = [
        &[0, 1, 0, 0][..],
        &request[4..36],
        &[0; 32],
        &item(0x10, b"1.2.840.10008.3.1.1.1"),
        &item(0x21, &context),
        &item(0x50, &user),
    ]
    .concat();
    send_pdu(stream, 0x02, &body);
}

/// Reads the C-ECHO-RQ and answers it with this status (PS3.7 9.3.5.2).
pub(crate) fn answer_echo(stream: &mut TcpStream, status: u16) {
    let message_id = read_echo(stream);
    let elements = [
        element(0x0002, b"1.2.840.10008.1.1\0"),
        element(0x0100, &0x8030_u16.to_le_bytes()),
        element(0x0120, &message_id.to_le_bytes()),
        element(0x0800, &0x0101_u16.to_le_bytes()),
        element(0x0900, &status.to_le_bytes()),
    ];
    send_command(stream, &elements.concat());
}

fn send_command(stream: &mut TcpStream, elements: &[u8]) {
    let length = u32::try_from(elements.len()).unwrap().to_le_bytes();
    let command = [&element(0x0000, &length), elements].concat();
    // A PDV: length, context 1, command and last fragment.
    let pdv = [&be32(command.len() + 2)[..], &[1, 0x03], &command].concat();
    send_pdu(stream, 0x04, &pdv);
}

/// Reads the C-ECHO-RQ, one PDV in one PDU, and says its message id.
pub(crate) fn read_echo(stream: &mut TcpStream) -> u16 {
    let (pdu_type, body) = read_pdu(stream);
    assert_eq!(pdu_type, 0x04, "P-DATA-TF");
    message_id_in(&body)
}

fn message_id_in(bytes: &[u8]) -> u16 {
    let tag = [0x00, 0x00, 0x10, 0x01, 0x02, 0x00, 0x00, 0x00];
    let at = bytes.windows(tag.len()).position(|window| window == tag).expect("a Message ID") + tag.len();
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// Reads a C-STORE-RQ with its data set, and says its message id.
pub(crate) fn read_store(stream: &mut TcpStream) -> u16 {
    let mut message_id = 0;
    loop {
        let (pdu_type, body) = read_pdu(stream);
        assert_eq!(pdu_type, 0x04, "P-DATA-TF");
        let mut rest = &body[..];
        while !rest.is_empty() {
            let length = usize::try_from(u32::from_be_bytes(rest[..4].try_into().unwrap())).unwrap();
            let (control, fragment) = (rest[5], &rest[6..4 + length]);
            if control & 0x01 != 0 {
                message_id = message_id_in(fragment);
            } else if control & 0x02 != 0 {
                return message_id;
            }
            rest = &rest[4 + length..];
        }
    }
}

/// Answers a C-STORE of a CT image with this status and comment (PS3.7 9.3.1.2).
pub(crate) fn answer_store(stream: &mut TcpStream, message_id: u16, status: u16, comment: &str) {
    let elements = [
        element(0x0002, b"1.2.840.10008.5.1.4.1.1.2\0"),
        element(0x0100, &0x8001_u16.to_le_bytes()),
        element(0x0120, &message_id.to_le_bytes()),
        element(0x0800, &0x0101_u16.to_le_bytes()),
        element(0x0900, &status.to_le_bytes()),
        element(0x0902, comment.as_bytes()),
    ];
    send_command(stream, &elements.concat());
}

/// Reads the A-RELEASE-RQ and answers it.
pub(crate) fn release(stream: &mut TcpStream) {
    assert_eq!(read_pdu(stream).0, 0x05, "A-RELEASE-RQ");
    send_pdu(stream, 0x06, &[0; 4]);
    wait_for_end(stream);
}

fn item(item_type: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[item_type, 0], &length[..], value].concat()
}

fn element(element: u16, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap().to_le_bytes();
    [&[0, 0], &element.to_le_bytes()[..], &length, value].concat()
}

fn be32(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_be_bytes()
}

//! What a peer sends first when it does not speak DICOM.

/// What the first bytes of a connection tell, where they do not begin a PDU.
pub(super) enum Opening {
    /// They begin this protocol.
    Of(&'static str),
    /// They may begin one that is known; more bytes tell.
    Incomplete,
    /// They begin nothing that is known.
    Unknown,
}

/// No more than four bytes are needed to tell, fewer than a PDU header has.
pub(super) fn opening(came: &[u8]) -> Opening {
    for (signature, protocol) in SIGNATURES {
        if came.starts_with(signature) {
            return Opening::Of(protocol);
        }
        if signature.starts_with(came) {
            return Opening::Incomplete;
        }
    }
    Opening::Unknown
}

const SIGNATURES: &[(&[u8], &str)] = &[
    (&[0x16], "TLS"), // a handshake record (RFC 8446 5.1)
    (&[0x15], "TLS"), // an alert record: what a TLS server answers to a PDU
    (b"SSH-", "SSH"),
    (b"HTTP", "HTTP"), // a status line: what a web server answers to a PDU
    (b"GET ", "HTTP"), // and the methods of RFC 9110 section 9.1
    (b"HEAD", "HTTP"),
    (b"POST", "HTTP"),
    (b"PUT ", "HTTP"),
    (b"DELE", "HTTP"),
    (b"CONN", "HTTP"),
    (b"OPTI", "HTTP"),
    (b"TRAC", "HTTP"),
    (b"PATC", "HTTP"),
    (b"PRI ", "HTTP"), // HTTP/2 (RFC 9113 3.4)
];

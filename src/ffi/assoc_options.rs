//! `dimse_assoc_options`: how an association is opened.

use std::ffi::c_char;
use std::sync::Mutex;

use super::arguments::{
    ae_title_or, boolean, byte, context, implementation, ip_address, max_pdu_length, octets,
    paths as paths_of, refused, tcp_port, uid, uids, window,
};
use super::boundary::{Answer, Out, boundary};
use super::error::{Failure, dimse_error, dimse_result};
use super::handle::{self, Noun};
use super::instance::{InstanceNoun, dimse_instance};
use super::number::in_range;
use super::store_options::{self, dimse_store_options};
use super::text::text;
use super::timeouts::{self, Wait};
use crate::error::Error;
use crate::net::connect::Peer;
use crate::net::open_options::OpenOptions;
use crate::net::timeouts::Timeouts;
use crate::runtime::lock::lock;
use crate::storage::contexts;
use crate::types::AeTitle;
use crate::wire::item::{CommonExtendedNegotiation, ExtendedNegotiation, RoleSelection, UserIdentity};
use crate::wire::uids as registered;

/// A user name, UTF-8.
pub const DIMSE_IDENTITY_USER: u32 = 1;
/// A user name and a passcode, both UTF-8.
pub const DIMSE_IDENTITY_PASSCODE: u32 = 2;
/// A Kerberos service ticket.
pub const DIMSE_IDENTITY_KERBEROS: u32 = 3;
/// A SAML assertion.
pub const DIMSE_IDENTITY_SAML: u32 = 4;
/// A JSON web token.
pub const DIMSE_IDENTITY_JWT: u32 = 5;

/// How an association is opened. For one thread at a time while being filled.
pub struct dimse_assoc_options {
    _private: [u8; 0],
}

/// What a `dimse_assoc_options` handle stands for. The peer's host is empty until it is set.
#[derive(Debug)]
pub struct AssocOptionsNoun(Mutex<OpenOptions>);

impl Noun for AssocOptionsNoun {
    type Handle = dimse_assoc_options;
    const TYPE: usize = 6;
    const NAME: &'static str = "dimse_assoc_options";
}

/// The AE titles that are used where none are set.
const CALLING: &str = "DIMSE";
const CALLED: &str = "ANY-SCP";

/// The options of a handle, with what was left out.
pub fn complete(options: *const dimse_assoc_options) -> Answer<OpenOptions> {
    let mut options = lock(&handle::get::<AssocOptionsNoun>("options", options)?.0).clone();
    if options.peer.host.is_empty() {
        return Err(Failure::from(Error::invalid_argument(
            "options name no peer; call dimse_assoc_options_set_peer first",
        )));
    }
    if options.request.contexts.is_empty() {
        options.add_context(registered::VERIFICATION, Vec::new())?;
    }
    Ok(options)
}

fn change<T>(options: *mut dimse_assoc_options, change: impl FnOnce(&mut OpenOptions) -> T) -> Answer<T> {
    Ok(change(&mut lock(&handle::get::<AssocOptionsNoun>("options", options)?.0)))
}

fn set_time(options: *mut dimse_assoc_options, wait: Wait, ms: u32) -> Answer<()> {
    change(options, |options| timeouts::set(&mut options.timeouts, &Timeouts::for_user(), wait, ms))?
}

/// Makes options with every default and no peer.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_new(
    out: *mut *mut dimse_assoc_options,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let nobody = Peer { host: String::new(), port: 0 };
        let options = OpenOptions::new(nobody, AeTitle::new(CALLING)?, AeTitle::new(CALLED)?);
        out.write(handle::insert(AssocOptionsNoun(Mutex::new(options)))?);
        Ok(())
    })
}

/// Frees options; associations that were opened with them stay.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_assoc_options_free(options: *mut dimse_assoc_options) {
    boundary!(or () => {
        drop(handle::remove::<AssocOptionsNoun>(options));
        Ok(())
    });
}

/// Sets whom to connect to. There is no default.
///
/// Nothing on the wire. Does not block; allowed in callbacks. host is a name, which is looked up when the association
/// is opened, or an IPv4 or IPv6 address; port is 1 to 65535. DIMSE_ERR_INVALID_ARGUMENT for anything else.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_peer(
    options: *mut dimse_assoc_options,
    host: *const c_char,
    port: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let host = unsafe { text("host", host) }?.trim();
        if host.is_empty() {
            return Err(refused("host", &"empty; a name or an address is needed"));
        }
        let port = tcp_port(port, 1)?;
        change(options, |options| options.peer = Peer { host: host.to_owned(), port })
    })
}

/// Sets the AE titles: calling is this side's, called is the peer's. NULL is the default: "DIMSE" and "ANY-SCP".
///
/// Nothing on the wire. Does not block; allowed in callbacks. 1 to 16 characters of printable ASCII without a
/// backslash; spaces around them do not count. DIMSE_ERR_INVALID_ARGUMENT for anything else. Since 0.1.0. PS3.8 9.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_ae_titles(
    options: *mut dimse_assoc_options,
    calling: *const c_char,
    called: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let calling = unsafe { ae_title_or("calling", calling, CALLING) }?;
        // SAFETY: as above.
        let called = unsafe { ae_title_or("called", called, CALLED) }?;
        change(options, |options| {
            options.request.calling = calling;
            options.request.called = called;
        })
    })
}

/// Sets the local address to connect from: an IPv4 or IPv6 address without a port. NULL: the system chooses.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT where address is none; whether
/// it is one of this machine's is found out when the association is opened. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_source_address(
    options: *mut dimse_assoc_options,
    address: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let source = unsafe { ip_address("address", address) }?;
        change(options, |options| options.source = source)
    })
}

/// Proposes a presentation context: abstract_syntax, usually a SOP class, with count transfer syntaxes, the preferred
/// one first; with count 0, Explicit VR Little Endian and Implicit VR Little Endian. The contexts are proposed in the
/// order of the calls. Where none is added, Verification is proposed.
///
/// Nothing on the wire. Does not block; allowed in callbacks. All UIDs are copied. At most 128 contexts, UIDs of 1 to
/// 64 characters, digits between single dots: DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 9.3.2.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_add_context(
    options: *mut dimse_assoc_options,
    abstract_syntax: *const c_char,
    transfer_syntaxes: *const *const c_char,
    count: usize,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and `count` of them.
        let (syntax, transfer_syntaxes) = unsafe { context(abstract_syntax, transfer_syntaxes, count) }?;
        change(options, |options| options.add_context(syntax, transfer_syntaxes))??;
        Ok(())
    })
}

/// Proposes what count DICOM files need: each SOP class among them with each of its transfer syntaxes, in a context of
/// its own, and the uncompressed ones with the other Little Endian syntaxes besides. For a peer that takes them in
/// Explicit VR Big Endian or deflated only, add that yourself: dimse_assoc_options_add_context. What was added
/// before is not proposed twice. Files that cannot be sent are left out here, and told of when they are sent;
/// *unusable, which may be NULL, is how many of the count these are. Where it is all of them there is nothing to
/// associate for. store_options are those that they are sent with: a SOP class that is set there is theirs; NULL: they
/// are sent as they are.
///
/// Nothing on the wire. Blocks on the files, never on the network; allowed in callbacks, which it holds up. paths are
/// copied: on Unix any bytes but NUL, on Windows UTF-8. Of each file the header and the lengths of its elements are read
/// here; none is held open until it is sent; pipes and devices are no files. DIMSE_ERR_INVALID_ARGUMENT where more than
/// 128 contexts are needed, and nothing is added then. Since 0.1.0. PS3.8 9.3.2.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_add_contexts_for_files(
    options: *mut dimse_assoc_options,
    paths: *const *const c_char,
    count: usize,
    store_options: *const dimse_store_options,
    unusable: *mut usize,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<AssocOptionsNoun>("options", options)?;
        // SAFETY: the caller passes as many texts.
        let paths = unsafe { paths_of("paths", paths, count) }?;
        let survey = contexts::survey(paths, &store_options::edits(store_options)?);
        contexts::add_contexts(&mut lock(&noun.0), &survey.kinds)?;
        // SAFETY: the caller passes NULL or what can be written to.
        if let Some(unusable) = unsafe { Out::optional(unusable) } {
            unusable.write(survey.unusable.len());
        }
        Ok(())
    })
}

/// Proposes what an instance needs that is sent with store_options, as dimse_assoc_options_add_contexts_for_files.
///
/// Nothing on the wire. Blocks on the file of the instance, never on the network; allowed in callbacks, which it holds
/// up. DIMSE_ERR_IO, DIMSE_ERR_INSTANCE and DIMSE_ERR_NO_INSTANCE where it cannot be sent; DIMSE_ERR_STATE where it
/// is a file that comes from a reader, whose bytes are read once: add its context with dimse_assoc_options_add_context;
/// DIMSE_ERR_INVALID_ARGUMENT where more than 128 contexts are needed. Since 0.1.0. PS3.8 9.3.2.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_add_contexts_for_instance(
    options: *mut dimse_assoc_options,
    instance: *const dimse_instance,
    store_options: *const dimse_store_options,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<AssocOptionsNoun>("options", options)?;
        let instance = InstanceNoun::get("instance", instance)?;
        let kind = contexts::kind(instance.instance(), &store_options::edits(store_options)?)?;
        contexts::add_contexts(&mut lock(&noun.0), &[kind])?;
        Ok(())
    })
}

/// Proposes what this side may be for a SOP class: service class user, provider, or both. Without this it is user
/// alone.
///
/// Nothing on the wire. Does not block; allowed in callbacks. scu and scp are 0 or 1, and not both 0; a second call for
/// one class replaces the first. DIMSE_ERR_INVALID_ARGUMENT otherwise. What the peer allows is in dimse_context.
/// Since 0.1.0. PS3.7 D.3.3.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_roles(
    options: *mut dimse_assoc_options,
    sop_class: *const c_char,
    scu: u32,
    scp: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let sop_class = unsafe { uid("sop_class", sop_class) }?;
        let (scu, scp) = (boolean("scu", scu)?, boolean("scp", scp)?);
        if !scu && !scp {
            return Err(refused("scu", &"0 like scp; at least one role is needed"));
        }
        change(options, |options| {
            let roles = &mut options.request.user.roles;
            roles.retain(|role| role.sop_class != sop_class);
            roles.push(RoleSelection { sop_class, scu, scp });
        })
    })
}

/// Asks for an asynchronous operations window: invoked operations of this side open at once, and performed ones of the
/// peer's. Without this it is one of each.
///
/// Nothing on the wire. Does not block; allowed in callbacks. 0 to 65535, 0: no limit; DIMSE_ERR_INVALID_ARGUMENT
/// otherwise. What the peer allows is in dimse_facts. Since 0.1.0. PS3.7 D.3.3.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_async_window(
    options: *mut dimse_assoc_options,
    invoked: u32,
    performed: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let window = window(invoked, performed)?;
        change(options, |options| options.request.user.async_window = Some(window))
    })
}

/// Sets the longest P-DATA-TF variable field that this side says it receives; by default 131072 bytes.
///
/// Nothing on the wire. Does not block; allowed in callbacks. 0 (no limit) or at least 8 bytes;
/// DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 D.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_max_pdu_bytes(
    options: *mut dimse_assoc_options,
    bytes: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let length = max_pdu_length(bytes)?;
        change(options, |options| options.request.user.max_pdu_length = Some(length))
    })
}

/// Adds extended negotiation for a SOP class: information as its service class defines it. A second call for one class
/// replaces the first.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The bytes are copied; length is 1 to 65465.
/// DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.7 D.3.3.5.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_add_extended_negotiation(
    options: *mut dimse_assoc_options,
    sop_class: *const c_char,
    information: *const u8,
    length: usize,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let sop_class = unsafe { uid("sop_class", sop_class) }?;
        in_range("length", length, &(1..=MOST_INFORMATION))?;
        // SAFETY: the caller passes as many bytes.
        let information = unsafe { octets("information", information, length) }?;
        change(options, |options| {
            let extended = &mut options.request.user.extended;
            extended.retain(|one| one.sop_class != sop_class);
            extended.push(ExtendedNegotiation { sop_class, information });
        })
    })
}

/// What fits into the user information beside the head of the sub-item, the length of a class and its 64 characters
/// (PS3.7 table D.3-11).
const MOST_INFORMATION: usize = 65535 - 4 - 2 - 64;

/// Adds common extended negotiation for a SOP class: the service class that it belongs to, and count related general
/// classes of which it is a special case; count may be 0. A second call for one class replaces the first.
///
/// Nothing on the wire. Does not block; allowed in callbacks. All UIDs are copied. DIMSE_ERR_INVALID_ARGUMENT where one
/// of them is none. Since 0.1.0. PS3.7 D.3.3.6.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_add_common_extended_negotiation(
    options: *mut dimse_assoc_options,
    sop_class: *const c_char,
    service_class: *const c_char,
    related: *const *const c_char,
    count: usize,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let sop_class = unsafe { uid("sop_class", sop_class) }?;
        // SAFETY: as above.
        let service_class = unsafe { uid("service_class", service_class) }?;
        // SAFETY: the caller passes as many texts.
        let related_general_classes = unsafe { uids("related", related, count) }?;
        change(options, |options| {
            let common = &mut options.request.user.common_extended;
            common.retain(|one| one.sop_class != sop_class);
            common.push(CommonExtendedNegotiation { sop_class, service_class, related_general_classes });
        })
    })
}

/// Sends a user identity with the request. kind is DIMSE_IDENTITY_*; primary is the user name, ticket, assertion or
/// token; secondary is the passcode, of DIMSE_IDENTITY_PASSCODE alone. positive_response 1 asks the peer to answer when
/// it accepts: the answer is in dimse_facts. A second call replaces the first.
///
/// Nothing on the wire yet; then in clear text, unless the connection is encrypted. Does not block; allowed in
/// callbacks. The bytes are copied and never logged. DIMSE_ERR_INVALID_ARGUMENT for another kind, an empty primary, a
/// secondary where none belongs, or positive_response other than 0 and 1. Since 0.1.0. PS3.7 D.3.3.7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_user_identity(
    options: *mut dimse_assoc_options,
    kind: u32,
    primary: *const u8,
    primary_length: usize,
    secondary: *const u8,
    secondary_length: usize,
    positive_response: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let number = in_range("kind", kind, &(DIMSE_IDENTITY_USER..=DIMSE_IDENTITY_JWT))?;
        let most = usize::from(u16::MAX);
        in_range("primary_length", primary_length, &(1..=most))?;
        let most = if kind == DIMSE_IDENTITY_PASSCODE { most } else { 0 };
        in_range("secondary_length", secondary_length, &(0..=most))?;
        let identity = UserIdentity {
            kind: byte("kind", number)?,
            positive_response: boolean("positive_response", positive_response)?,
            // SAFETY: the caller passes as many bytes.
            primary: unsafe { octets("primary", primary, primary_length) }?,
            // SAFETY: as above.
            secondary: unsafe { octets("secondary", secondary, secondary_length) }?,
        };
        change(options, |options| options.request.user.identity = Some(identity))
    })
}

/// Sets what the application says that it is: class_uid and version, 16 characters of printable ASCII at most. NULL is
/// this library's own; with an empty version none is sent.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for anything else.
/// Since 0.1.0. PS3.7 D.3.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_implementation(
    options: *mut dimse_assoc_options,
    class_uid: *const c_char,
    version: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or texts that end with a NUL.
        let (class, version) = unsafe { implementation(class_uid, version) }?;
        change(options, |options| {
            options.request.user.implementation_class = Some(class);
            options.request.user.implementation_version = version;
        })
    })
}

/// Limits resolving the host name and connecting, all addresses together; by default 10 seconds.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none: then
/// the system's own limit holds. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_connect_timeout_ms(
    options: *mut dimse_assoc_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Connect, ms) })
}

/// Limits the wait for the answer to the association request; by default 30 seconds.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_associate_timeout_ms(
    options: *mut dimse_assoc_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Associate, ms) })
}

/// Limits how long the peer may take to close the connection at the end (ARTIM); by default 30 seconds.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default; DIMSE_NO_LIMIT is
/// DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0. PS3.8 9.1.5.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_artim_timeout_ms(
    options: *mut dimse_assoc_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Artim, ms) })
}

/// Limits how long the peer may take none of what is sent; by default 60 seconds.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_write_timeout_ms(
    options: *mut dimse_assoc_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Write, ms) })
}

/// Limits the wait for a response, from the last byte of the request, and from one response to the next; by default 60
/// seconds. The options of an operation may say otherwise.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_reply_timeout_ms(
    options: *mut dimse_assoc_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Reply, ms) })
}

/// Limits how long the association may be open without a message while no operation is under way; by default there is
/// no limit. Then it is aborted.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_idle_timeout_ms(
    options: *mut dimse_assoc_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Idle, ms) })
}

/// Limits the wait for the answer to A-RELEASE-RQ; by default 10 seconds. Then the association is aborted.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_release_timeout_ms(
    options: *mut dimse_assoc_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Release, ms) })
}

/// Limits how long A-ABORT may take to leave before the connection is closed; by default 2 seconds.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default; DIMSE_NO_LIMIT is
/// DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_options_set_abort_timeout_ms(
    options: *mut dimse_assoc_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Abort, ms) })
}

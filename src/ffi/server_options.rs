//! `dimse_server_options`: where a server listens, whom and what it accepts, and who answers.

use std::ffi::{c_char, c_void};
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use super::arguments::{
    ae_title, context, implementation, ip_address, limit, max_pdu_length, network, optional_limit, tcp_port,
    window,
};
use super::assoc_request::{self, dimse_assoc_request};
use super::boundary::{Answer, Out, boundary};
use super::delivery::{UserData, dimse_release_cb};
use super::error::{dimse_error, dimse_result};
use super::handle::{self, Noun};
use super::queue::{QueueNoun, dimse_queue};
use super::request::{self, dimse_request};
use super::server_storage::{self, CWatcher};
use super::timeouts::{self, Wait};
use crate::error::Result;
use crate::net::timeouts::Timeouts;
use crate::runtime::Runtime;
use crate::runtime::lock::lock;
use crate::runtime::strand::Target;
use crate::scp::server::{Handler, ServerOptions};
use crate::storage::folder::FolderOptions;
use crate::storage::head::Front;
use crate::types::{AeTitle, Uid};
use crate::ul::negotiation::{AcceptableContext, AcceptorPolicy, Roles};
use crate::wire::uids::{self as registered, may_be_stored};

/// How a server is started. For one thread at a time while being filled.
pub struct dimse_server_options {
    _private: [u8; 0],
}

/// Takes an association request. It is yours: answer it now or later, from any thread, once, and free it. Must not
/// throw, unwind or longjmp; may call everything but what blocks.
pub type dimse_assoc_request_cb =
    Option<unsafe extern "C" fn(request: *mut dimse_assoc_request, user_data: *mut c_void)>;

/// Takes a request. It is yours: answer it now or later, from any thread, once, and free it. Must not throw, unwind or
/// longjmp; may call everything but what blocks.
pub type dimse_request_cb = Option<unsafe extern "C" fn(request: *mut dimse_request, user_data: *mut c_void)>;

/// What a `dimse_server_options` handle stands for.
pub struct ServerOptionsNoun(pub(super) Mutex<Settings>);

impl Noun for ServerOptionsNoun {
    type Handle = dimse_server_options;
    const TYPE: usize = 9;
    const NAME: &'static str = "dimse_server_options";
}

pub(super) struct Settings {
    /// All but the handlers and the folder.
    pub(super) options: ServerOptions,
    association_handler: Option<Arc<CHandler<dimse_assoc_request>>>,
    request_handler: Option<Arc<CHandler<dimse_request>>>,
    /// How much of a value is shown, and to whom.
    pub(super) watcher: Option<(usize, Arc<CWatcher>)>,
    pub(super) header_handler: Option<(Front, Arc<CHandler<dimse_request>>)>,
    /// The folder itself is empty until it is set.
    pub(super) folder: FolderOptions,
    /// Of the classes of storage, where no context says which these are; none is any.
    pub(super) storage_syntaxes: Vec<Uid>,
}

/// A handler of C's, which takes handles of one noun: the options have it, and every server that was started with them.
/// The last one to go gives its user data back.
pub(super) struct CHandler<H> {
    function: unsafe extern "C" fn(*mut H, *mut c_void),
    user_data: UserData,
    target: Target,
}

impl<H: 'static> CHandler<H> {
    pub(super) fn new(
        queue: *mut dimse_queue,
        function: unsafe extern "C" fn(*mut H, *mut c_void),
        user_data: UserData,
    ) -> Answer<Arc<Self>> {
        let target = if queue.is_null() {
            Target::Library
        } else {
            Target::Queue(handle::get::<QueueNoun>("queue", queue)?.queue())
        };
        Ok(Arc::new(Self { function, user_data, target }))
    }

    /// The handler as a server calls it: `give` makes the handle that C gets.
    fn for_server<T: 'static>(
        self: &Arc<Self>,
        runtime: &Runtime,
        give: fn(T) -> Result<*mut H>,
    ) -> Handler<T> {
        let share = Share::new(Arc::clone(self), runtime);
        let call = Arc::new(move |came| {
            let Some(handler) = share.get() else { return };
            match give(came) {
                // SAFETY: the function that C gave, with its own pointer.
                Ok(came) => unsafe { (handler.function)(came, handler.user_data.pointer()) },
                Err(error) => tracing::warn!(target: "dimse::server", "a handler is not called: {error}"),
            }
        });
        Handler { target: self.target.clone(), call }
    }
}

/// A server's share of a callback: let go of where code of the user's may run, since a server may end on any thread.
pub(super) struct Share<T: Send + 'static> {
    /// Out only while this is dropped.
    of: Option<T>,
    runtime: Runtime,
}

impl<T: Send> Share<T> {
    pub(super) fn new(of: T, runtime: &Runtime) -> Self {
        Self { of: Some(of), runtime: runtime.clone() }
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.of.as_ref()
    }
}

impl<T: Send> Drop for Share<T> {
    fn drop(&mut self) {
        self.runtime.let_go(self.of.take());
    }
}

/// The options of a handle, with what was left out.
pub fn complete(options: *const dimse_server_options, runtime: &Runtime) -> Answer<ServerOptions> {
    let noun = handle::get::<ServerOptionsNoun>("options", options)?;
    let settings = lock(&noun.0);
    let mut options = settings.options.clone();
    options.folder = Some(settings.folder.clone()).filter(|folder| !folder.folder.as_os_str().is_empty());
    if options.policy.contexts.is_empty() {
        add_context(&mut options.policy, registered::VERIFICATION, Vec::new());
    }
    let takes_instances = options.folder.is_some() || settings.header_handler.is_some();
    let says_which = options.policy.contexts.iter().any(|context| may_be_stored(&context.abstract_syntax));
    options.policy.promiscuous =
        Some(settings.storage_syntaxes.clone()).filter(|_| takes_instances && !says_which);
    options.durability = settings.folder.durability;
    options.free_space_floor_bytes = settings.folder.free_space_floor_bytes;
    options.watcher = settings
        .watcher
        .as_ref()
        .map(|(limit, watcher)| server_storage::watcher_of(*limit, watcher, runtime));
    options.header_handler = settings
        .header_handler
        .as_ref()
        .map(|(front, handler)| (*front, handler.for_server(runtime, request::give_undecided)));
    options.association_handler =
        settings.association_handler.as_ref().map(|handler| handler.for_server(runtime, assoc_request::give));
    options.request_handler =
        settings.request_handler.as_ref().map(|handler| handler.for_server(runtime, request::give));
    Ok(options)
}

/// A second call for one abstract syntax adds to the transfer syntaxes of the first.
fn add_context(policy: &mut AcceptorPolicy, abstract_syntax: Uid, transfer_syntaxes: Vec<Uid>) {
    let transfer_syntaxes = registered::or_uncompressed(transfer_syntaxes);
    let known = policy.contexts.iter_mut().find(|context| context.abstract_syntax == abstract_syntax);
    let Some(known) = known else {
        policy.contexts.push(AcceptableContext { abstract_syntax, transfer_syntaxes, requestor: Roles::SCU });
        return;
    };
    for syntax in transfer_syntaxes {
        if !known.transfer_syntaxes.contains(&syntax) {
            known.transfer_syntaxes.push(syntax);
        }
    }
}

fn change<T>(options: *mut dimse_server_options, change: impl FnOnce(&mut ServerOptions) -> T) -> Answer<T> {
    Ok(change(&mut lock(&handle::get::<ServerOptionsNoun>("options", options)?.0).options))
}

fn set_time(options: *mut dimse_server_options, wait: Wait, ms: u32) -> Answer<()> {
    change(options, |options| timeouts::set(&mut options.timeouts, &Timeouts::for_provider(), wait, ms))?
}

/// Sets the handler that `place` says; the one before is let go when no lock is held any more.
fn set_handler<H: 'static>(
    options: *mut dimse_server_options,
    handler: Option<Arc<CHandler<H>>>,
    place: fn(&mut Settings) -> &mut Option<Arc<CHandler<H>>>,
) -> Answer<()> {
    let noun = handle::get::<ServerOptionsNoun>("options", options)?;
    let old = std::mem::replace(place(&mut lock(&noun.0)), handler);
    drop(old);
    Ok(())
}

/// Adds to a list that, as long as it is empty, allows everybody.
fn allow(list: &mut Option<Vec<AeTitle>>, title: AeTitle) {
    let list = list.get_or_insert_default();
    if !list.contains(&title) {
        list.push(title);
    }
}

/// Makes options with every default: every address of this machine, a port that the system chooses, any AE title,
/// Verification, answered by the library itself.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_new(
    out: *mut *mut dimse_server_options,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        // SAFETY: NULL is allowed.
        let (class, version) = unsafe { implementation(std::ptr::null(), std::ptr::null()) }?;
        let policy = AcceptorPolicy { implementation_version: version, ..AcceptorPolicy::new(class) };
        let options = ServerOptions::new(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 0), policy);
        let folder = FolderOptions::new("");
        let settings =
            Settings { options, association_handler: None, request_handler: None, header_handler: None, watcher: None, folder, storage_syntaxes: Vec::new() };
        out.write(handle::insert(ServerOptionsNoun(Mutex::new(settings)))?);
        Ok(())
    })
}

/// Frees options; servers that were started with them stay.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. The release of a handler
/// runs here where no server has it, else when the last of these has ended. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_server_options_free(options: *mut dimse_server_options) {
    boundary!(or () => {
        drop(handle::remove::<ServerOptionsNoun>(options));
        Ok(())
    });
}

/// Sets where the server listens: address, an IPv4 or IPv6 address of this machine, and port. NULL is every address, of
/// IPv4 and IPv6; port 0 lets the system choose, and dimse_server_port tells.
///
/// Nothing on the wire. Does not block; allowed in callbacks. port is 0 to 65535. DIMSE_ERR_INVALID_ARGUMENT for
/// anything else. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_listen(
    options: *mut dimse_server_options,
    address: *const c_char,
    port: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let ip = unsafe { ip_address("address", address) }?.unwrap_or(Ipv6Addr::UNSPECIFIED.into());
        let port = tcp_port(port, 0)?;
        change(options, |options| options.address = SocketAddr::new(ip, port))
    })
}

/// Adds an AE title that the server answers to; a request for another is refused (1,1,7). Where none is added, any is
/// answered.
///
/// Nothing on the wire. Does not block; allowed in callbacks. 1 to 16 characters of printable ASCII without a
/// backslash: DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 9.3.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_add_ae_title(
    options: *mut dimse_server_options,
    title: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let title = unsafe { ae_title("title", title) }?;
        change(options, |options| allow(&mut options.policy.called, title))
    })
}

/// Adds an AE title that may call; a request from another is refused (1,1,3). Where none is added, anybody may.
///
/// Nothing on the wire. Does not block; allowed in callbacks. 1 to 16 characters of printable ASCII without a
/// backslash: DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 9.3.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_add_calling_ae_title(
    options: *mut dimse_server_options,
    title: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let title = unsafe { ae_title("title", title) }?;
        change(options, |options| allow(&mut options.policy.calling, title))
    })
}

/// Adds a network that associations may come from: an IPv4 or IPv6 address, or one with the length of its prefix,
/// "192.0.2.0/24" or "2001:db8::/32". A request from elsewhere is refused without a reason (1,1,1). Where none is
/// added, they may come from anywhere.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Bits behind the prefix do not count, and an IPv4 network
/// holds for IPv4 connections to an IPv6 address too. DIMSE_ERR_INVALID_ARGUMENT for anything else. Since 0.1.0.
/// PS3.8 9.3.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_add_network(
    options: *mut dimse_server_options,
    network: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let network = unsafe { self::network("network", network) }?;
        change(options, |options| {
            if !options.networks.contains(&network) {
                options.networks.push(network);
            }
        })
    })
}

/// Accepts presentation contexts of an abstract syntax, usually a SOP class, with one of count transfer syntaxes: the
/// first of them that the peer proposed. With count 0 these are Explicit and Implicit VR Little Endian; a second call
/// for one abstract syntax adds to the first. Where none is added, Verification is accepted. Where the server has a
/// folder or a header handler, and no SOP class of storage is added, every one of these is accepted, private ones too,
/// in the syntaxes of dimse_server_options_set_storage_syntaxes. A private class that is added counts as one of storage.
///
/// Nothing on the wire. Does not block; allowed in callbacks. All UIDs are copied. DIMSE_ERR_INVALID_ARGUMENT where one
/// of them is none. Since 0.1.0. PS3.8 9.3.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_add_context(
    options: *mut dimse_server_options,
    abstract_syntax: *const c_char,
    transfer_syntaxes: *const *const c_char,
    count: usize,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and `count` of them.
        let (syntax, transfer_syntaxes) = unsafe { context(abstract_syntax, transfer_syntaxes, count) }?;
        change(options, |options| add_context(&mut options.policy, syntax, transfer_syntaxes))
    })
}

/// Sets the longest P-DATA-TF variable field that the server says it receives; by default 131072 bytes.
///
/// Nothing on the wire. Does not block; allowed in callbacks. 0 (no limit) or at least 8 bytes;
/// DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.8 D.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_max_pdu_bytes(
    options: *mut dimse_server_options,
    bytes: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let length = max_pdu_length(bytes)?;
        change(options, |options| options.policy.max_pdu_length = length)
    })
}

/// Sets the asynchronous operations window that is granted at most to a peer that asks for one: invoked operations of
/// the peer's open at once, and performed ones of this side's. By default it is one of each.
///
/// Nothing on the wire. Does not block; allowed in callbacks. 0 to 65535, 0: no limit; DIMSE_ERR_INVALID_ARGUMENT
/// otherwise. Since 0.1.0. PS3.7 D.3.3.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_async_window(
    options: *mut dimse_server_options,
    invoked: u32,
    performed: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let window = window(invoked, performed)?;
        change(options, |options| options.policy.async_window = window)
    })
}

/// Sets what the application says that it is: class_uid and version, 16 characters of printable ASCII at most. NULL is
/// this library's own; with an empty version none is sent.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for anything else.
/// Since 0.1.0. PS3.7 D.3.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_implementation(
    options: *mut dimse_server_options,
    class_uid: *const c_char,
    version: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or texts that end with a NUL.
        let (class, version) = unsafe { implementation(class_uid, version) }?;
        change(options, |options| {
            options.policy.implementation_class = class;
            options.policy.implementation_version = version;
        })
    })
}

/// Limits the associations that are open at once, by default to 500; one more is refused as transient (2,3,2).
///
/// Nothing on the wire. Does not block; allowed in callbacks. At least 1: DIMSE_ERR_INVALID_ARGUMENT otherwise.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_max_associations(
    options: *mut dimse_server_options,
    count: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let count = limit(count)?;
        change(options, |options| options.limits.associations = count)
    })
}

/// Limits the connections over which no association was asked for yet, by default to 1000; for one more the oldest is
/// closed.
///
/// Nothing on the wire. Does not block; allowed in callbacks. At least 1: DIMSE_ERR_INVALID_ARGUMENT otherwise.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_max_waiting(
    options: *mut dimse_server_options,
    count: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let count = limit(count)?;
        change(options, |options| options.limits.waiting = count)
    })
}

/// Limits the associations from one address; one more is refused as transient (2,3,2). 0 is no limit, the default.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_max_per_address(
    options: *mut dimse_server_options,
    count: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        change(options, |options| options.limits.per_address = optional_limit(count))
    })
}

/// Limits the associations from one calling AE title; one more is refused as transient (2,3,2). 0 is no limit, the
/// default.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_max_per_ae_title(
    options: *mut dimse_server_options,
    count: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        change(options, |options| options.limits.per_ae_title = optional_limit(count))
    })
}

/// Limits how long the association handler may take to decide; by default 30 seconds. Then the request is refused
/// (2,3,1).
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_associate_timeout_ms(
    options: *mut dimse_server_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Associate, ms) })
}

/// Limits how long a connection may be silent before it asks for an association, and how long the peer may take to
/// close it at the end (ARTIM); by default 30 seconds.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default; DIMSE_NO_LIMIT is
/// DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0. PS3.8 9.1.5.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_artim_timeout_ms(
    options: *mut dimse_server_options,
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
pub unsafe extern "C" fn dimse_server_options_set_write_timeout_ms(
    options: *mut dimse_server_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Write, ms) })
}

/// Limits how long an association may be open without a message while nothing is under way; by default 300 seconds.
/// Then it is aborted.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_idle_timeout_ms(
    options: *mut dimse_server_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Idle, ms) })
}

/// Limits how long A-ABORT may take to leave before the connection is closed; by default 2 seconds.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default; DIMSE_NO_LIMIT is
/// DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_abort_timeout_ms(
    options: *mut dimse_server_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { set_time(options, Wait::Abort, ms) })
}

/// Sets who decides about each association request that the AE titles and limits allow. callback NULL: nobody, and each
/// is accepted.
///
/// Nothing on the wire. Does not block; allowed in callbacks. queue NULL: the callback runs on a thread of the library,
/// several at once for different associations; a queue: inside dimse_queue_dispatch. release, where not NULL, gives
/// user_data back exactly once: after the last call, when another callback is set or the options are freed, and every
/// server that was started with it has ended; also where this call fails. Since 0.1.0. PS3.8 7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_association_handler(
    options: *mut dimse_server_options,
    queue: *mut dimse_queue,
    callback: dimse_assoc_request_cb,
    user_data: *mut c_void,
    release: dimse_release_cb,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        let handler = callback.map(|callback| CHandler::new(queue, callback, user_data)).transpose()?;
        set_handler(options, handler, |settings| &mut settings.association_handler)
    })
}

/// Sets who answers the requests of the services that the server provides. callback NULL: the library answers by
/// itself, a C-ECHO with success, a C-STORE when its instance is in the folder. The handler gets a C-STORE when all of
/// its instance has come, but before the file has its name (see dimse_request_received): its answer decides whether it
/// is kept.
///
/// Nothing on the wire. Does not block; allowed in callbacks. queue NULL: the callback runs on a thread of the library,
/// in order for each association, several at once for different ones; a queue: inside dimse_queue_dispatch. release,
/// where not NULL, gives user_data back exactly once: after the last call, when another callback is set or the options
/// are freed, and every server that was started with it has ended; also where this call fails. Since 0.1.0. PS3.7 9.3,
/// 10.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_handler(
    options: *mut dimse_server_options,
    queue: *mut dimse_queue,
    callback: dimse_request_cb,
    user_data: *mut c_void,
    release: dimse_release_cb,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        let handler = callback.map(|callback| CHandler::new(queue, callback, user_data)).transpose()?;
        set_handler(options, handler, |settings| &mut settings.request_handler)
    })
}

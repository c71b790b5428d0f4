//! `dimse_server`: a server that listens and serves.

use std::sync::Arc;

use super::boundary::{Answer, Out, boundary};
use super::delivery::dimse_delivery;
use super::error::{dimse_error, dimse_result};
use super::flat::{Flat, Room};
use super::handle::{self, Noun};
use super::number::wait_time;
use super::op::{self, dimse_op, outcome_of};
use super::runtime::{dimse_runtime, runtime_or_default};
use super::server_options::{self, dimse_server_options};
use super::text::{Text, dimse_str};
use crate::net::operation::Delivery;
use crate::runtime::callback::refuse_to_block;
use crate::scp::server::{OwnedServer, Server};

/// A server. Any number of threads may use it at once.
pub struct dimse_server {
    _private: [u8; 0],
}

/// What a `dimse_server` handle stands for: dropped, it stops the server at once.
pub struct ServerNoun {
    owned: OwnedServer,
    address: Text,
}

impl Noun for ServerNoun {
    type Handle = dimse_server;
    const TYPE: usize = 10;
    const NAME: &'static str = "dimse_server";
}

/// What a server has to do now, and has done so far. The library fills it; set struct_size to
/// sizeof(dimse_server_totals) before.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_server_totals {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// 1 once it was told to stop: it takes no more associations.
    pub is_draining: u32,
    /// Connections that are open now.
    pub connections: u64,
    /// Of these, associations: asked for, established or being released.
    pub associations: u64,
    /// Of these, connections over which no association was asked for yet.
    pub waiting: u64,
    /// Connections ever taken.
    pub connected_total: u64,
    /// Associations accepted.
    pub accepted_total: u64,
    /// Association requests refused: by an AE title, a network, a limit, or the association handler.
    pub refused_total: u64,
    /// Associations that ended otherwise than by release.
    pub aborted_total: u64,
    /// Requests whose command has come whole, whatever became of the data set behind it.
    pub requests_total: u64,
    /// Instances stored.
    pub instances_total: u64,
    /// Bytes of their data sets.
    pub bytes_total: u64,
    /// Panics on the threads of its runtime, each a defect of the library, caught.
    pub panics_total: u64,
}

// SAFETY: repr(C), numbers alone, struct_size first.
unsafe impl Flat for dimse_server_totals {
    const NAME: &'static str = "dimse_server_totals";
}

/// The server of a handle, without a hold on the handle: a call that is under way does not keep it running.
fn server_of(handle: *const dimse_server) -> Answer<Arc<Server>> {
    Ok(handle::get::<ServerNoun>("server", handle)?.owned.server().clone())
}

/// Starts a server: it listens, accepts associations and answers requests from now on, on threads of the library.
///
/// On the wire: nothing before a peer connects. Does not block; allowed in callbacks. rt NULL is the default runtime;
/// options are copied, and can start any number of servers; *out is yours to free. DIMSE_ERR_IO where the address or
/// the port cannot be had: the message says why. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_start(
    rt: *mut dimse_runtime,
    options: *const dimse_server_options,
    out: *mut *mut dimse_server,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let runtime = runtime_or_default(rt)?;
        let options = server_options::complete(options, &runtime)?;
        let owned = OwnedServer::new(Server::start(&runtime, options)?);
        let address = Text::new(&owned.server().address().to_string());
        out.write(handle::insert(ServerNoun { owned, address })?);
        Ok(())
    })
}

/// The port at which the server listens: the real one where 0 was asked for.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_port(server: *const dimse_server, out: *mut u16) -> dimse_result {
    boundary!({
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        out.write(server_of(server)?.address().port());
        Ok(())
    })
}

/// Where the server listens, with the real port: "192.0.2.7:104"; an IPv6 address stands in square brackets.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as server. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_address(
    server: *const dimse_server,
    out: *mut dimse_str,
) -> dimse_result {
    boundary!({
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        out.write(handle::get::<ServerNoun>("server", server)?.address.view());
        Ok(())
    })
}

/// What the server has to do now, and has done so far.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_server_totals)
/// before. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_counters(
    server: *const dimse_server,
    out: *mut dimse_server_totals,
) -> dimse_result {
    boundary!({
        // SAFETY: NULL or a struct of the caller's whose first field is set.
        let out = unsafe { Room::new("out", out) }?;
        let server = server_of(server)?;
        let now = server.counters();
        out.fill(dimse_server_totals {
            struct_size: 0,
            is_draining: server.is_draining().into(),
            connections: now.connections,
            associations: now.associations,
            waiting: now.waiting,
            connected_total: now.connected_total,
            accepted_total: now.accepted_total,
            refused_total: now.refused_total,
            aborted_total: now.aborted_total,
            requests_total: now.requests_total,
            instances_total: now.instances_total,
            bytes_total: now.bytes_total,
            panics_total: now.panics_total,
        });
        Ok(())
    })
}

/// Stops the server: it takes no more connections and associations, and those that are open may go on for drain_ms. The
/// handle stays yours to free; its counters can still be read.
///
/// On the wire: A-ABORT to what is still open when drain_ms are over: 0 at once, DIMSE_NO_LIMIT never. Blocks until the
/// last connection is closed. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK). DIMSE_OK also where it has stopped
/// before; a second stop may shorten the first one's time. Since 0.1.0. PS3.8 7.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_stop(
    server: *mut dimse_server,
    drain_ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        refuse_to_block()?;
        let server = server_of(server)?;
        let operation = server.operation(Delivery::Pull);
        server.stop(wait_time(drain_ms), Some(operation.promise()));
        outcome_of(&operation)?;
        Ok(())
    })
}

/// Begins to stop the server, as dimse_server_stop, and returns at once: DONE comes when the last connection is closed.
///
/// On the wire: as dimse_server_stop; cancelling the operation ends the drain time. Does not block; allowed in
/// callbacks. delivery is copied. *out_op, where out_op is not NULL, is yours to free, and is written before the first
/// event comes. Since 0.1.0. PS3.8 7.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_stop_async(
    server: *mut dimse_server,
    drain_ms: u32,
    delivery: *const dimse_delivery,
    out_op: *mut *mut dimse_op,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err, delivery => |delivery| {
        let server = server_of(server)?;
        let operation = server.operation(delivery);
        // SAFETY: the caller passes NULL or what can be written to.
        op::give(unsafe { Out::optional(out_op) }, &operation)?.keep();
        server.stop(wait_time(drain_ms), Some(operation.promise()));
        Ok(())
    })
}

/// Frees the handle. A server that is still running is stopped as by dimse_server_stop with 0 ms, without anybody
/// waiting for it.
///
/// On the wire: A-ABORT to what is open, sent by the library. Does not block; allowed in callbacks, in any order, and
/// with NULL. Since 0.1.0. PS3.8 7.3.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_server_free(server: *mut dimse_server) {
    boundary!(or () => {
        drop(handle::remove::<ServerNoun>(server));
        Ok(())
    });
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn totals_as_c_and_c_sharp_see_them() {
        let totals = [
            offset_of!(dimse_server_totals, struct_size),
            offset_of!(dimse_server_totals, is_draining),
            offset_of!(dimse_server_totals, connections),
            offset_of!(dimse_server_totals, associations),
            offset_of!(dimse_server_totals, waiting),
            offset_of!(dimse_server_totals, connected_total),
            offset_of!(dimse_server_totals, accepted_total),
            offset_of!(dimse_server_totals, refused_total),
            offset_of!(dimse_server_totals, aborted_total),
            offset_of!(dimse_server_totals, requests_total),
            offset_of!(dimse_server_totals, instances_total),
            offset_of!(dimse_server_totals, bytes_total),
            offset_of!(dimse_server_totals, panics_total),
            size_of::<dimse_server_totals>(),
        ];
        assert_eq!(totals, [0, 4, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96]);
    }
}

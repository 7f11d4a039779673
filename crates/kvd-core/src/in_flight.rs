//! The calls that are under way.
//!
//! Every call passes here, so nothing is allocated for one: it takes a slot that an earlier call has left, text and all.

use crate::{metrics, token::TokenState};
use kvd_types::{Call, Operation, RequestId, Timestamp};
use parking_lot::Mutex;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// All calls that are under way, kept in as many places as the counters are.
#[derive(Default)]
pub(crate) struct InFlight([Mutex<Slots>; metrics::PLACES]);

/// The calls of one place, and the slots that are free.
#[derive(Default)]
struct Slots {
    all: Vec<Slot>,
    free: Vec<usize>,
}

/// One call, or room for one.
#[derive(Default)]
struct Slot {
    call: Option<Facts>,
    path: String,
    /// Who calls, once that is known.
    token: Option<Arc<TokenState>>,
}

/// What is known of a call from the start.
#[derive(Clone, Copy)]
struct Facts {
    id: RequestId,
    operation: Operation,
    address: Option<IpAddr>,
    port: u16,
    began: Timestamp,
}

/// Names the slot of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    place: usize,
    slot: usize,
}

/// A call on its way; it is taken off the list when this is dropped, also by a panic or a client that hangs up.
pub(crate) struct Underway<'l> {
    list: &'l InFlight,
    /// Where it stands in the list.
    pub(crate) ticket: Ticket,
}

/// A call as the list shows it.
pub(crate) struct Flight {
    facts: Facts,
    path: String,
    /// Who calls; none as long as that is not known, or when nobody in particular does.
    pub(crate) token: Option<Arc<TokenState>>,
}

impl InFlight {
    /// Puts a call on the list.
    pub(crate) fn enter(&self, call: &Call, began: Timestamp) -> Underway<'_> {
        let facts = Facts {
            id: call.id,
            operation: call.operation,
            address: call.peer.address,
            port: call.peer.port,
            began,
        };
        let place = metrics::place();
        let mut slots = self.0[place].lock();
        let slot = slots.free.pop().unwrap_or_else(|| {
            slots.all.push(Slot::default());
            slots.all.len() - 1
        });
        let taken = &mut slots.all[slot];
        taken.call = Some(facts);
        taken.path.clear();
        taken.path.push_str(call.path.as_str());
        Underway { list: self, ticket: Ticket { place, slot } }
    }

    /// Notes whose call it is.
    pub(crate) fn identify(&self, ticket: Ticket, token: &Arc<TokenState>) {
        self.0[ticket.place].lock().all[ticket.slot].token = Some(Arc::clone(token));
    }

    /// All calls, in no order.
    pub(crate) fn all(&self) -> Vec<Flight> {
        let mut all = Vec::new();
        for place in &self.0 {
            for slot in &place.lock().all {
                let flight = |facts| Flight { facts, path: slot.path.clone(), token: slot.token.clone() };
                all.extend(slot.call.map(flight));
            }
        }
        all
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        let mut slots = self.list.0[self.ticket.place].lock();
        let left = &mut slots.all[self.ticket.slot];
        left.call = None;
        left.token = None;
        slots.free.push(self.ticket.slot);
    }
}

impl Flight {
    pub(crate) fn id(&self) -> RequestId {
        self.facts.id
    }

    pub(crate) fn began(&self) -> Timestamp {
        self.facts.began
    }

    /// As it stands in the request line.
    pub(crate) fn path(&self) -> String {
        format!("/v1/{}", self.path)
    }

    /// The verb that asks for such an operation.
    pub(crate) fn method(&self) -> &'static str {
        match self.facts.operation {
            Operation::Read | Operation::Help => "GET",
            Operation::Write => "PUT",
            Operation::Delete => "DELETE",
            Operation::List => "LIST",
            Operation::Scan => "SCAN",
            Operation::Patch => "PATCH",
            Operation::Header => "HEAD",
        }
    }

    /// Where it came from; empty inside the process.
    pub(crate) fn peer(&self) -> String {
        let port = self.facts.port;
        self.facts.address.map(|address| SocketAddr::new(address, port).to_string()).unwrap_or_default()
    }
}

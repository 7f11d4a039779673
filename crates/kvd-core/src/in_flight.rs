//! The calls that are under way.

use crate::{metrics, pipeline::Trail};
use kvd_types::{Call, Operation, RequestId, Timestamp};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// All calls that are under way, kept in as many places as the counters are.
#[derive(Default)]
pub(crate) struct InFlight([Mutex<HashMap<RequestId, Arc<Flight>>>; metrics::PLACES]);

/// One call.
pub(crate) struct Flight {
    path: String,
    operation: Operation,
    address: Option<IpAddr>,
    port: u16,
    /// What becomes known of the call on its way.
    pub(crate) trail: Trail,
}

/// A call on its way; it is taken off the list when this is dropped, also by a panic or a client that hangs up.
pub(crate) struct Underway<'l> {
    list: &'l InFlight,
    place: usize,
    id: RequestId,
    /// What is known of it.
    pub(crate) flight: Arc<Flight>,
}

impl InFlight {
    /// Puts a call on the list.
    pub(crate) fn enter(&self, call: &Call, now: Timestamp) -> Underway<'_> {
        let flight = Arc::new(Flight {
            path: call.path.as_str().to_owned(),
            operation: call.operation,
            address: call.peer.address,
            port: call.peer.port,
            trail: Trail::new(now),
        });
        let place = metrics::place();
        self.0[place].lock().insert(call.id, Arc::clone(&flight));
        Underway { list: self, place, id: call.id, flight }
    }

    /// All calls, in no order.
    pub(crate) fn all(&self) -> Vec<(RequestId, Arc<Flight>)> {
        let mut all = Vec::new();
        for place in &self.0 {
            all.extend(place.lock().iter().map(|(id, flight)| (*id, Arc::clone(flight))));
        }
        all
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.list.0[self.place].lock().remove(&self.id);
    }
}

impl Flight {
    /// As it stands in the request line.
    pub(crate) fn path(&self) -> String {
        format!("/v1/{}", self.path)
    }

    /// The verb that asks for such an operation.
    pub(crate) fn method(&self) -> &'static str {
        match self.operation {
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
        self.address.map(|address| SocketAddr::new(address, self.port).to_string()).unwrap_or_default()
    }
}

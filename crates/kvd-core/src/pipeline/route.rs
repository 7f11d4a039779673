//! Finds the mount and the route that a path belongs to.

use super::{gate::Admitted, watch::Watched};
use crate::{mount::Mount, seal::Unsealed, sys};
use kvd_backend::{Access, Params, Route};
use kvd_types::{Fault, Opened, Operation};
use std::sync::Arc;

/// A call of which it is known where it goes, be it nowhere.
pub(super) struct Routed<'c> {
    pub(super) watched: Watched<'c>,
    pub(super) unsealed: Arc<Unsealed>,
    /// In a box, since it is large and is handed on from stage to stage.
    pub(super) place: Box<Place<'c>>,
}

/// Where a path leads.
pub(super) enum Place<'c> {
    /// To no mount at all.
    Nowhere,
    /// To a mount, and a route of its engine unless that knows no such path.
    Mounted { mount: Arc<Mount>, path: &'c str, route: Option<(usize, Params<'c>, Route<()>)> },
}

pub(super) fn find(admitted: Admitted<'_>) -> Result<Routed<'_>, Fault> {
    let (watched, unsealed) = admitted.into_parts();
    let call = watched.call();
    let path = call.path.as_str();
    if matches!(call.operation, Operation::Write | Operation::Patch) && path.ends_with('/') {
        return Err(Fault::invalid("cannot write to a path ending in '/'"));
    }
    let place = match unsealed.mounts.find(path) {
        None => Place::Nowhere,
        Some((mount, below)) => {
            let _ = watched.trail().mount.set(Arc::clone(&mount));
            let route = mount
                .find(below)
                .map(|(number, params)| (number, params, facts(call.opened, &mount, number)));
            Place::Mounted { mount, path: below, route }
        }
    };
    Ok(Routed { watched, unsealed, place: Box::new(place) })
}

fn facts(opened: Opened, mount: &Mount, number: usize) -> Route<()> {
    let mut facts = mount.facts(number);
    if mount.is_system() && sys::is_opened(opened, facts.pattern) {
        facts.access = Access::Open;
    }
    facts
}

impl Place<'_> {
    /// Who may come at all; what leads nowhere needs a token like anything else.
    pub(super) fn access(&self) -> Access {
        match self {
            Place::Mounted { route: Some((_, _, facts)), .. } => facts.access,
            Place::Mounted { route: None, .. } | Place::Nowhere => Access::Token,
        }
    }
}

//! `sys/remount`: moving a mount with everything in it to another path.

use super::routes::{field, route};
use crate::{house::House, random};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply};
use parking_lot::Mutex;
use std::collections::VecDeque;

const MOVE: &[Field] = &[
    field("from", FieldKind::String, "The path of the mount, with auth/ in front of an auth method."),
    field("to", FieldKind::String, "Where it shall be."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "remount",
        Access::Sudo,
        &[(Operation::Write, |h, r| Box::pin(start(h, r)))],
        MOVE,
        "Moves a mount to another path.",
    ),
    route(
        "remount/status/{migration_id*}",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(status(h, r)))],
        &[],
        "How far a move is.",
    ),
]);

/// Moves whose end is remembered.
const REMEMBERED: usize = 256;

/// The moves of an unsealed vault, the newest last.
#[derive(Default)]
pub(crate) struct Moves(Mutex<VecDeque<Move>>);

/// A move, as its status tells it.
#[derive(Clone)]
struct Move {
    id: String,
    from: String,
    to: String,
    progress: Progress,
}

#[derive(Clone, Copy)]
enum Progress {
    Running,
    Done,
    Failed,
}

impl Progress {
    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "in-progress",
            Self::Done => "success",
            Self::Failed => "failure",
        }
    }
}

impl Moves {
    fn begin(&self, id: &str, from: &str, to: &str) {
        let mut moves = self.0.lock();
        if moves.len() == REMEMBERED {
            moves.pop_front();
        }
        let (from, to) = (from.to_owned(), to.to_owned());
        moves.push_back(Move { id: id.to_owned(), from, to, progress: Progress::Running });
    }

    fn end(&self, id: &str, progress: Progress) {
        if let Some(found) = self.0.lock().iter_mut().find(|m| m.id == id) {
            found.progress = progress;
        }
    }

    fn find(&self, id: &str) -> Option<Move> {
        self.0.lock().iter().find(|m| m.id == id).cloned()
    }
}

/// Answers with an id at once, as Vault does; the move itself is one transaction.
async fn start(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let (from, to) = (path(input, "from")?, path(input, "to")?);
    let own = destination(house, &from, &to)?;
    let id = random::uuid(&**request.entropy)?;
    house.unsealed.moves.begin(&id, &from, &to);
    tokio::spawn(run(house.clone(), id.clone(), from, own));
    Ok(Reply::doubled(|w| {
        w.key("migration_id");
        w.string(&id);
    })
    .warn("Mount move has been queued. Progress will be reported in Vault's server log, tagged with the returned migration_id"))
}

async fn run(house: House, id: String, from: String, to: String) {
    let progress = match house.unsealed.mounts.rename(&house.vault, &from, &to).await {
        Ok(()) => {
            tracing::info!(migration_id = id, from, to, "mount moved");
            Progress::Done
        }
        Err(fault) => {
            tracing::error!(migration_id = id, from, to, error = %fault, "moving a mount failed");
            Progress::Failed
        }
    };
    house.unsealed.moves.end(&id, progress);
}

/// A path of the body, with a slash at its end.
fn path(input: Input<'_>, name: &str) -> Result<String, Fault> {
    let given = input.string(name)?.unwrap_or_default();
    if given.trim().is_empty() {
        return Err(Fault::invalid("both 'from' and 'to' path must be specified as a string"));
    }
    let refused = |what: &str| Err(Fault::invalid(format!("'{name}' path cannot contain {what}")));
    if given.starts_with(char::is_whitespace) {
        return refused("leading whitespace");
    }
    if given.ends_with(char::is_whitespace) {
        return refused("trailing whitespace");
    }
    let path = format!("{}/", given.trim_matches('/'));
    if kvd_types::ApiPath::checked(path.clone()).is_err() {
        return Err(Fault::invalid(format!("'{name}' is not the path of a mount")));
    }
    Ok(path)
}

/// The new path, without `auth/` in front.
fn destination(house: &House, from: &str, to: &str) -> Result<String, Fault> {
    if matches!(from, "sys/" | "cubbyhole/" | "identity/" | "auth/token/") {
        return Err(Fault::invalid(format!("cannot remount {from:?}")));
    }
    let (was_auth, own) = (from.starts_with("auth/"), to.strip_prefix("auth/"));
    if was_auth && own.is_none() {
        return Err(Fault::invalid(format!("cannot remount auth mount to non-auth mount {to:?}")));
    }
    let first = to.split('/').next().unwrap_or_default();
    let reserved = matches!(first, "sys" | "cubbyhole" | "identity" | "audit" | "auth");
    if (!was_auth && reserved) || to.starts_with("auth/token/") || to == "auth/" {
        return Err(Fault::invalid(format!("cannot remount to destination {to}")));
    }
    let table = house.unsealed.mounts.table();
    if table.get(from).is_none() {
        return Err(Fault::invalid(format!("no matching mount at {from:?}")));
    }
    if let Some(taken) = table.conflict(to) {
        return Err(Fault::invalid(format!("path already in use at {:?}", taken.info.path)));
    }
    Ok(own.unwrap_or(to).to_owned())
}

async fn status(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let found = house.unsealed.moves.find(request.params.get("migration_id")).ok_or_else(Fault::absent)?;
    Ok(Reply::object(|w| {
        w.key("migration_id");
        w.string(&found.id);
        w.key("migration_info");
        w.begin_object();
        w.key("source_mount");
        w.string(&found.from);
        w.key("status");
        w.string(found.progress.as_str());
        w.key("target_mount");
        w.string(&found.to);
        w.end_object();
    }))
}

//! `sys/loggers`: how much each part of the program logs, until the next start.

use super::routes::{field, route};
use crate::{
    house::House,
    log_levels::{LOGGERS, LogLevel},
};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply};

const LEVEL: &[Field] = &[field("level", FieldKind::String, "trace, debug, info, warn or error.")];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "loggers",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r))),
            (Operation::Write, |h, r| Box::pin(write(h, r))),
            (Operation::Delete, |h, r| Box::pin(reset(h, r))),
        ],
        LEVEL,
        "The levels of all parts of the log.",
    ),
    route(
        "loggers/{name*}",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r))),
            (Operation::Write, |h, r| Box::pin(write(h, r))),
            (Operation::Delete, |h, r| Box::pin(reset(h, r))),
        ],
        LEVEL,
        "The level of one part of the log.",
    ),
]);

async fn read(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let asked = request.params.get("name");
    let levels = house.vault.log_levels.get();
    Ok(Reply::object(|w| {
        for (name, level) in levels.iter().filter(|(name, _)| asked.is_empty() || *name == asked) {
            w.key(name);
            w.string(level.as_str());
        }
    }))
}

async fn write(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = Input::new(request.data()).string("level")?.unwrap_or_default();
    if name.is_empty() {
        return Err(Fault::invalid("level is required"));
    }
    let level = LogLevel::parse(&name).ok_or_else(|| {
        let shown: String = name.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
        Fault::invalid(format!("invalid level provided: unknown log level: {shown}"))
    })?;
    set(house, request, Some(level))
}

async fn reset(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    set(house, request, None)
}

fn set(house: &House, request: Request<'_>, level: Option<LogLevel>) -> Result<Reply, Fault> {
    let part = match request.params.get("name") {
        "" => None,
        name => {
            let known = LOGGERS.into_iter().find(|l| *l == name);
            Some(known.ok_or_else(|| Fault::invalid(format!("logger {name:?} not found")))?)
        }
    };
    house.vault.log_levels.edit(|levels| levels.set(part, level));
    Ok(Reply::empty())
}

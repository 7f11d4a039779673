//! `sys/key-status` and `sys/rotate`: the data key, and when it is replaced.

use super::routes::{field, route};
use crate::{
    house::House,
    seal::{
        barrier_fault,
        rotation::{FEWEST, MOST, RotationConfig, SHORTEST},
    },
};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_types::{Fault, GoDuration, Operation, Reply};
use std::time::Duration;

const CONFIG: &[Field] = &[
    field("enabled", FieldKind::Bool, "Whether the data key is replaced without anybody asking."),
    field("interval", FieldKind::Duration, "After how long; 0 for never."),
    field("max_operations", FieldKind::Int, "After how many encryptions."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "key-status",
        Access::Token,
        &[(Operation::Read, |h, r| Box::pin(status(h, r)))],
        &[],
        "The data key that seals at present.",
    ),
    route(
        "rotate",
        Access::Sudo,
        &[(Operation::Write, |h, r| Box::pin(rotate(h, r)))],
        &[],
        "Replaces the data key.",
    ),
    route(
        "rotate/keyring",
        Access::Sudo,
        &[(Operation::Write, |h, r| Box::pin(rotate(h, r)))],
        &[],
        "Replaces the data key.",
    ),
    route(
        "rotate/config",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read_config(h, r))),
            (Operation::Write, |h, r| Box::pin(write_config(h, r))),
        ],
        CONFIG,
        "When the data key is replaced without anybody asking.",
    ),
    route(
        "rotate/keyring/config",
        Access::Token,
        &[
            (Operation::Read, |h, r| Box::pin(read_config(h, r))),
            (Operation::Write, |h, r| Box::pin(write_config(h, r))),
        ],
        CONFIG,
        "When the data key is replaced without anybody asking.",
    ),
    route(
        "rotate/root",
        Access::Sudo,
        &[(Operation::Write, |h, r| Box::pin(rotate_root(h, r)))],
        &[],
        "Replaces the root key; the shares stay as they are.",
    ),
]);

async fn status(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let key = house.unsealed.barrier.key_status().ok_or_else(Fault::sealed)?;
    Ok(Reply::doubled(|w| {
        w.key("encryptions");
        w.int(i64::try_from(key.encryptions).unwrap_or(i64::MAX));
        w.key("install_time");
        w.display(key.installed);
        w.key("term");
        w.int(key.term.into());
    }))
}

async fn rotate(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let key = house.unsealed.barrier.rotate(request.now).await.map_err(barrier_fault)?;
    tracing::info!(term = key.term, "the data key was rotated");
    Ok(Reply::empty())
}

async fn rotate_root(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    house.unsealed.barrier.rotate_root().await.map_err(barrier_fault)?;
    tracing::info!("the root key was rotated");
    Ok(Reply::empty())
}

async fn read_config(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let config = house.unsealed.rotation.0.get();
    Ok(Reply::object(|w| {
        w.key("enabled");
        w.bool(config.enabled);
        w.key("interval");
        match config.interval_seconds {
            0 => w.int(0),
            seconds => w.display(GoDuration::from(Duration::from_secs(seconds))),
        }
        w.key("max_operations");
        w.int(config.max_operations);
    }))
}

async fn write_config(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let (operations, interval, enabled) =
        (input.int("max_operations")?, input.duration("interval")?, input.bool("enabled")?);
    if operations.is_some_and(|n| !(FEWEST..=MOST).contains(&n)) {
        let text = format!("max_operations must be in the range [{FEWEST},{MOST}]");
        return Err(Fault::invalid(text));
    }
    if interval.is_some_and(|i| !i.is_zero() && i < SHORTEST) {
        let text = format!("interval must be greater or equal to {}", GoDuration::from(SHORTEST));
        return Err(Fault::invalid(text));
    }
    let changed = |old: &RotationConfig| {
        Ok(RotationConfig {
            enabled: enabled.unwrap_or(old.enabled),
            max_operations: operations.unwrap_or(old.max_operations),
            interval_seconds: interval.map_or(old.interval_seconds, |i| i.as_secs()),
        })
    };
    house.unsealed.rotation.0.edit(changed).await?;
    Ok(Reply::empty())
}

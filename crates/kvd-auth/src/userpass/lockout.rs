//! Lockout: too many failed logins in a row with one name end in a time in which none succeeds.
//!
//! Names without a user are counted like all others: a lockout tells nobody who exists. The counts are stored, so a
//! restart does not clear them; each new one sweeps away a few old ones, so what guesses at made-up names leave
//! behind does not grow with time.

use crate::record;
use kvd_backend::Lockout;
use kvd_storage::{Page, Table, View, ViewTx, transact};
use kvd_types::{Fault, Timestamp};
use ring::digest;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard};

const FOLDER: &str = "failures/";
/// Old counts that a new one looks at: two for one, so that there are ever fewer.
const SWEPT: usize = 2;
/// Longer names are counted like others, but not shown: anybody can make them up.
const SHOWN_BYTES: usize = 256;
/// Names that wait for each other although they differ are rare enough.
const STRIPES: usize = 64;

/// The failed logins with a name since the last one that succeeded.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Failures {
    count: u32,
    last_nanos: i64,
    /// For whoever unlocks names; none of a name that is too long to be shown.
    #[serde(default)]
    name: Option<String>,
}

impl Failures {
    /// Whether the name is locked at `now`.
    fn is_locked(&self, rules: Lockout, now: Timestamp) -> bool {
        let end = Timestamp::from_nanos(self.last_nanos).plus(rules.duration);
        rules.threshold > 0 && self.count >= rules.threshold && now < end
    }

    /// Whether it counts for nothing any more.
    fn is_over(&self, rules: Lockout, now: Timestamp) -> bool {
        let kept = if self.count >= rules.threshold { rules.duration } else { rules.counter_reset };
        now >= Timestamp::from_nanos(self.last_nanos).plus(kept)
    }

    /// With one failure more.
    fn and_one(self, rules: Lockout, now: Timestamp) -> Self {
        let count = if self.is_over(rules, now) { 0 } else { self.count };
        Self { count: count.saturating_add(1), last_nanos: now.nanos(), name: self.name }
    }
}

/// One login at a time for each name.
pub(super) struct Turns([Mutex<()>; STRIPES]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl Turns {
    /// Waits for the turn of a name.
    pub(super) async fn wait(&self, name: &str) -> MutexGuard<'_, ()> {
        let hash = digest::digest(&digest::SHA256, name.as_bytes());
        let stripe = hash.as_ref().first().map_or(0, |b| usize::from(*b) % STRIPES);
        self.0[stripe].lock().await
    }
}

/// Refuses a name that is locked.
///
/// # Errors
/// When it is, or when the store fails.
pub(super) async fn check(view: &dyn View, name: &str, rules: Lockout, now: Timestamp) -> Result<(), Fault> {
    let failures: Option<Failures> = record::read(view, record::slot(FOLDER, &place(name))).await?;
    match failures {
        Some(failures) if failures.is_locked(rules, now) => Err(Fault::permission_denied()),
        Some(_) | None => Ok(()),
    }
}

/// Counts a failed login.
///
/// # Errors
/// When the store fails.
pub(super) async fn count(view: &dyn View, name: &str, rules: Lockout, now: Timestamp) -> Result<(), Fault> {
    if rules.threshold == 0 {
        return Ok(());
    }
    let place = place(name);
    let shown = Some(name.to_owned()).filter(|name| name.len() <= SHOWN_BYTES);
    transact(view, move |tx| -> Result<(), Fault> {
        let failures: Option<Failures> = record::read_in(tx, record::slot(FOLDER, &place))?;
        if failures.is_none() {
            sweep(tx, &place, rules, now)?;
        }
        let failures = Failures { name: shown.clone(), ..failures.unwrap_or_default() };
        record::write(tx, record::slot(FOLDER, &place), &failures.and_one(rules, now))
    })
    .await
}

/// Looks at the counts that come next in the folder: places are hashes, so in time all of them do.
fn sweep(tx: &mut dyn ViewTx, place: &str, rules: Lockout, now: Timestamp) -> Result<(), Fault> {
    let page = Page { after: Some(place), limit: Some(SWEPT) };
    for other in tx.list(Table::Heads, FOLDER, page)? {
        let failures: Option<Failures> = record::read_in(tx, record::slot(FOLDER, &other))?;
        if failures.is_some_and(|f| f.is_over(rules, now)) {
            tx.delete(record::slot(FOLDER, &other));
        }
    }
    Ok(())
}

/// The names that are locked, sorted. Opens the count of every name that has failed of late.
///
/// # Errors
/// When the store fails.
pub(super) async fn locked(view: &dyn View, rules: Lockout, now: Timestamp) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for (_, opened) in view.list_records(Table::Heads, FOLDER).await? {
        let failures: Failures = record::decode(&opened)?;
        if failures.is_locked(rules, now) {
            names.extend(failures.name);
        }
    }
    names.sort();
    Ok(names)
}

/// Forgets the failures of a name that somebody lets in again, in whatever spelling.
///
/// # Errors
/// When the store fails.
pub(super) async fn unlock(view: &dyn View, name: &str) -> Result<(), Fault> {
    let name = name.to_ascii_lowercase();
    transact(view, move |tx| -> Result<(), Fault> {
        forget(tx, &name);
        Ok(())
    })
    .await
}

/// Forgets the failures of a name that has logged in.
pub(super) fn forget(tx: &mut dyn ViewTx, name: &str) {
    tx.delete(record::slot(FOLDER, &place(name)));
}

/// Names can be of any length; their places cannot.
fn place(name: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const RULES: Lockout =
        Lockout { threshold: 3, duration: Duration::from_secs(60), counter_reset: Duration::from_secs(10) };

    #[test]
    fn failures_in_a_row_lock_a_name_for_a_while() {
        // Seconds at which logins fail, and at which the name is then looked at.
        for (failures, look, locked) in [
            (&[0, 1][..], 1, false),
            (&[0, 1, 2], 2, true),
            (&[0, 1, 2], 61, true),
            (&[0, 1, 2], 62, false),
            (&[0, 10, 20], 20, false),
            (&[0, 9, 18], 18, true),
            (&[0, 1, 2, 62, 63], 63, false),
        ] {
            let state = failures
                .iter()
                .fold(Failures::default(), |f, at| f.and_one(RULES, Timestamp::from_seconds(1000 + at)));
            let now = Timestamp::from_seconds(1000 + look);
            assert_eq!(state.is_locked(RULES, now), locked, "{failures:?} {look}");
            assert!(!state.is_locked(Lockout { threshold: 0, ..RULES }, now));
        }
    }
}

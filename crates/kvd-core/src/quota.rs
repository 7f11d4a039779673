//! Rate limits: how many calls an address may make on a part of the API in a span of time.

use crate::{config::Stored, mount::MountTable};
use kvd_barrier::Barrier;
use kvd_types::{Fault, FaultKind, Timestamp};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

/// Addresses whose calls are counted for one limit; the count of one over this begins anew.
const ADDRESSES: usize = 65_536;

/// A limit, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RateLimit {
    /// Empty for everything; otherwise below it. A mount's path, or a path within a mount.
    pub(crate) path: String,
    /// The path of the mount that it goes with.
    pub(crate) mount: Option<String>,
    /// Calls in an interval.
    pub(crate) rate: f64,
    pub(crate) interval_seconds: u64,
    /// How long an address that went over the limit is refused altogether; 0 for the rest of the interval.
    pub(crate) block_seconds: u64,
    pub(crate) inheritable: bool,
}

/// What holds for all limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct QuotaConfig {
    pub(crate) audit_refusals: bool,
    pub(crate) send_headers: bool,
    pub(crate) exempt_paths: Vec<String>,
}

impl Default for QuotaConfig {
    /// What has to work for an operator who is locked out by a limit.
    fn default() -> Self {
        let exempt = [
            "sys/generate-root/attempt",
            "sys/generate-root/update",
            "sys/health",
            "sys/seal-status",
            "sys/unseal",
        ];
        Self { audit_refusals: false, send_headers: false, exempt_paths: exempt.map(str::to_owned).into() }
    }
}

type Limits = BTreeMap<String, RateLimit>;

/// The limits of an unsealed vault.
pub(crate) struct Quotas {
    pub(crate) config: Stored<QuotaConfig>,
    limits: Stored<Limits>,
    counting: Mutex<BTreeMap<String, Arc<Counting>>>,
}

/// What a limit has counted. It begins anew when the limit is written.
struct Counting {
    of: RateLimit,
    by_address: Cache<Option<IpAddr>, Arc<Mutex<Window>>>,
}

#[derive(Default)]
struct Window {
    ends: Timestamp,
    used: u64,
    blocked_until: Timestamp,
}

/// Whether a call may come in.
pub(crate) enum Admission {
    /// No limit holds for it.
    Free,
    /// It may; these headers tell the caller how it stands.
    Counted(Vec<(&'static str, String)>),
    /// It is over its limit.
    Refused { fault: Fault, is_recorded: bool },
}

/// How a call stands to the limit that holds for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    limit: u64,
    remaining: u64,
    reset_seconds: u64,
    is_refused: bool,
}

impl Quotas {
    /// Reads all limits. Those of mounts that are gone are passed over, should the vault have been killed between the
    /// two removals.
    pub(crate) async fn load(barrier: &Arc<Barrier>, mounts: &MountTable) -> Result<Self, Fault> {
        let quotas = Self {
            config: Stored::load(barrier, "quota-config").await?,
            limits: Stored::load(barrier, "rate-limits").await?,
            counting: Mutex::default(),
        };
        let gone = |limit: &RateLimit| limit.mount.as_deref().is_some_and(|m| mounts.get(m).is_none());
        if quotas.limits.get().values().any(gone) {
            quotas.change(|limits| limits.retain(|_, limit| !gone(limit))).await?;
        }
        Ok(quotas)
    }

    /// All limits by name.
    pub(crate) fn limits(&self) -> Arc<Limits> {
        self.limits.get()
    }

    /// Sets a limit.
    ///
    /// # Errors
    /// When another has the same path, or the store fails.
    pub(crate) async fn write(&self, name: &str, limit: RateLimit) -> Result<(), Fault> {
        let edit = |old: &Limits| {
            if let Some((taken, _)) = old.iter().find(|(n, l)| *n != name && l.path == limit.path) {
                let text = format!("quota rule with similar properties exists under the name {taken:?}");
                return Err(Fault::invalid(text));
            }
            let mut limits = old.clone();
            limits.insert(name.to_owned(), limit);
            Ok(limits)
        };
        self.limits.edit(edit).await?;
        self.counting.lock().remove(name);
        Ok(())
    }

    /// Removes a limit; one that is not there is no error.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), Fault> {
        self.change(|limits| {
            limits.remove(name);
        })
        .await
    }

    /// Removes the limits that go with a mount.
    pub(crate) async fn forget_mount(&self, mount: &str) -> Result<(), Fault> {
        if self.limits.get().values().any(|l| l.mount.as_deref() == Some(mount)) {
            self.change(|limits| limits.retain(|_, l| l.mount.as_deref() != Some(mount))).await?;
        }
        Ok(())
    }

    async fn change(&self, edit: impl FnOnce(&mut Limits)) -> Result<(), Fault> {
        let edited = |old: &Limits| {
            let mut limits = old.clone();
            edit(&mut limits);
            Ok(limits)
        };
        self.limits.edit(edited).await?;
        let limits = self.limits.get();
        self.counting.lock().retain(|name, _| limits.contains_key(name));
        Ok(())
    }

    /// Counts a call and says whether it may come in.
    pub(crate) fn admit(&self, path: &str, address: Option<IpAddr>, now: Timestamp) -> Admission {
        let Some(standing) = self.count(path, address, now) else { return Admission::Free };
        let config = self.config.get();
        let headers = if config.send_headers { standing.headers() } else { Vec::new() };
        if !standing.is_refused {
            return Admission::Counted(headers);
        }
        let text = format!("request path {path:?}: rate limit quota exceeded");
        let fault = Fault {
            retry_after_seconds: config.send_headers.then_some(standing.reset_seconds),
            headers,
            ..Fault::new(FaultKind::RateLimited, text)
        };
        Admission::Refused { fault, is_recorded: config.audit_refusals }
    }

    /// Turns a call away before its body is read, where it is certain to be refused and nobody wants that on record.
    pub(crate) fn turn_away(&self, path: &str, address: Option<IpAddr>, now: Timestamp) -> Option<Fault> {
        if self.config.get().audit_refusals || !self.is_over(path, address, now) {
            return None;
        }
        match self.admit(path, address, now) {
            Admission::Refused { fault, .. } => Some(fault),
            Admission::Free | Admission::Counted(_) => None,
        }
    }

    fn is_over(&self, path: &str, address: Option<IpAddr>, now: Timestamp) -> bool {
        let Some((limit, counting)) = self.limit_for(path) else { return false };
        counting.by_address.get(&place_of(address)).is_some_and(|window| window.lock().is_over(&limit, now))
    }

    /// Counts a call against the limit that holds for its path, if there is one.
    fn count(&self, path: &str, address: Option<IpAddr>, now: Timestamp) -> Option<Standing> {
        let (limit, counting) = self.limit_for(path)?;
        let place = place_of(address);
        let window = counting.by_address.get_or_insert_with(&place, || Ok::<_, ()>(Arc::default()));
        let Ok(window) = window else { return None };
        let standing = window.lock().count(&limit, now);
        Some(standing)
    }

    /// The limit that holds for a path, and what it has counted.
    fn limit_for(&self, path: &str) -> Option<(RateLimit, Arc<Counting>)> {
        let limits = self.limits.get();
        if limits.is_empty() || self.config.get().exempt_paths.iter().any(|exempt| is_at(path, exempt)) {
            return None;
        }
        // The longest path that fits is the most particular limit; the empty one is for everything.
        let (name, limit) =
            limits.iter().filter(|(_, l)| is_at(path, &l.path)).max_by_key(|(_, l)| l.path.len())?;
        Some((limit.clone(), self.counting_of(name, limit)))
    }

    fn counting_of(&self, name: &str, limit: &RateLimit) -> Arc<Counting> {
        let mut all = self.counting.lock();
        match all.get(name) {
            Some(counting) if counting.of == *limit => Arc::clone(counting),
            _ => {
                let counting = Arc::new(Counting { of: limit.clone(), by_address: Cache::new(ADDRESSES) });
                all.insert(name.to_owned(), Arc::clone(&counting));
                counting
            }
        }
    }
}

/// Whose calls are counted together: those of one address, or of one network of IPv6, since whoever has one address of
/// it has them all.
fn place_of(address: Option<IpAddr>) -> Option<IpAddr> {
    address.map(|address| match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    })
}

/// Whether `path` is `place` itself or below it; everything is below the empty place.
fn is_at(path: &str, place: &str) -> bool {
    let place = place.trim_end_matches(['*', '/']);
    match path.strip_prefix(place) {
        Some(rest) => place.is_empty() || rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

impl Window {
    fn is_over(&self, limit: &RateLimit, now: Timestamp) -> bool {
        self.blocked_until > now || (self.ends > now && self.used >= limit.calls())
    }

    fn count(&mut self, limit: &RateLimit, now: Timestamp) -> Standing {
        let interval = Duration::from_secs(limit.interval_seconds);
        if self.ends <= now {
            (self.ends, self.used) = (now.plus(interval), 0);
        }
        let most = limit.calls();
        let over = self.used >= most;
        if over && limit.block_seconds > 0 && self.blocked_until <= now {
            self.blocked_until = now.plus(Duration::from_secs(limit.block_seconds));
        }
        let is_refused = over || self.blocked_until > now;
        if !is_refused {
            self.used += 1;
        }
        let wait = self.ends.max(self.blocked_until).since(now);
        Standing {
            limit: most,
            remaining: most - self.used.min(most),
            reset_seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
            is_refused,
        }
    }
}

impl RateLimit {
    /// Whole calls in an interval; one at least.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and a rate is positive"
    )]
    fn calls(&self) -> u64 {
        (self.rate.round() as u64).max(1)
    }
}

impl Standing {
    /// The headers that tell a caller how it stands.
    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", self.remaining.to_string()),
            ("x-ratelimit-reset", self.reset_seconds.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(rate: f64, block_seconds: u64) -> RateLimit {
        RateLimit {
            path: String::new(),
            mount: None,
            rate,
            interval_seconds: 60,
            block_seconds,
            inheritable: true,
        }
    }

    /// Which calls at these seconds are refused.
    fn refused(limit: &RateLimit, seconds: &[i64]) -> Vec<bool> {
        let mut window = Window::default();
        seconds.iter().map(|s| window.count(limit, Timestamp::from_seconds(1000 + s)).is_refused).collect()
    }

    #[test]
    fn calls_over_the_limit_are_refused_until_the_interval_is_over() {
        assert_eq!(
            refused(&limit(2.0, 0), &[0, 1, 2, 59, 60, 61, 62]),
            [false, false, true, true, false, false, true]
        );
        assert_eq!(refused(&limit(0.2, 0), &[0, 1, 60]), [false, true, false]);
    }

    #[test]
    fn an_address_over_the_limit_stays_blocked_for_as_long_as_said() {
        assert_eq!(refused(&limit(1.0, 100), &[0, 1, 61, 100, 101]), [false, true, true, true, false]);
    }

    #[test]
    fn v120_addresses_of_one_ipv6_network_are_counted_together_and_those_of_ipv4_apart() {
        for (one, other, same) in [
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("10.0.0.1", "10.0.0.2", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
        ] {
            let place = |text: &str| place_of(Some(text.parse().unwrap()));
            assert_eq!(place(one) == place(other), same, "{one} {other}");
        }
    }

    #[test]
    fn v111_a_call_is_turned_away_only_when_it_would_be_refused() {
        let limit = limit(2.0, 0);
        let mut window = Window::default();
        for (second, over) in [(0, false), (1, false), (2, true), (59, true), (60, false)] {
            let now = Timestamp::from_seconds(1000 + second);
            assert_eq!(window.is_over(&limit, now), over, "{second}");
            assert_eq!(window.count(&limit, now).is_refused, over, "{second}");
        }
    }

    #[test]
    fn a_place_takes_in_what_is_below_it_and_nothing_beside_it() {
        for (path, place, want) in [
            ("secret/data/a", "", true),
            ("secret/data/a", "secret/", true),
            ("secret/data/a", "secret/data/a", true),
            ("secret/data/ab", "secret/data/a", false),
            ("secrets/x", "secret/", false),
            ("sys/health", "sys/*", true),
        ] {
            assert_eq!(is_at(path, place), want, "{path} {place}");
        }
    }
}

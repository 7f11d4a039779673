//! How long a token lives: what is asked for, held against what is allowed.

use kvd_types::{GoDuration, LoginTimes, Timestamp};
use std::time::Duration;

/// What is asked for. Zero stands for "not said", as everywhere in Vault's API.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wish {
    /// The time from now on.
    pub(crate) ttl: Duration,
    /// The period, which takes the place of `ttl`. It can be no longer than the maximum, but be renewed past it.
    pub(crate) period: Duration,
    /// The most, counted from when the token was made.
    pub(crate) explicit_max: Duration,
}

/// What is allowed where nobody says otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The time that a token gets when none is asked for.
    pub(crate) default: Duration,
    /// The most, counted from when the token was made.
    pub(crate) max: Duration,
}

/// What the role of a login asks for, and the bounds that it puts beside those of its mount.
pub(crate) fn of_login(times: LoginTimes, mount: Bounds) -> (Wish, Bounds) {
    let max = match times.max_ttl {
        Duration::ZERO => mount.max,
        max => max.min(mount.max),
    };
    let wish = Wish { ttl: times.ttl, period: times.period, explicit_max: times.explicit_max };
    (wish, Bounds { default: mount.default.min(max), max })
}

/// What is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// The time from now on; never zero.
    pub(crate) ttl: Duration,
    /// What the caller should know of what was cut.
    pub(crate) warnings: Vec<String>,
}

/// Holds a wish against the bounds, for a token made at `created`, now.
pub(crate) fn grant(wish: Wish, bounds: Bounds, created: Timestamp, now: Timestamp) -> Lifetime {
    let age = now.since(created);
    if !wish.period.is_zero() {
        let left = match wish.explicit_max {
            Duration::ZERO => bounds.max,
            explicit => explicit.saturating_sub(age).min(bounds.max),
        };
        if wish.period > left {
            return cut(left, "period", "period value", wish.period);
        }
        return Lifetime { ttl: wish.period, warnings: Vec::new() };
    }
    let max = match wish.explicit_max {
        Duration::ZERO => bounds.max,
        explicit => explicit.min(bounds.max),
    };
    let left = max.saturating_sub(age);
    let ttl = if wish.ttl.is_zero() { bounds.default } else { wish.ttl };
    if ttl > left { cut(left, "TTL", "TTL value", ttl) } else { Lifetime { ttl, warnings: Vec::new() } }
}

fn cut(left: Duration, what: &str, what_value: &str, asked: Duration) -> Lifetime {
    let text = |d: Duration| GoDuration::from(Duration::from_secs(d.as_secs()));
    // A part of a second is no news: what is asked for again a moment later is given.
    let whole = left + Duration::from_nanos(999_999_999);
    let warning = (asked.as_secs() > whole.as_secs()).then(|| {
        format!(
            "{what} of {:?} exceeded the effective max_ttl of {:?}; {what_value} is capped accordingly",
            short(&text(asked).to_string()),
            short(&text(whole).to_string()),
        )
    });
    // A token with nothing left ends at once; it must never become one without an end.
    Lifetime { ttl: left.max(Duration::from_nanos(1)), warnings: warning.into_iter().collect() }
}

/// `9h0m0s` is written `9h`.
fn short(text: &str) -> String {
    let text = text.strip_suffix("m0s").map_or(text.to_owned(), |t| format!("{t}m"));
    text.strip_suffix("h0m").map_or(text.clone(), |t| format!("{t}h"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;

    fn check(wish: (u64, u64, u64), age: u64, want: u64, warnings: usize) {
        let s = Duration::from_secs;
        let wish = Wish { ttl: s(wish.0), period: s(wish.1), explicit_max: s(wish.2) };
        let bounds = Bounds { default: s(2 * HOUR), max: s(10 * HOUR) };
        let created = Timestamp::from_seconds(1_000_000);
        let got = grant(wish, bounds, created, created.plus(s(age)));
        assert_eq!((got.ttl.as_secs(), got.warnings.len()), (want, warnings), "{wish:?} {age}");
        assert!(!got.ttl.is_zero());
    }

    #[test]
    fn wishes_are_held_against_the_bounds() {
        check((0, 0, 0), 0, 2 * HOUR, 0);
        check((HOUR, 0, 0), 0, HOUR, 0);
        check((20 * HOUR, 0, 0), 0, 10 * HOUR, 1);
        check((HOUR, 0, HOUR / 2), 0, HOUR / 2, 1);
        check((0, HOUR, 0), 0, HOUR, 0);
        check((5, HOUR, 0), 50 * HOUR, HOUR, 0);
        check((0, 11 * HOUR, 0), 50 * HOUR, 10 * HOUR, 1);
        check((0, 2 * HOUR, HOUR), 0, HOUR, 1);
        check((HOUR, 0, 0), 9 * HOUR + HOUR / 2, HOUR / 2, 1);
    }

    #[test]
    fn v028_a_renewal_at_the_very_end_never_makes_a_token_without_an_end() {
        for age in [10 * HOUR - 1, 10 * HOUR, 10 * HOUR + 1, 1000 * HOUR] {
            check((HOUR, 0, 0), age, (10 * HOUR).saturating_sub(age), 1);
        }
    }

    #[test]
    fn v042_of_all_limits_the_smallest_counts() {
        let s = Duration::from_secs;
        let some = |n: u64, none: u64| if n == 0 { none } else { n };
        let times = [0, 1, 5, 60, 3600];
        let created = Timestamp::from_seconds(1_000_000);
        for (ttl, period) in times.iter().flat_map(|a| times.map(|b| (*a, b))) {
            for (explicit, max) in times.iter().flat_map(|a| [1, 7, 600].map(|b| (*a, b))) {
                for (default, age) in [(1, 0), (30, 0), (30, 3), (30, 10_000)] {
                    let wish = Wish { ttl: s(ttl), period: s(period), explicit_max: s(explicit) };
                    let got = grant(
                        wish,
                        Bounds { default: s(default), max: s(max) },
                        created,
                        created.plus(s(age)),
                    );
                    let own_limit = some(explicit, u64::MAX).saturating_sub(age);
                    let want = match period {
                        0 => some(ttl, default).min(own_limit).min(max.saturating_sub(age)),
                        period => period.min(own_limit).min(max),
                    };
                    assert_eq!(got.ttl.as_secs(), want, "{wish:?} {max} {default} {age}");
                    assert!(!got.ttl.is_zero());
                }
            }
        }
    }

    #[test]
    fn a_part_of_a_second_is_no_news() {
        let s = Duration::from_secs;
        let wish = Wish { ttl: s(10 * HOUR), ..Wish::default() };
        let bounds = Bounds { default: s(HOUR), max: s(10 * HOUR) };
        let created = Timestamp::from_seconds(1_000_000);
        for (age_millis, warnings, shown) in
            [(0, 0, ""), (999, 0, ""), (1001, 1, "\"9h59m59s\""), (2000, 1, "\"9h59m58s\"")]
        {
            let age = Duration::from_millis(age_millis);
            let got = grant(wish, bounds, created, created.plus(age));
            assert_eq!(got.ttl, s(10 * HOUR) - age);
            assert_eq!(got.warnings.len(), warnings, "{age_millis}");
            assert!(got.warnings.iter().all(|warning| warning.contains(shown)), "{:?}", got.warnings);
        }
    }

    #[test]
    fn durations_are_written_short() {
        for (long, want) in [
            ("9h0m0s", "9h"),
            ("1h30m0s", "1h30m"),
            ("30m0s", "30m"),
            ("90s", "90s"),
            ("1h0m5s", "1h0m5s"),
            ("10m0s", "10m"),
        ] {
            assert_eq!(short(long), want);
        }
    }
}

//! Moments and lengths of time in messages.

use kvd_types::{Fault, Timestamp, parse_duration};
use std::time::Duration;

/// A moment.
pub(crate) fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let nanos = time.nanos().rem_euclid(1_000_000_000);
    prost_types::Timestamp { seconds: time.seconds(), nanos: i32::try_from(nanos).unwrap_or_default() }
}

/// A moment out of its text (RFC 3339); none when it is no such text.
pub(crate) fn parse(text: &str) -> Option<prost_types::Timestamp> {
    text.parse().ok()
}

/// A length of time.
pub(crate) fn duration(length: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(length.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(length.subsec_nanos()).unwrap_or_default(),
    }
}

/// A length of time in whole seconds.
pub(crate) fn seconds(seconds: u64) -> prost_types::Duration {
    duration(Duration::from_secs(seconds))
}

/// A length of time out of its text, such as `1h30m`; nothing when it is no such text.
pub(crate) fn parse_length(text: &str) -> prost_types::Duration {
    let nanos = parse_duration(text).ok().and_then(|nanos| u64::try_from(nanos).ok());
    duration(Duration::from_nanos(nanos.unwrap_or(0)))
}

/// The whole seconds of a length of time that a caller gives.
///
/// # Errors
/// When it is negative.
pub(crate) fn whole_seconds(given: prost_types::Duration) -> Result<i64, Fault> {
    if given.seconds < 0 || given.nanos < 0 {
        return Err(Fault::invalid("a duration must not be negative"));
    }
    Ok(given.seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_out_as_they_are() {
        for nanos in [0, 1_700_000_000_120_000_000, -1, 1_700_000_000_000_000_001] {
            let time = Timestamp::from_nanos(nanos);
            assert_eq!(parse(&time.to_string()), Some(timestamp(time)), "{nanos}");
        }
        assert_eq!(parse(""), None);
    }

    #[test]
    fn a_negative_length_is_refused() {
        let given = |seconds, nanos| whole_seconds(prost_types::Duration { seconds, nanos });
        assert_eq!(given(90, 5).unwrap(), 90);
        assert_eq!(given(0, 0).unwrap(), 0);
        for (seconds, nanos) in [(-1, 0), (0, -1), (i64::MIN, i32::MIN)] {
            assert!(given(seconds, nanos).is_err(), "{seconds} {nanos}");
        }
    }
}

//! Durations as Vault's clients write them, and as Go prints them.

use std::{fmt, time::Duration};
use thiserror::Error;

/// Why a text is no duration; never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DurationError {
    /// Not a number with a unit.
    #[error("not a duration")]
    Malformed,
    /// Below zero, where only a length of time makes sense.
    #[error("a duration cannot be negative")]
    Negative,
    /// More than 2^63 nanoseconds (about 292 years).
    #[error("duration is too long")]
    TooLong,
}

/// Parses a number of seconds (`90`) or a sum of numbers with units (`1h30m`, `1.5h`, `1d`), with a sign in front.
///
/// Returns nanoseconds; the empty text is 0. Units: ns, us, µs, ms, s, m, h, d.
///
/// # Errors
/// When the text is malformed or does not fit 64 bits.
pub fn parse_duration(text: &str) -> Result<i64, DurationError> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if text.is_empty() {
        return if negative { Err(DurationError::Malformed) } else { Ok(0) };
    }
    let nanos = if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse::<i128>().map_err(|_| DurationError::TooLong)?.saturating_mul(1_000_000_000)
    } else {
        sum_of_units(text)?
    };
    let signed = if negative { -nanos } else { nanos };
    i64::try_from(signed).map_err(|_| DurationError::TooLong)
}

fn sum_of_units(text: &str) -> Result<i128, DurationError> {
    let mut total = 0_i128;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (whole, tail) = rest.split_at(digits);
        let (fraction, tail) = match tail.strip_prefix('.') {
            Some(after) => after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len())),
            None => ("", tail),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(DurationError::Malformed);
        }
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            _ => return Err(DurationError::Malformed),
        };
        total = total.saturating_add(scaled(whole, unit)?).saturating_add(fraction_of(fraction, unit));
        rest = tail;
    }
    Ok(total)
}

fn scaled(whole: &str, unit: i128) -> Result<i128, DurationError> {
    if whole.is_empty() {
        return Ok(0);
    }
    if whole.len() > 30 {
        return Err(DurationError::TooLong);
    }
    Ok(whole.parse::<i128>().map_err(|_| DurationError::TooLong)?.saturating_mul(unit))
}

/// Digits past the eighteenth change nothing that 64 bits can hold.
fn fraction_of(fraction: &str, unit: i128) -> i128 {
    let mut scale = 1_i128;
    let mut value = 0_i128;
    for digit in fraction.bytes().take(18) {
        value = value * 10 + i128::from(digit - b'0');
        scale *= 10;
    }
    value * unit / scale
}

/// Prints a duration as Go's `time.Duration` does: `720h0m0s`, `1m30s`, `1.5s`, `10ms`, `0s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoDuration(
    /// Nanoseconds.
    pub i64,
);

impl From<Duration> for GoDuration {
    fn from(d: Duration) -> Self {
        Self(i64::try_from(d.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let n = self.0.unsigned_abs();
        let decimals = |value: u64, unit: u64| {
            let width = unit.ilog10() as usize;
            let text = format!("{}.{:0width$}", value / unit, value % unit);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        match n {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{sign}{n}ns"),
            1_000..1_000_000 => write!(f, "{sign}{}µs", decimals(n, 1_000)),
            1_000_000..1_000_000_000 => write!(f, "{sign}{}ms", decimals(n, 1_000_000)),
            _ => {
                let (minutes, rest) = (n / 60_000_000_000, n % 60_000_000_000);
                let seconds = decimals(rest, 1_000_000_000);
                match (minutes / 60, minutes % 60) {
                    (0, 0) => write!(f, "{sign}{seconds}s"),
                    (0, m) => write!(f, "{sign}{m}m{seconds}s"),
                    (h, m) => write!(f, "{sign}{h}h{m}m{seconds}s"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_5_5_texts_become_nanoseconds_as_in_vault_or_are_refused() {
        const S: i64 = 1_000_000_000;
        for (text, want) in [
            ("", Ok(0)),
            ("0", Ok(0)),
            ("5", Ok(5 * S)),
            ("90", Ok(90 * S)),
            ("1.5h", Ok(5400 * S)),
            ("1h30m", Ok(5400 * S)),
            ("1d12h", Ok(129_600 * S)),
            (".5s", Ok(S / 2)),
            ("-5m", Ok(-300 * S)),
            ("+5m", Ok(300 * S)),
            ("10ms", Ok(10_000_000)),
            ("1µs", Ok(1_000)),
            ("2562047h", Ok(2_562_047 * 3600 * S)),
            ("2562048h", Err(DurationError::TooLong)),
            ("9223372036854775808", Err(DurationError::TooLong)),
            ("99999999999999999999999999999999999999999999999999", Err(DurationError::TooLong)),
            ("5 m", Err(DurationError::Malformed)),
            (" 5m", Err(DurationError::Malformed)),
            ("5M", Err(DurationError::Malformed)),
            ("5y", Err(DurationError::Malformed)),
            ("d", Err(DurationError::Malformed)),
            ("1e3", Err(DurationError::Malformed)),
            ("0x10", Err(DurationError::Malformed)),
            ("5.9", Err(DurationError::Malformed)),
            ("١٢", Err(DurationError::Malformed)),
            ("-", Err(DurationError::Malformed)),
        ] {
            assert_eq!(parse_duration(text), want, "{text:?}");
        }
    }

    #[test]
    fn nanoseconds_print_as_go_prints_them() {
        for (nanos, want) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (10_000_000, "10ms"),
            (1_500_000_000, "1.5s"),
            (90_000_000_000, "1m30s"),
            (2_592_000_000_000_000, "720h0m0s"),
            (3_600_000_000_000, "1h0m0s"),
            (-90_000_000_000, "-1m30s"),
            (3_661_000_000_001, "1h1m1.000000001s"),
        ] {
            assert_eq!(GoDuration(nanos).to_string(), want);
        }
    }
}

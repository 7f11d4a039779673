//! Durations as `time.Duration` prints and parses them, with the additions of Vault.

/// A signed length of time in nanoseconds, the resolution of Go's `time.Duration`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Duration {
    nanos: i64,
}

const SECOND: i64 = 1_000_000_000;

impl Duration {
    /// Parses a number of seconds, a number of days (`2d`) or a Go duration (`1h30m`).
    ///
    /// # Errors
    /// The text Go gives for a duration it cannot read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let days = text.strip_suffix('d').map(|number| (number, 24 * 60 * 60));
        let (number, unit_seconds) = days.unwrap_or((text, 1));
        match number.parse::<i64>() {
            Ok(count) => count
                .checked_mul(unit_seconds)
                .and_then(|seconds| seconds.checked_mul(SECOND))
                .map(|nanos| Self { nanos })
                .ok_or_else(|| invalid(text)),
            Err(_) => Self::parse_units(text),
        }
    }

    pub(crate) const fn from_seconds(seconds: i64) -> Self {
        Self { nanos: seconds.saturating_mul(SECOND) }
    }

    pub(crate) const fn is_zero(self) -> bool {
        self.nanos == 0
    }

    pub(crate) const fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Whole seconds; less than one counts as none.
    pub(crate) const fn whole_seconds(self) -> i64 {
        if self.nanos < SECOND { 0 } else { self.nanos / SECOND }
    }

    /// The form for people: zero minutes and seconds after hours are left out (`768h`).
    pub(crate) fn humane(self) -> String {
        let mut text = self.to_string();
        if text.ends_with("m0s") {
            text.truncate(text.len() - 2);
        }
        if let Some(at) = text.find("h0m") {
            text.replace_range(at + 1..at + 3, "");
        }
        text
    }

    fn parse_units(text: &str) -> Result<Self, String> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest.is_empty() {
            return Err(invalid(text));
        }
        let mut total: i128 = 0;
        while !rest.is_empty() {
            let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let (number, after) = rest.split_at(number_end);
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
                return Err(invalid(text));
            }
            let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
            let (unit, after) = after.split_at(unit_end);
            let unit_nanos = match unit {
                "" => return Err(format!("time: missing unit in duration {}", super::quote::quote(text))),
                "ns" => 1,
                "us" | "µs" | "μs" => 1_000,
                "ms" => 1_000_000,
                "s" => SECOND,
                "m" => 60 * SECOND,
                "h" => 3600 * SECOND,
                unknown => {
                    let (unknown, text) = (super::quote::quote(unknown), super::quote::quote(text));
                    return Err(format!("time: unknown unit {unknown} in duration {text}"));
                }
            };
            let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid(text))? };
            total += i128::from(whole) * i128::from(unit_nanos);
            total += fraction_nanos(fraction, unit_nanos);
            if total > i128::from(i64::MAX) {
                return Err(invalid(text));
            }
            rest = after;
        }
        let nanos = i64::try_from(total).map_err(|_| invalid(text))?;
        Ok(Self { nanos: if negative { -nanos } else { nanos } })
    }
}

// Digits past the fifteenth are below a nanosecond for every unit up to the hour.
fn fraction_nanos(digits: &str, unit_nanos: i64) -> i128 {
    let kept = &digits[..digits.len().min(15)];
    let Ok(value) = kept.parse::<i128>() else { return 0 };
    let scale = 10_i128.pow(u32::try_from(kept.len()).unwrap_or(0));
    value * i128::from(unit_nanos) / scale
}

fn invalid(text: &str) -> String {
    format!("time: invalid duration {}", super::quote::quote(text))
}

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nanos = self.nanos.unsigned_abs();
        let sign = if self.nanos < 0 { "-" } else { "" };
        let second = SECOND.unsigned_abs();
        if nanos == 0 {
            return f.write_str("0s");
        }
        if nanos < second {
            let (unit, name) = match nanos {
                0..1_000 => (1, "ns"),
                1_000..1_000_000 => (1_000, "µs"),
                _ => (1_000_000, "ms"),
            };
            return write!(f, "{sign}{}{name}", decimal(nanos, unit));
        }
        let (hours, minutes) = (nanos / second / 3600, nanos / second / 60 % 60);
        let seconds = decimal(nanos % (60 * second), second);
        f.write_str(sign)?;
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        write!(f, "{seconds}s")
    }
}

fn decimal(value: u64, unit: u64) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    let digits = format!("{rest:0width$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_printed_as_go_does() {
        let cases = [
            ("0", "0s"),
            ("", "0s"),
            ("60", "1m0s"),
            ("90m", "1h30m0s"),
            ("2d", "48h0m0s"),
            ("-5s", "-5s"),
            ("-1", "-1s"),
            ("1h0.5s", "1h0m0.5s"),
            ("1.5h", "1h30m0s"),
            ("3h25m19s", "3h25m19s"),
            ("250ms", "250ms"),
            ("1500us", "1.5ms"),
            ("7ns", "7ns"),
            (".5s", "500ms"),
        ];
        for (text, expected) in cases {
            assert_eq!(Duration::parse(text).map(|d| d.to_string()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_named_as_go_names_it() {
        let cases = [
            ("soon", "time: invalid duration \"soon\""),
            ("-", "time: invalid duration \"-\""),
            ("1.2", "time: missing unit in duration \"1.2\""),
            ("5x", "time: unknown unit \"x\" in duration \"5x\""),
            ("1..2s", "time: invalid duration \"1..2s\""),
            ("99999999999999h", "time: invalid duration \"99999999999999h\""),
            ("99999999999999999", "time: invalid duration \"99999999999999999\""),
        ];
        for (text, expected) in cases {
            assert_eq!(Duration::parse(text).err().as_deref(), Some(expected), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_is_read_back(nanos in -i64::MAX..=i64::MAX) {
            let duration = Duration { nanos };
            proptest::prop_assert_eq!(Duration::parse(&duration.to_string()), Ok(duration));
        }

        #[test]
        fn no_text_is_too_odd_to_be_refused(text in "[-+0-9.smhdnuµ]{0,20}") {
            let _ = Duration::parse(&text);
        }
    }

    #[test]
    fn people_are_spared_zero_minutes_and_seconds() {
        let cases = [(0, "0s"), (60, "1m"), (3600, "1h"), (5400, "1h30m"), (61, "1m1s"), (2_764_800, "768h")];
        for (seconds, expected) in cases {
            assert_eq!(Duration::from_seconds(seconds).humane(), expected);
        }
    }
}

//! Numbers as they were written: no digit is lost until somebody asks for a machine number.

use std::fmt;

/// A number's text: decimal, octal (`017`) or hexadecimal (`0x1F`), or with a fraction or an exponent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(String);

impl Number {
    /// Takes a text that [`length`] found to be a number to its end.
    pub(crate) fn from_checked(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text as written.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// The whole number, if it is one and fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        let (sign, digits) = match self.0.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", self.0.as_str()),
        };
        let (radix, digits) = match digits.as_bytes() {
            [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
            [b'0', _, ..] => (8, &digits[1..]),
            _ => (10, digits),
        };
        i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
    }

    /// The nearest double.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a double is asked for")]
    pub fn to_f64(&self) -> Option<f64> {
        self.to_i64().map(|whole| whole as f64).or_else(|| self.0.parse().ok())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Length in bytes of the number at the start of a text, `None` if it is malformed.
///
/// HCL needs no blank after a number, so `1b = 2` is a 1 and a key.
pub(crate) fn length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let start = usize::from(bytes.first() == Some(&b'-'));
    if let [b'0', b'x' | b'X', rest @ ..] = &bytes[start..] {
        let count = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        return (count > 0).then_some(start + 2 + count);
    }
    let whole = digits(start);
    let mut end = start + whole;
    let mut is_whole = true;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if whole + fraction == 0 {
            return None;
        }
        end += 1 + fraction;
        is_whole = false;
    }
    if end > start && matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        let exponent = digits(end + 1 + signed);
        if exponent == 0 {
            return None;
        }
        end += 1 + signed + exponent;
        is_whole = false;
    }
    let octal = is_whole && whole > 1 && bytes[start] == b'0';
    let is_number = end > start && !(octal && bytes[start..end].iter().any(|byte| *byte >= b'8'));
    is_number.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::{Number, length};

    #[test]
    fn a_number_ends_where_it_ends() {
        for (text, expected) in [
            ("0", Some(1)),
            ("12,", Some(2)),
            ("-7]", Some(2)),
            ("0x1F ", Some(4)),
            ("0x", None),
            ("017", Some(3)),
            ("018", None),
            ("018.5", Some(5)),
            ("1.", Some(2)),
            ("1.5e10", Some(6)),
            ("1e-3", Some(4)),
            ("1e", None),
            ("1e+", None),
            (".5", Some(2)),
            (".", None),
            ("1b", Some(1)),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(length(text), expected, "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_read_in_their_radix() {
        for (text, expected) in [
            ("42", Some(42)),
            ("-42", Some(-42)),
            ("0", Some(0)),
            ("017", Some(15)),
            ("0x1F", Some(31)),
            ("-0x10", Some(-16)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("1.0", None),
            ("1e3", None),
        ] {
            assert_eq!(Number::from_checked(text).to_i64(), expected, "{text}");
        }
    }
}

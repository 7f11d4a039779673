//! Whole numbers and truth values, as `strconv` reads them.

use super::quote::quote;

/// Parses an integer in the base its prefix names, as Go does for flags (`0x10`, `0b11`, `017`).
///
/// # Errors
/// The text of Go's `strconv.NumError`.
pub(crate) fn parse_int(text: &str) -> Result<i64, String> {
    let failed = |why: &str| format!("strconv.ParseInt: parsing {}: {why}", quote(text));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(failed("invalid syntax"));
    }
    let magnitude = i128::from_str_radix(digits, radix).map_err(|_| failed("value out of range"))?;
    let value = if negative { -magnitude } else { magnitude };
    i64::try_from(value).map_err(|_| failed("value out of range"))
}

/// Parses one of Go's spellings of true and false.
///
/// # Errors
/// The text of Go's `strconv.NumError`.
pub(crate) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_in_the_base_they_name() {
        let cases = [("0", 0), ("12", 12), ("-1", -1), ("+3", 3), ("0x1F", 31), ("017", 15), ("0b101", 5)];
        for (text, expected) in cases {
            assert_eq!(parse_int(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_integer_is_named_as_go_names_it() {
        let cases = [("", "invalid syntax"), ("abc", "invalid syntax"), ("1.5", "invalid syntax")];
        for (text, why) in cases {
            assert_eq!(parse_int(text), Err(format!("strconv.ParseInt: parsing \"{text}\": {why}")));
        }
        let large = "99999999999999999999";
        assert!(parse_int(large).is_err_and(|error| error.ends_with("value out of range")));
    }

    #[test]
    fn truth_has_the_spellings_of_go() {
        assert_eq!(parse_bool("T"), Ok(true));
        assert_eq!(parse_bool("0"), Ok(false));
        assert_eq!(
            parse_bool("maybe"),
            Err("strconv.ParseBool: parsing \"maybe\": invalid syntax".to_owned())
        );
    }
}

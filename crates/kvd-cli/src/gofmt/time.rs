//! Points in time, as Go's `Time.String` and its RFC 822 layout print them.

/// The form of `Time.String` for an RFC 3339 text: `2026-02-02 10:30:00.5 +0000 UTC`.
///
/// A text that is no RFC 3339 time is given back as it is.
pub(crate) fn go_string(rfc3339: &str) -> String {
    let Some((date, time)) = rfc3339.split_once('T') else { return rfc3339.to_owned() };
    if let Some(time) = time.strip_suffix('Z') {
        return format!("{date} {time} +0000 UTC");
    }
    match time.rfind(['+', '-']) {
        Some(at) => {
            let (time, offset) = time.split_at(at);
            let offset = offset.replace(':', "");
            format!("{date} {time} {offset} {offset}")
        }
        None => rfc3339.to_owned(),
    }
}

/// The RFC 822 form in UTC for an RFC 3339 text: `02 Feb 26 10:30 UTC`.
///
/// A text that is no RFC 3339 time is given back as it is.
pub(crate) fn rfc822(rfc3339: &str) -> String {
    match rfc3339.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%d %b %y %H:%M UTC").to_string(),
        Err(_) => rfc3339.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_as_go_prints_them() {
        let cases = [
            ("2026-02-02T10:30:00.123456789Z", "2026-02-02 10:30:00.123456789 +0000 UTC"),
            ("2026-02-02T10:30:00+01:00", "2026-02-02 10:30:00 +0100 +0100"),
            ("never", "never"),
        ];
        for (text, expected) in cases {
            assert_eq!(go_string(text), expected);
        }
        assert_eq!(rfc822("2026-02-02T10:30:59.5Z"), "02 Feb 26 10:30 UTC");
        assert_eq!(rfc822("never"), "never");
    }
}

//! The path of a call: decoded once, checked once, then never touched again.

use std::fmt;
use thiserror::Error;

/// Longest path after decoding, in bytes.
const MAX_BYTES: usize = 4096;
/// Most segments of a path.
const MAX_SEGMENTS: usize = 64;
/// Longest segment, in bytes.
const MAX_SEGMENT_BYTES: usize = 2048;

/// The path below `/v1/`, without a slash in front.
///
/// Holds valid UTF-8 without control characters, without `.` and `..` segments and without empty segments; a
/// slash at the end is kept, since it tells a folder from a secret. `*` and `+` are plain letters here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiPath(String);

/// Why a path is refused; none of these repeats the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// `a//b`.
    #[error("path contains an empty segment")]
    EmptySegment,
    /// `%zz`, or a `%` at the end.
    #[error("path contains an invalid percent escape")]
    InvalidEscape,
    /// Bytes that are no text.
    #[error("path is not valid UTF-8")]
    NotUtf8,
    /// Control characters, separators other than a space, and marks that hide or turn text around.
    #[error("path contains non-printable characters")]
    Unprintable,
    /// A segment `.` or `..`, spelled in any way.
    #[error("relative paths not supported")]
    Relative,
    /// Over [`MAX_BYTES`].
    #[error("path is longer than 4096 bytes")]
    TooLong,
    /// Over [`MAX_SEGMENTS`] or [`MAX_SEGMENT_BYTES`].
    #[error("path has more than 64 segments or a segment longer than 2048 bytes")]
    TooManySegments,
}

impl ApiPath {
    /// Decodes the percent escapes of `raw` once and checks the result.
    ///
    /// # Errors
    /// When the path is not one that [`ApiPath`] may hold.
    pub fn decode(raw: &str) -> Result<Self, PathError> {
        if !raw.contains('%') {
            return Self::checked(raw.to_owned());
        }
        let mut bytes = Vec::with_capacity(raw.len());
        let mut rest = raw.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            rest = tail;
            if *first != b'%' {
                bytes.push(*first);
                continue;
            }
            let (Some(high), Some(low)) = (hex_digit(rest.first()), hex_digit(rest.get(1))) else {
                return Err(PathError::InvalidEscape);
            };
            bytes.push(high << 4 | low);
            rest = &rest[2..];
        }
        Self::checked(String::from_utf8(bytes).map_err(|_| PathError::NotUtf8)?)
    }

    /// Checks a path that needs no decoding.
    ///
    /// # Errors
    /// When the path is not one that [`ApiPath`] may hold.
    pub fn checked(path: String) -> Result<Self, PathError> {
        if path.len() > MAX_BYTES {
            return Err(PathError::TooLong);
        }
        if !path.chars().all(is_printable) {
            return Err(PathError::Unprintable);
        }
        let body = path.strip_suffix('/').unwrap_or(&path);
        if !path.is_empty() {
            let mut segments = 0;
            for segment in body.split('/') {
                match segment {
                    "" => return Err(PathError::EmptySegment),
                    "." | ".." => return Err(PathError::Relative),
                    long if long.len() > MAX_SEGMENT_BYTES => return Err(PathError::TooManySegments),
                    _ => segments += 1,
                }
            }
            if segments > MAX_SEGMENTS {
                return Err(PathError::TooManySegments);
            }
        }
        Ok(Self(path))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a folder.
    pub fn is_folder(&self) -> bool {
        self.0.is_empty() || self.0.ends_with('/')
    }

    /// The same path with a slash at its end, as listings want it.
    #[must_use]
    pub fn into_folder(mut self) -> Self {
        if !self.0.is_empty() && !self.0.ends_with('/') {
            self.0.push('/');
        }
        self
    }
}

impl fmt::Display for ApiPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn hex_digit(byte: Option<&u8>) -> Option<u8> {
    byte.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok())
}

/// What Go's `unicode.IsPrint` takes for printable, as far as the classes that can deceive a reader go:
/// letters, marks, numbers, punctuation, symbols and the plain space, but no other white space, no control,
/// format or private-use character.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    !(c.is_control()
        || c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{600}'..='\u{605}' | '\u{6dd}'
            | '\u{70f}' | '\u{8e2}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}' | '\u{f0000}'..='\u{10ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, want: Result<&str, PathError>) {
        assert_eq!(ApiPath::decode(raw).as_ref().map(ApiPath::as_str), want.as_ref().copied(), "{raw:?}");
    }

    #[test]
    fn what_is_accepted_stays_as_it_is() {
        for raw in [
            "", "a", "a/b", "a/b/", "a..b", ".hidden", "...", "a*", "a+b", "a;b", "a\\b", "é", "e\u{301}",
            "a b",
        ] {
            check(raw, Ok(raw));
        }
    }

    #[test]
    fn escapes_are_decoded_exactly_once() {
        check("a%2fb", Ok("a/b"));
        check("a%2Fb%20c", Ok("a/b c"));
        check("%252e%252e", Ok("%2e%2e"));
        check("%c3%a9", Ok("é"));
    }

    #[test]
    fn dot_segments_are_refused_in_every_spelling() {
        for raw in
            ["../b", "a/../b", "a/%2e%2e/b", "%2E%2E%2Fb", "..%2fb", ".", "%2e", "a/./b", "a/..", "a/../"]
        {
            check(raw, Err(PathError::Relative));
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for raw in ["a%00b", "%0a", "%7f", "%1b", "a%c2%a0b", "%e2%80%8b", "%e2%80%ae", "%ef%bb%bf"] {
            check(raw, Err(PathError::Unprintable));
        }
        check("%ff%fe", Err(PathError::NotUtf8));
        check("a%", Err(PathError::InvalidEscape));
        check("a%zz", Err(PathError::InvalidEscape));
        check("a//b", Err(PathError::EmptySegment));
        check("/a", Err(PathError::EmptySegment));
    }

    #[test]
    fn sizes_are_bounded() {
        check(&"a".repeat(2049), Err(PathError::TooManySegments));
        check(&"a/".repeat(65), Err(PathError::TooManySegments));
        check(&"a".repeat(5000), Err(PathError::TooLong));
        assert!(ApiPath::decode(&"a/".repeat(64)).is_ok());
    }
}

//! Names and values of a query or a form, decoded strictly.

use std::borrow::Cow;
use thiserror::Error;

/// Decoded pairs in the order they came.
#[derive(Debug)]
pub(crate) struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// Why pairs cannot be read; never repeats them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PairsError {
    /// `;` was a separator once and is none any more: two readers would see different pairs.
    #[error("invalid semicolon separator")]
    Semicolon,
    #[error("invalid percent escape")]
    Escape,
    #[error("not valid UTF-8")]
    NotUtf8,
    #[error("too many parameters")]
    TooMany,
}

impl<'a> Pairs<'a> {
    /// Splits and decodes `a=1&b=2`; `+` is a space.
    ///
    /// # Errors
    /// When something in it can be read in two ways or not at all, or when there are more than `most` pairs.
    pub(crate) fn parse(text: &'a str, most: usize) -> Result<Self, PairsError> {
        let mut pairs = Vec::new();
        for pair in text.split('&').filter(|p| !p.is_empty()) {
            if pairs.len() == most {
                return Err(PairsError::TooMany);
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(name)?, decode(value)?));
        }
        Ok(Self(pairs))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first value of that name.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| &**v)
    }

    /// Takes out every pair of that name.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| n != name);
    }

    /// The pairs themselves.
    pub(crate) fn into_inner(self) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        self.0
    }

    /// The pairs with the values of equal names joined by commas, as Vault reads a form.
    pub(crate) fn into_joined(self) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let mut pairs = self.0;
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                let joined = kept.1.to_mut();
                joined.push(',');
                joined.push_str(&next.1);
            }
            same
        });
        pairs
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, PairsError> {
    if text.contains(';') {
        return Err(PairsError::Semicolon);
    }
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let hex = |at: usize| tail.get(at).and_then(|b| char::from(*b).to_digit(16));
                let (Some(high), Some(low)) = (hex(0), hex(1)) else {
                    return Err(PairsError::Escape);
                };
                bytes.extend(u8::try_from(high * 16 + low));
                rest = &tail[2..];
            }
            plain => bytes.push(*plain),
        }
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| PairsError::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: Result<&[(&str, &str)], PairsError>) {
        let got = Pairs::parse(text, 3).map(Pairs::into_inner);
        let got = got.as_ref().map(|p| p.iter().map(|(n, v)| (&**n, &**v)).collect::<Vec<_>>());
        assert_eq!(got.as_deref().map_err(|e| **e), want, "{text:?}");
    }

    #[test]
    fn pairs_are_decoded_once_and_strictly() {
        check("", Ok(&[]));
        check("a=1&b=2", Ok(&[("a", "1"), ("b", "2")]));
        check("a=1&&a=2&", Ok(&[("a", "1"), ("a", "2")]));
        check("a", Ok(&[("a", "")]));
        check("=x", Ok(&[("", "x")]));
        check("a=b=c", Ok(&[("a", "b=c")]));
        check("a=b+c%26d", Ok(&[("a", "b c&d")]));
        check("%61=%2541", Ok(&[("a", "%41")]));
        check("a=%3b", Ok(&[("a", ";")]));
        check("a=%c3%a4", Ok(&[("a", "ä")]));
        check("a=%zz", Err(PairsError::Escape));
        check("a=%", Err(PairsError::Escape));
        check("a=%4", Err(PairsError::Escape));
        check("a=%ff", Err(PairsError::NotUtf8));
        check("a&b&c&d", Err(PairsError::TooMany));
    }

    #[test]
    fn row_5_1_a_semicolon_in_a_query_is_refused_instead_of_dropping_the_query() {
        check("x=1;y=2", Err(PairsError::Semicolon));
        check(";", Err(PairsError::Semicolon));
    }

    #[test]
    fn values_of_equal_names_are_joined_in_a_form() {
        let pairs = Pairs::parse("x=1&b=0&x=2&x=3", 9).unwrap().into_joined();
        assert_eq!(pairs, [("b".into(), "0".into()), ("x".into(), Cow::Borrowed("1,2,3"))]);
    }
}

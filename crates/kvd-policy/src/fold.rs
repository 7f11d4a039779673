//! Comparing texts without regard to case.

use std::borrow::Cow;

/// A text in which letters that differ only in case are the same letter.
///
/// Each character becomes one character, so that places in the folded text are places in the text. A text that is
/// folded already, as most paths are, is not copied.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    text.chars().map(fold_char).collect::<String>().into()
}

/// By way of upper case, because some letters have two lower-case forms (`σ` and `ς`).
fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let upper = single(c.to_uppercase()).unwrap_or(c);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next();
    if chars.next().is_some() { None } else { first }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn letters_of_one_kind_fold_to_one_letter() {
        for (left, right) in [
            ("secret/Data", "SECRET/dATA"),
            ("Ärger", "äRGER"),
            ("ΣΑΣ", "σας"),
            ("\u{212a}ey", "key"),
            ("ſ", "S"),
        ] {
            assert_eq!(fold(left), fold(right));
        }
        assert_ne!(fold("a"), fold("b"));
        assert_eq!(fold("İ").chars().count(), 1);
    }
}

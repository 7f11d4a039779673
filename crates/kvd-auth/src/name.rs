//! The names of roles and users, and words that are none.

/// The name in the one spelling that is stored; none when it is no name.
///
/// Letters, digits and `_` may stand anywhere, dots and dashes only between them. Names do not depend on case: every
/// look-up, count and record goes by this spelling, so that no other one is a second way to the same thing.
pub(crate) fn parse(text: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = text.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
        && text.starts_with(is_word)
        && text.ends_with(is_word);
    is_name.then(|| text.to_ascii_lowercase())
}

/// What a caller wrote in the place of a word that is known, as far as it is fit for an answer.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_with_signs_between_them() {
        for (text, want) in [
            ("web", Some("web")),
            ("WebApp", Some("webapp")),
            ("a.b-c_d", Some("a.b-c_d")),
            ("9", Some("9")),
            ("-bad", None),
            ("bad.", None),
            ("a b", None),
            (" a", None),
            ("a@b", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(parse(text).as_deref(), want, "{text:?}");
        }
    }
}

//! Patterns with stars, as roles name claims, accounts and names by them.

/// Whether `text` is `pattern`, where each `*` stands for any text. Case counts. The time is bounded by the product
/// of both lengths.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').map_or((None, rest), |(middle, last)| (Some(middle), last));
    // The earliest place for each part leaves the most to those behind it.
    for part in middle.into_iter().flat_map(|m| m.split('*')) {
        match text.find(part) {
            Some(place) => text = &text[place + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, want) in [
            ("web", "web", true),
            ("web", "Web", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything at all", true),
            ("web-*", "web-", true),
            ("web-*", "web", false),
            ("*.example", "a.b.example", true),
            ("*.example", "example", false),
            ("team-*/app", "team-1/app", true),
            ("team-*/app", "team-1/app/x", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("ab*ba", "aba", false),
            ("*a*", "banana", true),
            ("**", "x", true),
            ("?", "x", false),
            ("é*", "éa", true),
        ] {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
    }
}

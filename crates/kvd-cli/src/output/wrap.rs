//! Running text in lines of at most 78 letters, with the least ragged right edge.

/// The width of a line, in letters.
const WIDTH: usize = 78;

/// Wraps a text and puts `indent` blanks before each line.
///
/// Breaks are where the sum of the squared gaps at the line ends is least; the last line costs nothing. That is
/// what the original does, and people compare warnings letter by letter.
pub(crate) fn wrap(text: &str, indent: usize) -> String {
    let limit = WIDTH.saturating_sub(indent).max(1);
    let text = text.trim().replace('\n', " ");
    let words: Vec<&str> = text.split(' ').collect();
    let lengths: Vec<usize> = words.iter().map(|word| word.chars().count()).collect();
    let breaks = best_breaks(&lengths, limit);

    let padding = " ".repeat(indent);
    let mut lines = Vec::new();
    let mut start = 0;
    while start < words.len() {
        let end = breaks[start].max(start + 1);
        lines.push(format!("{padding}{}", words[start..end].join(" ")));
        start = end;
    }
    lines.join("\n")
}

/// For each word, where the line that starts with it ends best.
fn best_breaks(lengths: &[usize], limit: usize) -> Vec<usize> {
    /// What a line costs that is too long, beside its overhang: more than any gap.
    const TOO_LONG: u64 = 100_000;
    let count = lengths.len();
    let mut cost = vec![0_u64; count + 1];
    let mut breaks = vec![count; count];
    for start in (0..count).rev() {
        let mut best = u64::MAX;
        let mut width = 0;
        for end in start + 1..=count {
            width += lengths[end - 1] + usize::from(end > start + 1);
            let fits = width <= limit;
            if end == count && fits {
                best = 0;
                breaks[start] = count;
                break;
            }
            let gap = limit.abs_diff(width) as u64;
            let line = gap.saturating_mul(gap).saturating_add(if fits { 0 } else { TOO_LONG });
            let total = line.saturating_add(cost[end]);
            if total < best {
                best = total;
                breaks[start] = end;
            }
            if !fits {
                break;
            }
        }
        cost[start] = best;
    }
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_the_edge_is_least_ragged() {
        assert_eq!(wrap("short", 2), "  short");
        assert_eq!(
            wrap(
                "* Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure \
                 SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups.",
                2
            ),
            "  * Supplying a custom ID for the token uses the weaker SHA1 hashing instead\n  \
             of the more secure SHA2-256 HMAC for token obfuscation. SHA1 hashed tokens\n  \
             on the wire leads to less secure lookups."
        );
        assert_eq!(
            wrap(
                "* token_max_ttl is greater than the backend mount's maximum TTL value; issued tokens' max TTL \
                 value will be truncated",
                2
            ),
            "  * token_max_ttl is greater than the backend mount's maximum TTL value;\n  \
             issued tokens' max TTL value will be truncated"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_word_is_lost_and_no_line_of_short_words_is_too_long(
            words in proptest::collection::vec("[a-zä]{1,30}", 1..60),
            indent in 0_usize..10,
        ) {
            let wrapped = wrap(&words.join(" "), indent);
            let found: Vec<_> = wrapped.split_whitespace().collect();
            proptest::prop_assert_eq!(found, words);
            proptest::prop_assert!(wrapped.lines().all(|line| line.chars().count() <= WIDTH));
        }
    }

    #[test]
    fn a_word_longer_than_a_line_is_kept_whole() {
        let long = "x".repeat(100);
        assert_eq!(wrap(&format!("a {long} b"), 0), format!("a {long}\nb"));
        assert_eq!(wrap("", 0), "");
    }
}

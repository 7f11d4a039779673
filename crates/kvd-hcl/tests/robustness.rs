//! Nothing that can be typed, cut or pasted makes the parser panic, hang or overflow its stack.

use kvd_hcl::{Limits, Reason, parse, parse_within};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Pieces that mean something to the parser, so that random texts get past the first character.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "a", "path", "\"b\"", "true", "null", "1", "-0x1f", "1.5e3", "=", ":", "{", "}", "[", "]", ",", " ",
        "\n", "\t", "\r\n", "# c\n", "// c\n", "/* c */", "/*", "\"", "\\", "\\u00", "${", "$", "<<E\n",
        "<<-E\n", "x\nE\n", "  E\n", "\u{feff}", "ä", "€", "\0", ".", "-", "+",
    ];
    prop_oneof![8 => proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned), 1 => ".{0,4}"]
}

fn soup() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

/// One text of the corpus with a part taken out and another put in.
fn mutated() -> impl Strategy<Value = String> {
    let texts: Vec<&str> =
        include_str!("corpus.txt").lines().filter_map(|line| line.split("  ⇒  ").next()).collect();
    (proptest::sample::select(texts), any::<prop::sample::Index>(), any::<prop::sample::Index>(), soup())
        .prop_map(|(text, from, to, patch)| {
            let chars: Vec<char> = text.replace('⏎', "\n").chars().collect();
            let (from, to) = (from.index(chars.len() + 1), to.index(chars.len() + 1));
            let (from, to) = (from.min(to), from.max(to));
            chars[..from].iter().copied().chain(patch.chars()).chain(chars[to..].iter().copied()).collect()
        })
}

fn check(text: &str) {
    if let Ok(body) = parse(text) {
        let printed = kvd_hcl::print(&body);
        assert_eq!(parse(&printed).map(|again| kvd_hcl::print(&again)), Ok(printed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, rng_seed: RngSeed::Fixed(0x6b76_6468), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        check(&text);
    }

    #[test]
    fn any_soup_of_tokens_is_read_or_refused(text in soup()) {
        check(&text);
    }

    #[test]
    fn any_damaged_text_is_read_or_refused(text in mutated()) {
        check(&text);
    }
}

/// Texts whose innermost value lies so many levels deep.
fn nested(depth: usize) -> [String; 4] {
    let around =
        |open: &str, inner: &str, close: &str| open.repeat(depth - 1) + inner + &close.repeat(depth - 1);
    [
        "a = ".to_owned() + &around("[", "[]", "]"),
        around("a { ", "a {}", " }"),
        around("{\"a\": ", "{}", "}"),
        "{\"a\": ".to_owned() + &"[".repeat(depth - 1) + &"]".repeat(depth - 1) + "}",
    ]
}

#[test]
fn nesting_stops_at_the_limit() {
    let limits = Limits { depth: 16, ..Limits::default() };
    for text in [2, 16].into_iter().flat_map(nested) {
        assert_eq!(parse_within(&text, &limits).err(), None, "{text}");
    }
    for text in [17, 1_000, 100_000].into_iter().flat_map(nested) {
        assert_eq!(*parse_within(&text, &limits).unwrap_err().reason(), Reason::TooDeep { depth: 16 });
    }
    // Leaving an object gives its level back.
    assert!(parse_within(&"a {} b = [] ".repeat(100), &limits).is_ok());
}

#[test]
fn size_and_number_of_items_stop_at_the_limit() {
    let limits = Limits { bytes: 100, items: 5, ..Limits::default() };
    let of = |text: &str| parse_within(text, &limits).err().map(|error| error.reason().clone());
    assert_eq!(of("a = [1, 2, 3, 4]"), None);
    assert_eq!(of("a = [1, 2, 3, 4, 5]"), Some(Reason::TooManyItems { items: 5 }));
    assert_eq!(of("a = 1 b = 1 c = 1 d = 1 e = 1 f = 1"), Some(Reason::TooManyItems { items: 5 }));
    assert_eq!(of(r#"{"a": [1, 2, 3, 4, 5]}"#), Some(Reason::TooManyItems { items: 5 }));
    assert_eq!(of(&" ".repeat(100)), None);
    assert_eq!(of(&" ".repeat(101)), Some(Reason::TextTooLong { bytes: 100 }));
}

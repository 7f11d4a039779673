//! The layout that `policy fmt` gives.

use kvd_hcl::{format, parse, print};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn check(text: &str, expected: &str) {
    assert_eq!(format(text).as_deref(), Ok(expected));
    assert_eq!(format(expected).as_deref(), Ok(expected), "the layout is not stable");
}

#[test]
fn equals_signs_line_up() {
    check(
        "path \"a\"    {\ncapabilities=[\"read\"]\n}\n\npath   \"bbb\" {\n    capabilities   = [\"list\"]\n  min_wrapping_ttl=\"1s\"\n}\n",
        "path \"a\" {\n  capabilities = [\"read\"]\n}\n\npath \"bbb\" {\n  capabilities     = [\"list\"]\n  min_wrapping_ttl = \"1s\"\n}\n",
    );
}

#[test]
fn groups_are_set_apart() {
    check(
        "a {\n  x = 1\n  long = 2 # c\n\n  y = 3\n  z {\n    q = 1\n  }\n  w = 4\n}\n",
        "a {\n  x    = 1\n  long = 2 # c\n\n  y = 3\n\n  z {\n    q = 1\n  }\n\n  w = 4\n}\n",
    );
    check("a {}\nb {}\n\nc {}\n", "a {}\nb {}\n\nc {}\n");
    check("a = 1\nb = 2", "a = 1\n\nb = 2\n");
    check("path \"a\" { policy = \"read\" }", "path \"a\" {\n  policy = \"read\"\n}\n");
}

#[test]
fn comments_stay_with_what_they_explain() {
    check(
        "# file\n\n# lead\n# more\npath \"a\" { # first\n  # own\n\n  # of x\n  x = 1 # behind\n  yy = [1] // too\n  # last\n}\n# end",
        "# file\n\n# lead\n# more\npath \"a\" {\n  # first\n  # own\n\n  # of x\n  x  = 1   # behind\n  yy = [1] // too\n\n  # last\n}\n\n# end\n",
    );
    check("a = /* why */ 1\n", "/* why */\na = 1\n");
    check("a = [1, # one\n  # two\n  2\n  # end\n]\n", "a = [\n  1, # one\n  # two\n  2,\n  # end\n]\n");
    check("/* a\n   b */\nx = 1", "/* a\n   b */\nx = 1\n");
}

#[test]
fn texts_keep_their_lines() {
    check("a = <<EOF\n  x\n EOF\nb = 1", "a = <<EOF\n  x\n EOF\n\nb = 1\n");
    check("a = [<<EOF\nx\nEOF\n, \"y\"]", "a = [\n  <<EOF\nx\nEOF\n  ,\n  \"y\",\n]\n");
    check("a = [\n{ x = 1 }, [2,\n3]]", "a = [\n  {\n    x = 1\n  },\n  [\n    2,\n    3,\n  ],\n]\n");
    check("a { s = \"${x\ny}\" }", "a {\n  s = \"${x\ny}\"\n}\n");
    check("", "");
    check("\u{feff}a = 1\r\n", "a = 1\n");
}

#[test]
fn what_is_no_hcl_is_refused() {
    for text in ["path \"a\" {", "{\"a\": 1}", "a = [1", "a b"] {
        assert!(format(text).is_err(), "{text}");
    }
}

/// Comments as a sorted list, since formatting may move one behind a brace.
fn comments(text: &str) -> Vec<&str> {
    let mut comments: Vec<_> =
        text.lines().filter_map(|line| Some(line[line.find("#c")?..].trim_end())).collect();
    comments.sort_unstable();
    comments
}

fn piece() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "a = 1",
        "b = [1, 2]",
        "c {",
        "d = {",
        "}",
        "}",
        "e \"f\" {",
        "g = [",
        "]",
        "1,",
        "{ x = 1 },",
        "#c1",
        "#c2 x",
        "\n",
        "\n",
        "\n",
        "\n",
        ",",
        "h = <<E\nx\n  E\n",
        "/* d */",
        "\"s\",",
        "i = \"${x}\"",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x666d_7400),
        ..ProptestConfig::default()
    })]

    #[test]
    fn formatting_changes_neither_values_nor_comments(pieces in proptest::collection::vec(piece(), 0..24)) {
        let text = pieces.join(" ");
        if let (Ok(before), Ok(formatted)) = (parse(&text), format(&text)) {
            let after = parse(&formatted);
            prop_assert_eq!(after.map(|body| print(&body)), Ok(print(&before)), "{}", formatted);
            prop_assert_eq!(comments(&formatted), comments(&text), "{}", formatted);
            prop_assert_eq!(format(&formatted), Ok(formatted));
        }
    }
}

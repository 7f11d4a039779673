//! JSON gives the same blocks as HCL's own spelling.

use kvd_hcl::parse;

fn blocks(text: &str) -> Vec<String> {
    let body = parse(text).expect("every text of the table is HCL");
    let found = body.blocks("path", 1);
    found
        .iter()
        .map(|block| {
            let labels: Vec<_> = block.labels.iter().map(|label| label.text()).collect();
            let keys = block.value.as_body().map_or_else(
                || block.value.kind_name().to_owned(),
                |body| body.items.iter().map(|item| item.name()).collect::<Vec<_>>().join(" "),
            );
            format!("{}: {keys}", labels.join("|"))
        })
        .collect()
}

#[test]
fn labels_are_nested_objects_and_repetition_is_a_list() {
    for (text, expected) in [
        (r#"path "a" { x = 1 } path "b" { y = 2 }"#, vec!["a: x", "b: y"]),
        (r#"{"path": {"a": {"x": 1}, "b": {"y": 2}}}"#, vec!["a: x", "b: y"]),
        (r#"{"path": [{"a": {"x": 1}}, {"b": {"y": 2}}]}"#, vec!["a: x", "b: y"]),
        (r#"{"path": {"a": [{"x": 1}, {"y": 2}]}}"#, vec!["a: x", "a: y"]),
        (r#"{"path": {"a": {"allowed_parameters": {"x": []}}}}"#, vec!["a: allowed_parameters"]),
        (r#"{"path": {"a": 1}}"#, vec!["a: a number"]),
        (r#"{"path": 1}"#, vec![": a number"]),
        (r#"{"path": {}}"#, vec![]),
        (r#"{"paths": {"a": {}}}"#, vec![]),
        // An attribute is no block: nothing is taken from inside it.
        (r#"path = { "a" = { x = 1 } }"#, vec![": a"]),
        (r#"path "a" "b" { x = 1 }"#, vec!["a|b: x"]),
        (r#"path { x = 1 }"#, vec![": x"]),
    ] {
        assert_eq!(blocks(text), expected, "{text}");
    }
}

#[test]
fn json_texts_are_decoded() {
    for (text, expected) in [
        (r#""a\"b\\c\/d""#, Some("a\"b\\c/d")),
        (r#""\b\f\n\r\t""#, Some("\u{8}\u{c}\n\r\t")),
        (r#""\u00e4\ud83d\ude00""#, Some("ä😀")),
        (r#""\ud83d""#, None),
        (r#""\ud83dx""#, None),
        (r#""\ude00""#, None),
        (r#""\u12""#, None),
        ("\"a\tb\"", None),
        (r#""${a}""#, Some("${a}")),
    ] {
        let body = parse(&format!("{{\"k\": {text}}}"));
        let value = body.ok().and_then(|body| body.get("k")?.value.as_str().map(str::to_owned));
        assert_eq!(value.as_deref(), expected, "{text}");
    }
}

#[test]
fn json_numbers_keep_their_digits() {
    for (text, expected) in [
        ("1", true),
        ("-0.50", true),
        ("1e400", true),
        ("123456789012345678901234567890", true),
        ("01", false),
        ("1.", false),
        (".5", false),
        ("1e", false),
        ("0x1", false),
        ("-", false),
        ("1a", false),
    ] {
        let body = parse(&format!("{{\"k\": {text}}}"));
        let seen = body.ok().and_then(|body| Some(body.get("k")?.value.as_number()?.as_text().to_owned()));
        assert_eq!(seen.as_deref(), expected.then_some(text), "{text}");
    }
}

#[test]
fn only_settings_count_as_duplicates() {
    for (text, expected) in [
        ("a = 1 b = 2", None),
        ("a = 1 b = 2 a = 3", Some("a")),
        ("a {} a {}", None),
        (r#"a = 1 "a" = 2"#, Some("a")),
        (r#"{"a": 1, "b": 2, "a": 3}"#, Some("a")),
        (r#"{"a": {"x": 1}, "a": {"y": 2}}"#, Some("a")),
    ] {
        let body = parse(text).unwrap();
        assert_eq!(body.first_duplicate().map(|key| key.text()), expected, "{text}");
    }
}

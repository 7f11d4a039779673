//! Errors say where and what kind of thing, and never repeat the text.

fn check(text: &str, expected: &str) {
    let error = kvd_hcl::parse(text).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some(expected), "{text}");
}

#[test]
fn an_error_names_line_and_column() {
    check("path \"a\" {", "At 1:11: expected a key, found the end of the text");
    check("path \"a\" {\n  x = [\"read\" }\n", "At 2:15: expected ',' or ']', found '}'");
    check("just words", "At 1:11: expected '=' or '{' after a key, found the end of the text");
    check("a = b", "At 1:5: expected a value, found a bare word");
    check("path \"a\" = {}", "At 1:10: expected '{' after a label, found '='");
    check("\n\n  ä = €", "At 3:7: illegal character");
    check("a = \"x", "At 1:5: literal not terminated");
    check("a = \"\\q\"", "At 1:5: illegal char escape");
    check("a = <<EOF\nx", "At 1:5: heredoc not terminated");
    check("a = 0x", "At 1:5: malformed number");
    check("/* x", "At 1:1: comment not terminated");
    check("{\"a\": {\n\"b\": tru}}", "At 2:6: expected a value, found another character");
    check("{\"a\": 1} x", "At 1:10: expected the end of the text, found another character");
    check("\u{feff}a = \0", "At 1:5: illegal character");
}

#[test]
fn no_error_repeats_the_text() {
    let secret = "hunter2secret";
    for text in [
        format!("a = {secret}"),
        secret.to_owned(),
        format!("a {secret}"),
        format!("a = \"{secret}"),
        format!("a = \"{secret}\\q\""),
        format!("a = [1 \"{secret}\"]"),
        format!("a \"{secret}\" = 1"),
        format!("a = <<{secret}\nx"),
        format!("{{\"a\": {secret}}}"),
        format!("{{\"a\": \"{secret}}}"),
        format!("{{\"{secret}\" 1}}"),
    ] {
        let error = kvd_hcl::parse(&text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
}

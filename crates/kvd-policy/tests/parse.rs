//! Which texts are policies, and what is said of those that are not.

use std::time::{Duration, Instant};

use kvd_policy::{Capability, NameError, ParseError, Policy, PolicyName};

fn parse(text: &str) -> Result<Policy, ParseError> {
    Policy::parse(PolicyName::parse("p").expect("a name"), text)
}

fn check(text: &str, expected: &str) {
    let error = parse(text).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some(expected), "{text}");
}

#[test]
fn row_5_6_mistakes_are_named() {
    for (text, expected) in [
        (r#"path "a" {"#, "At 1:11: expected a key, found the end of the text"),
        (r#"paths "a" {}"#, r#"invalid key "paths" on line 1"#),
        ("name = 1", r#"invalid key "name" on line 1"#),
        ("path {}", "a path on line 1 must have one name and a block"),
        (r#"path "a" "b" {}"#, "a path on line 1 must have one name and a block"),
        (r#"path = { "a" = { } }"#, "a path on line 1 must have one name and a block"),
        (r#"{"path": {"a": 1}}"#, "a path on line 1 must have one name and a block"),
        ("\npath \"a\" {\n  capability = []\n}", r#"path "a": invalid key "capability" on line 3"#),
        (r#"path "a" { x { } }"#, r#"path "a": invalid key "x" on line 1"#),
        (r#"path "a" { comment = 1 }"#, r#"path "a": comment must be a string"#),
        (r#"path "a" { capabilities = "read" }"#, r#"path "a": capabilities must be a list of strings"#),
        (r#"path "a" { capabilities = [1] }"#, r#"path "a": capabilities must be a list of strings"#),
        (r#"path "a" { capabilities = ["reed"] }"#, r#"path "a": invalid capability "reed""#),
        (r#"path "a" { capabilities = ["root"] }"#, r#"path "a": invalid capability "root""#),
        (r#"path "a" { capabilities = ["deny", "reed"] }"#, r#"path "a": invalid capability "reed""#),
        (r#"path "a" { policy = "rw" }"#, r#"path "a": invalid policy "rw""#),
        (r#"path "a" { policy = 1 }"#, r#"path "a": policy must be a string"#),
        (r#"path "+*" { }"#, r#"path "+*": invalid use of wildcards ('+*' is forbidden)"#),
        (r#"path "a/+*" { }"#, r#"path "a/+*": invalid use of wildcards ('+*' is forbidden)"#),
        (r#"path "" { }"#, r#"path "": path must not be empty"#),
        (r#"path "../x" { }"#, r#"path "../x": relative paths not supported"#),
        (
            r#"path "a/./{{identity.entity.id}}" { }"#,
            r#"path "a/./{{identity.entity.id}}": relative paths not supported"#,
        ),
        (r#"path "{{" { }"#, "failed to validate policy templating: unbalanced templating characters"),
        (r#"path "a" { min_wrapping_ttl = "soon" }"#, "error parsing min_wrapping_ttl: not a duration"),
        (r#"path "a" { max_wrapping_ttl = "-1s" }"#, "error parsing max_wrapping_ttl: not a duration"),
        (r#"path "a" { max_wrapping_ttl = [] }"#, "error parsing max_wrapping_ttl: not a duration"),
        (
            r#"path "a" { min_wrapping_ttl = "2h" max_wrapping_ttl = 60 }"#,
            "max_wrapping_ttl cannot be less than min_wrapping_ttl",
        ),
        (
            r#"path "a" { allowed_parameters = ["x"] }"#,
            r#"path "a": allowed_parameters must be an object of lists"#,
        ),
        (
            r#"path "a" { denied_parameters = { x = 1 } }"#,
            r#"path "a": denied_parameters must be an object of lists"#,
        ),
        (
            r#"path "a" { required_parameters = "x" }"#,
            r#"path "a": required_parameters must be a list of strings"#,
        ),
        (
            r#"path "a" { pagination_limit = -1 }"#,
            r#"path "a": pagination_limit must be a whole number, 0 or more"#,
        ),
        (
            r#"path "a" { pagination_limit = "x" }"#,
            r#"path "a": pagination_limit must be a whole number, 0 or more"#,
        ),
    ] {
        check(text, &format!("failed to parse policy: {expected}"));
    }
}

#[test]
fn row_5_6_a_setting_given_twice_is_refused() {
    for text in [
        r#"path "a" { capabilities = ["deny"] capabilities = ["read"] }"#,
        r#"path "a" { capabilities = ["deny"] "capabilities" = ["read"] }"#,
        r#"{"path": {"a": {"capabilities": ["deny"], "capabilities": ["read"]}}}"#,
    ] {
        check(text, r#"failed to parse policy: the argument "capabilities" on line 1 was already set"#);
    }
    check(
        "path \"a\" {\n denied_parameters { x = [] }\n denied_parameters { y = [] }\n}",
        r#"failed to parse policy: the argument "denied_parameters" on line 3 was already set"#,
    );
    check(
        r#"path "a" { denied_parameters = { x = [] x = ["1"] } }"#,
        r#"failed to parse policy: the argument "x" on line 1 was already set"#,
    );
    check(
        r#"name = "a" name = "b""#,
        r#"failed to parse policy: the argument "name" on line 1 was already set"#,
    );
    check(
        r#"{"path": {}, "path": {}}"#,
        r#"failed to parse policy: the argument "path" on line 1 was already set"#,
    );
}

#[test]
fn row_5_6_limits_that_are_not_enforced_here_are_refused_by_name() {
    for key in [
        "control_group",
        "expiration",
        "list_scan_response_keys_filter_path",
        "mfa_methods",
        "subscribe_event_types",
    ] {
        let expected = format!("failed to parse policy: path \"a\": {key} is not supported");
        check(&format!("path \"a\" {{ capabilities = [\"list\"] {key} = \"x\" }}"), &expected);
        check(&format!("path \"a\" {{ {key} = {{ }} }}"), &expected);
    }
}

#[test]
fn row_5_6_everything_vault_documents_is_read() {
    let policy = parse(
        r#"
        name = "ignored"
        path "secret/data/{{identity.entity.id}}/*" {
          comment = "why"
          policy = "read"
          capabilities = ["create", "update", "patch", "delete", "scan", "sudo", "subscribe", "recover",]
          allowed_parameters { "A" = [] "b" = ["x", 1, true, ["y"], { z = 1 }] }
          denied_parameters = { "c" = [] }
          required_parameters = ["d"]
          min_wrapping_ttl = 10
          max_wrapping_ttl = "1h30m"
          pagination_limit = "5"
        }
        "#,
    );
    let policy = policy.expect("all of this is documented");
    let rule = &policy.rules()[0];
    assert!(policy.is_templated());
    assert_eq!(rule.path(), "secret/data/{{identity.entity.id}}/*");
    assert!(
        Capability::ALL
            .into_iter()
            .all(|right| rule.capabilities().contains(right) != (right == Capability::Deny))
    );
    let conditions = rule.conditions();
    assert_eq!(conditions.min_wrapping_ttl, Some(Duration::from_secs(10)));
    assert_eq!(conditions.max_wrapping_ttl, Some(Duration::from_secs(5400)));
    assert_eq!(conditions.pagination_limit, Some(5));
    assert_eq!(conditions.parameters.allowed().keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(conditions.parameters.allowed()["b"].len(), 5);
    assert_eq!(conditions.parameters.required(), ["d"]);
}

#[test]
fn the_text_is_kept_to_the_byte() {
    for text in ["", "# nothing\r\n", "\u{feff}path \"a\" {\r\n}\r\n", "{\"path\": {}}"] {
        assert_eq!(parse(text).map(|policy| policy.text().to_owned()), Ok(text.to_owned()));
    }
}

#[test]
fn row_5_6_sizes_are_bounded() {
    let paths =
        |count: usize| (0..count).map(|number| format!("path \"p{number}\" {{}}\n")).collect::<String>();
    assert!(parse(&paths(10_000)).is_ok());
    check(&paths(10_001), "failed to parse policy: more than 10000 paths");
    let values =
        |count: usize| format!("path \"a\" {{ allowed_parameters = {{ x = [{}] }} }}", "1,".repeat(count));
    assert!(parse(&values(999)).is_ok());
    check(&values(1_000), "failed to parse policy: path \"a\": more than 1000 parameter values");
    let nested = |depth: usize| {
        format!("path \"a\" {{ allowed_parameters = {{ x = {}{} }} }}", "[".repeat(depth), "]".repeat(depth))
    };
    assert!(parse(&nested(14)).is_ok());
    check(&nested(15), "failed to parse policy: At 1:53: nested more than 16 levels deep");
    check(&nested(100_000), "failed to parse policy: At 1:53: nested more than 16 levels deep");
    check(&" ".repeat((1 << 20) + 1), "failed to parse policy: At 1:1: text is longer than 1048576 bytes");
}

#[test]
fn row_5_6_the_worst_text_is_read_or_refused_in_reasonable_time() {
    let templates = "{{identity.entity.id}}/".repeat(10_000);
    for text in [
        format!("path \"{templates}\" {{}}"),
        format!("path \"{}\" {{}}", "+/".repeat(200_000)),
        format!("path \"{}\" {{}}", "${".repeat(400_000)),
        "path \"a/+/b\" { capabilities = [\"read\"] }\n".repeat(10_000),
        format!("x = <<EOF\n{}", "y\n".repeat(500_000)),
        "{".repeat(1 << 20),
    ] {
        let start = Instant::now();
        let _ = parse(&text);
        // Far above what any of these takes, even unoptimised and beside other work.
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn row_5_6_messages_repeat_little() {
    let long = "x".repeat(100_000);
    for text in [
        format!("path \"{long}+*\" {{}}"),
        format!("path \"a\" {{ capabilities = [\"{long}\"] }}"),
        format!("path \"a\" {{ {long} = 1 }}"),
        format!("{long} = 1"),
    ] {
        let error = parse(&text).map(|policy| policy.rules().len()).unwrap_err();
        assert!(error.to_string().len() < 300);
    }
}

#[test]
fn a_name_in_the_text_changes_nothing() {
    let policy = parse("name = \"root\"\npath \"a\" { }").unwrap();
    assert_eq!(policy.name().as_str(), "p");
    assert_eq!(PolicyName::parse("root"), Err(NameError::Root));
}

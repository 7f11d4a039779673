//! What goes in and what comes out, as tables.

use kvd_json::{Limits, Object, ParseError, Writer, map_strings};
use proptest::prelude::*;

fn check(input: &str, want: Result<&str, ParseError>) {
    let got = Object::parse(input.as_bytes(), &Limits::default());
    assert_eq!(got.as_ref().map(|o| o.text().as_str()), want.as_ref().map(|t| *t), "{input}");
}

#[test]
fn white_space_goes_and_names_are_sorted() {
    check(" { \"b\" : 1 , \"a\" : [ 1 , { } , [ ] ] } ", Ok(r#"{"a":[1,{},[]],"b":1}"#));
    check(r#"{"b":{"z":1,"y":2},"a":{"d":1,"c":2}}"#, Ok(r#"{"a":{"c":2,"d":1},"b":{"y":2,"z":1}}"#));
    check(r#"{"A":1,"a":2}"#, Ok(r#"{"A":1,"a":2}"#));
}

#[test]
fn of_equal_names_the_last_one_counts() {
    check(r#"{"a":1,"b":2,"a":3}"#, Ok(r#"{"a":3,"b":2}"#));
    check(r#"{"\u0061":1,"a":2}"#, Ok(r#"{"a":2}"#));
}

#[test]
fn estimated_memory_is_bounded() {
    let limits = |memory| Limits { memory, ..Limits::default() };
    // 88 for the object, 33 for its name, 40 for the array, 24 + 17 + 17 + 34 for what is in it.
    let text = br#"{"a":[1,true,null,"xy"]}"#;
    assert!(Object::parse(text, &limits(253)).is_ok());
    assert_eq!(Object::parse(text, &limits(252)).err(), Some(ParseError::Memory));
}

#[test]
fn numbers_keep_every_digit() {
    for n in
        ["123456789012345678901234567890", "18446744073709551616", "1.0", "1.10", "-0", "1e5", "1E+5", "0.1"]
    {
        check(&format!("{{\"n\":{n}}}"), Ok(&format!("{{\"n\":{n}}}")));
    }
}

#[test]
fn escapes_are_those_of_go() {
    check(
        r#"{"a":"<&>\/\u2028é\u00e9\u0000\ud83d\ude00"}"#,
        Ok("{\"a\":\"\\u003c\\u0026\\u003e/\\u2028éé\\u0000😀\"}"),
    );
    check(r#"{"a":"\b\f\n\r\t\"\\"}"#, Ok(r#"{"a":"\b\f\n\r\t\"\\"}"#));
}

#[test]
fn nothing_and_null_are_empty() {
    for input in ["", "  ", "null", " null "] {
        check(input, Ok("{}"));
    }
}

#[test]
fn what_is_no_object_is_refused() {
    for input in ["[]", "\"s\"", "1", "true"] {
        check(input, Err(ParseError::NotAnObject));
    }
    check(r#"{"a":1}{"b":2}"#, Err(ParseError::Trailing(7)));
    check(r#"{"a":1} x"#, Err(ParseError::Trailing(8)));
    check(r#"{"a":1"#, Err(ParseError::End));
    for input in [
        r#"{"a":NaN}"#,
        r#"{"a":.5}"#,
        r#"{"a":01}"#,
        r#"{"a":1,}"#,
        "{'a':1}",
        "{a:1}",
        "\u{feff}{}",
        r#"{"a":+1}"#,
    ] {
        assert!(
            matches!(Object::parse(input.as_bytes(), &Limits::default()), Err(ParseError::Byte(_))),
            "{input}"
        );
    }
    check(r#"{"a":1e400}"#, Err(ParseError::Number(5)));
    check(r#"{"a":"\ud800"}"#, Err(ParseError::Text(6)));
    assert_eq!(Object::parse(b"{\"a\":\"\xff\"}", &Limits::default()).err(), Some(ParseError::Text(6)));
    assert_eq!(Object::parse(b"{\"a\":\"\x01\"}", &Limits::default()).err(), Some(ParseError::Byte(6)));
}

#[test]
fn depth_and_size_are_bounded() {
    let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n - 1), "]".repeat(n - 1));
    assert!(Object::parse(nested(128).as_bytes(), &Limits::default()).is_ok());
    check(&nested(129), Err(ParseError::Depth));
    check(&format!("{{\"a\":{}", "[".repeat(1_000_000)), Err(ParseError::Depth));
    let many = format!("{{\"a\":[{}]}}", vec!["\"\""; 10_000].join(","));
    check(&many, Err(ParseError::Size));
    check(&format!("{{\"a\":[{}]}}", vec!["{}"; 100_001].join(",")), Err(ParseError::Size));
}

#[test]
fn members_and_elements_are_found() {
    let o = Object::parse(
        br#"{"s":"x\"y","l":[1,"a,b",{"k":[]}],"o":{"p":{"q":1}},"n":null}"#,
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(o.get("s").unwrap().as_str().unwrap(), "x\"y");
    let list: Vec<_> = o.get("l").unwrap().as_array().unwrap().map(|v| v.text().to_owned()).collect();
    assert_eq!(list, ["1", "\"a,b\"", "{\"k\":[]}"]);
    assert_eq!(o.get("o").unwrap().as_object().unwrap().get("p").unwrap().text(), r#"{"q":1}"#);
    assert!(o.get("n").unwrap().is_null() && o.get("x").is_none());
}

#[test]
fn strings_are_replaced_and_nothing_else() {
    let o = Object::parse(br#"{"a":"x","b":[1,"y",{"z":"w"}],"c":true}"#, &Limits::default()).unwrap();
    let mut w = Writer::new();
    map_strings(o.value(), &mut w, &mut |text, out| out.string(&format!("<{}>", text.len())));
    let hidden = "\\u003c1\\u003e";
    assert_eq!(
        w.finish().as_str(),
        format!(r#"{{"a":"{hidden}","b":[1,"{hidden}",{{"z":"{hidden}"}}],"c":true}}"#)
    );
}

#[test]
fn debug_output_holds_no_value() {
    let o = Object::parse(br#"{"password":"hunter2"}"#, &Limits::default()).unwrap();
    let shown = format!("{o:?} {:?} {:?}", o.text(), o.get("password"));
    assert!(!shown.contains("hunter2"), "{shown}");
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_meaning_is_kept_and_the_form_is_stable(value in json()) {
        let text = serde_json::json!({ "v": value }).to_string();
        let once = Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        let back: serde_json::Value = serde_json::from_str(once.text().as_str()).unwrap();
        prop_assert_eq!(&back["v"], &value);
        let twice = Object::parse(once.text().as_str().as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(once.text().as_str(), twice.text().as_str());
    }

    #[test]
    fn no_input_is_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Object::parse(&bytes, &Limits::default());
    }

    #[test]
    fn broken_json_is_no_panic(text in "[{}\\[\\]\",:0-9a-z\\\\u ]{0,60}") {
        let _ = Object::parse(text.as_bytes(), &Limits::default());
    }
}

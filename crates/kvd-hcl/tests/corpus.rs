//! Plays a table of texts recorded from the HCL 1 parser of HashiCorp (version 1.0.1-vault-7).
//!
//! One case a line: the text, `⇒`, what the recorded parser made of it, and, where kvd differs on purpose, a second `⇒`
//! with what kvd makes of it. For JSON only acceptance was recorded, because the recorded parser rearranges objects.

use kvd_hcl::{Body, Form, Item, Value, ValueKind};

const MARKS: [(&str, &str); 10] = [
    ("⏎", "\n"),
    ("‹BOM›", "\u{feff}"),
    ("‹CR›", "\r"),
    ("‹E123›", "\u{e123}"),
    ("‹FF›", "\u{c}"),
    ("‹IDSP›", "\u{3000}"),
    ("‹LS›", "\u{2028}"),
    ("‹NBSP›", "\u{a0}"),
    ("‹NUL›", "\0"),
    ("‹TAB›", "\t"),
];

fn texts() -> Vec<(String, String)> {
    let table = include_str!("corpus.txt");
    let lines = table.lines().filter(|line| line.contains("  ⇒  "));
    lines
        .map(|line| {
            let parts: Vec<_> = line.split("  ⇒  ").collect();
            let mut text = parts[0].replace("‹VT›", "\u{b}");
            for (mark, character) in MARKS {
                text = text.replace(mark, character);
            }
            (text, parts[parts.len() - 1].replace("‹E123›", "\u{e123}"))
        })
        .collect()
}

#[test]
fn every_text_is_read_as_recorded() {
    let texts = texts();
    assert!(texts.len() > 300);
    let mut wrong = String::new();
    for (text, expected) in &texts {
        let body = kvd_hcl::parse(text);
        let seen = match (&body, expected.as_str()) {
            (Ok(_), "accepted") => "accepted".to_owned(),
            (Ok(body), _) => show(body),
            (Err(_), _) => "refused".to_owned(),
        };
        if seen != *expected {
            wrong += &format!("{text:?}\n  expected {expected}\n  seen     {seen} {:?}\n", body.err());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_printed_is_read_back_the_same() {
    for (text, _) in texts() {
        if let Ok(body) = kvd_hcl::parse(&text) {
            let printed = kvd_hcl::print(&body);
            let again =
                kvd_hcl::parse(&printed).unwrap_or_else(|error| panic!("{text:?}: {printed}: {error}"));
            assert_eq!(show(&again), show(&body).replace("null", "\"\""), "{text:?}");
            assert_eq!(kvd_hcl::print(&again), printed, "{text:?}");
        }
    }
}

fn show(body: &Body) -> String {
    let items: Vec<_> = body.items.iter().map(show_item).collect();
    format!("{{{}}}", items.join("; "))
}

fn show_item(item: &Item) -> String {
    let keys: Vec<_> = item.keys.iter().map(|key| quote(key.text())).collect();
    let form = if item.form == Form::Block { "block" } else { "set" };
    format!("{form} {} {}", keys.join(" "), show_value(&item.value))
}

fn show_value(value: &Value) -> String {
    match &value.kind {
        ValueKind::Bool(value) => value.to_string(),
        ValueKind::List(list) => {
            let elements: Vec<_> = list.iter().map(show_value).collect();
            format!("[{}]", elements.join(", "))
        }
        ValueKind::Null => "null".to_owned(),
        ValueKind::Number(number) => number.to_string(),
        ValueKind::Object(body) => show(body),
        ValueKind::String(text) => quote(text),
    }
}

fn quote(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\u{8}' => quoted += "\\b",
            '\u{c}' => quoted += "\\f",
            '\n' => quoted += "\\n",
            '\r' => quoted += "\\r",
            '\t' => quoted += "\\t",
            c if c < ' ' => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    format!("\"{quoted}\"")
}

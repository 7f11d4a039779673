//! Merge patches: a secret becomes what RFC 7386 says, whatever the two objects are.

use crate::vault::{Answer, HOUSE};
use kvd_json::{Limits, Object};
use kvd_types::Operation::{Patch, Read, Write};
use serde_json::Value;

/// Takes the first line of the input for a secret and the rest for a patch of it.
pub(crate) fn run(input: &[u8]) {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (target, patch) = (&input[..end], &input[end + 1..]);
    let parse = |bytes: &[u8]| Object::parse(bytes, &Limits::default()).ok();
    let (Some(target), Some(patch)) = (parse(target), parse(patch)) else { return };
    let wrap = |object: &Object| parse(format!("{{\"data\":{}}}", object.text().as_str()).as_bytes());
    // One level more may be one too many.
    let (Some(write), Some(change)) = (wrap(&target), wrap(&patch)) else { return };
    HOUSE.with(|house| {
        let written = house.call(Write, "secret/data/merged", write);
        assert_eq!(written.status, 200, "{}", written.text);
        let patched = house.call(Patch, "secret/data/merged", change);
        assert_eq!(patched.status, 200, "{}", patched.text);
        let Answer { status, text } = house.call(Read, "secret/data/merged", Object::empty());
        assert_eq!(status, 200, "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        let tree = |object: &Object| serde_json::from_str::<Value>(object.text().as_str()).unwrap();
        assert_eq!(read["data"], merge(tree(&target), tree(&patch)), "{:?}", String::from_utf8_lossy(input));
    });
}

/// The algorithm as the RFC writes it down.
fn merge(target: Value, patch: Value) -> Value {
    let Value::Object(patch) = patch else { return patch };
    let mut target = if let Value::Object(target) = target { target } else { serde_json::Map::new() };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(&name);
        } else {
            let before = target.remove(&name).unwrap_or(Value::Null);
            target.insert(name, merge(before, value));
        }
    }
    Value::Object(target)
}

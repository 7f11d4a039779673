//! JSON merge patch (RFC 7386) on canonical text.

use kvd_json::{ObjectRef, Text, Value, Writer};
use std::cmp::Ordering;

/// `target` with `patch` applied; a target that is no object counts as an empty one.
pub(super) fn merge(target: Value<'_>, patch: ObjectRef<'_>) -> Text {
    let mut w = Writer::with_capacity(target.text().len() + 256);
    write_merged(&mut w, target.as_object(), patch);
    w.finish()
}

/// Both objects are sorted by name, so one walk over the two finds what belongs together. It goes down as deep as
/// the patch does, which the door has bounded.
fn write_merged(w: &mut Writer, target: Option<ObjectRef<'_>>, patch: ObjectRef<'_>) {
    w.begin_object();
    let mut old = target.into_iter().flat_map(ObjectRef::iter).peekable();
    let mut new = patch.iter().peekable();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.as_bytes().cmp(b.as_bytes()),
        };
        let kept = if order == Ordering::Greater { None } else { old.next() };
        let change = if order == Ordering::Less { None } else { new.next() };
        match (kept, change) {
            (Some((name, value)), None) => {
                w.key(&name);
                w.raw(value);
            }
            (before, Some((name, value))) if !value.is_null() => {
                w.key(&name);
                match value.as_object() {
                    Some(patch) => write_merged(w, before.and_then(|(_, v)| v.as_object()), patch),
                    None => w.raw(value),
                }
            }
            (_, Some(_)) | (None, None) => {}
        }
    }
    w.end_object();
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_json::{Limits, Object};

    fn check(target: &str, patch: &str, want: &str) {
        let parse = |text: &str| Object::parse(text.as_bytes(), &Limits::default()).unwrap();
        let (target, patch) = (parse(target), parse(patch));
        let merged = merge(target.value(), patch.value().as_object().unwrap());
        assert_eq!(merged.as_str(), want);
    }

    #[test]
    fn members_are_set_replaced_and_taken_away() {
        check(r#"{"a":"1"}"#, r#"{"c":2}"#, r#"{"a":"1","c":2}"#);
        check(r#"{"a":1,"b":2}"#, r#"{"a":null}"#, r#"{"b":2}"#);
        check(r#"{"b":1}"#, r#"{"a":null,"b":null,"c":null}"#, "{}");
        check(r#"{"a":{"x":1,"y":2}}"#, r#"{"a":{"x":9,"z":null}}"#, r#"{"a":{"x":9,"y":2}}"#);
        check(r#"{"a":{"x":1}}"#, r#"{"a":"t"}"#, r#"{"a":"t"}"#);
        check(r#"{"a":"t"}"#, r#"{"a":{"d":null,"e":{"f":null,"g":1}}}"#, r#"{"a":{"e":{"g":1}}}"#);
        check(r#"{"l":[1,2]}"#, r#"{"l":[9,null]}"#, r#"{"l":[9,null]}"#);
        check(r#"{"n":null}"#, "{}", r#"{"n":null}"#);
    }

    #[test]
    fn numbers_that_are_not_touched_keep_every_digit() {
        check(
            r#"{"i":123456789012345678901234567890,"s":1}"#,
            r#"{"s":9007199254740995}"#,
            r#"{"i":123456789012345678901234567890,"s":9007199254740995}"#,
        );
    }

    #[test]
    fn names_that_need_escapes_are_found() {
        check(r#"{"<k>":1,"\"q\"":2,"":3}"#, r#"{"<k>":null,"":4}"#, r#"{"":4,"\"q\"":2}"#);
    }
}

//! Bodies in JSON: what is let through is what another parser sees in them.

use kvd_json::{Limits, Object, ParseError};
use serde_json::Value;

/// Reads the input as the body of a write.
pub(crate) fn run(input: &[u8]) {
    let ours = Object::parse(input, &Limits::default());
    let theirs = serde_json::from_slice::<Value>(input);
    let object = match ours {
        Ok(object) => object,
        // Bounds that the other one does not have, or has elsewhere.
        Err(ParseError::Depth | ParseError::Size | ParseError::Memory) => return,
        Err(error) => {
            let agreed = !matches!(theirs, Ok(Value::Object(_) | Value::Null));
            assert!(
                agreed,
                "refused with {error:?}, and yet an object: {:?}",
                String::from_utf8_lossy(input)
            );
            return;
        }
    };
    let text = object.text().as_str();
    let again = Object::parse(text.as_bytes(), &Limits::default());
    assert_eq!(again.map(|o| o.text().as_str().to_owned()).ok().as_deref(), Some(text), "not canonical");
    let seen: Value = serde_json::from_str(text).unwrap();
    match theirs {
        Ok(Value::Null) => assert_eq!(text, "{}"),
        Ok(theirs) => assert_eq!(theirs, seen, "{:?}", String::from_utf8_lossy(input)),
        Err(_) => assert!(
            input.iter().all(u8::is_ascii_whitespace),
            "no JSON: {:?}",
            String::from_utf8_lossy(input)
        ),
    }
    for (name, value) in object.iter() {
        assert_eq!(object.get(&name), Some(value), "a member is not found by its name");
    }
}

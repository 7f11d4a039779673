//! Copies a value with every string replaced, as audit records need it.

use crate::{
    object::skip,
    value::{Kind, Value},
    writer::Writer,
};

/// Copies `value` to `out`; `replace` is given the text of every string that is a value (never a member's name)
/// and writes what stands in its place. Numbers, booleans and nulls are copied as they are.
pub fn map_strings(value: Value<'_>, out: &mut Writer, replace: &mut dyn FnMut(&str, &mut Writer)) {
    match value.kind() {
        Kind::String => {
            if let Some(text) = value.as_str() {
                replace(&text, out);
            }
        }
        Kind::Object => {
            out.begin_object();
            let text = value.text();
            let mut at = 1;
            while text.as_bytes().get(at) == Some(&b'"') {
                let name_end = skip(text.as_bytes(), at);
                if let Some(name) = Value::trusted(&text[at..name_end]).as_str() {
                    out.key(&name);
                }
                let value_end = skip(text.as_bytes(), name_end + 1);
                map_strings(Value::trusted(&text[name_end + 1..value_end]), out, replace);
                at = value_end + 1;
            }
            out.end_object();
        }
        Kind::Array => {
            out.begin_array();
            for element in value.as_array().into_iter().flatten() {
                map_strings(element, out, replace);
            }
            out.end_array();
        }
        Kind::Null | Kind::Bool | Kind::Number => out.raw(value),
    }
}

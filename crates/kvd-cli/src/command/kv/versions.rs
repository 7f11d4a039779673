//! The `-versions` flag: numbers separated by commas, in one flag or several.

use serde_json::{Value, json};

use crate::flags::Flag;

pub(super) const VERSIONS: Flag =
    Flag::list("versions", "The version numbers, separated by commas. It can be given several times.");

/// The body of a request about versions.
pub(super) fn body(given: &[String]) -> Value {
    let numbers: Vec<&str> = given
        .iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|number| !number.is_empty())
        .collect();
    json!({ "versions": numbers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_collected_from_all_flags() {
        for (given, expected) in [
            (["1,2"].as_slice(), json!({"versions": ["1", "2"]})),
            (&["3, 4", "5"], json!({"versions": ["3", "4", "5"]})),
            (&[""], json!({"versions": []})),
        ] {
            assert_eq!(body(&given.iter().map(|&item| item.to_owned()).collect::<Vec<_>>()), expected);
        }
    }
}

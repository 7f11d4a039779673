//! Claims that a role is bound to.

use crate::{glob, jose::Claims};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

/// How the values of a role are compared with those of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Comparison {
    /// They are the same.
    #[default]
    String,
    /// They are the same but for what stars stand for.
    Glob,
}

/// Why a token does not say what a role wants.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum BoundError {
    #[error("claim {0:?} is missing")]
    Missing(String),
    #[error("claim {0:?} does not match any associated bound claim values")]
    Different(String),
    #[error("received claim {0:?} is not a string, bool, int or list")]
    Kind(String),
}

/// Whether the token says, for each claim that is bound, one of the values that are bound.
///
/// # Errors
/// When it does not.
pub(super) fn check(
    bound: &Map<String, Value>,
    comparison: Comparison,
    claims: &Claims,
) -> Result<(), BoundError> {
    for (name, wanted) in bound {
        let given = claims.named(name).ok_or_else(|| BoundError::Missing(name.clone()))?;
        let given = as_list(given).ok_or_else(|| BoundError::Kind(name.clone()))?;
        let fits = |wanted: &Value| given.iter().any(|given| is_same(wanted, given, comparison));
        // A bound value of another kind fits nothing.
        if !as_list(wanted).unwrap_or_default().iter().any(fits) {
            return Err(BoundError::Different(name.clone()));
        }
    }
    Ok(())
}

/// A list as it is, a single value as a list of one; none for an object.
pub(super) fn as_list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(list) => Some(list),
        Value::String(_) | Value::Bool(_) | Value::Number(_) => Some(std::slice::from_ref(value)),
        Value::Object(_) | Value::Null => None,
    }
}

fn is_same(wanted: &Value, given: &Value, comparison: Comparison) -> bool {
    match (wanted, given, comparison) {
        (Value::String(pattern), Value::String(text), Comparison::Glob) => glob::matches(pattern, text),
        (_, _, Comparison::Glob) => false,
        (Value::Number(a), Value::Number(b), Comparison::String) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            // Written differently they may still be the same number: 5 and 5.0.
            _ => a.as_f64() == b.as_f64(),
        },
        (Value::Object(_) | Value::Array(_) | Value::Null, _, Comparison::String) => false,
        (wanted, given, Comparison::String) => wanted == given,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Algorithm, Token, testing::encode};

    fn claims(payload: &str) -> Claims {
        let text = format!("{}.{}.AA", encode(br#"{"alg":"ES256"}"#), encode(payload.as_bytes()));
        Token::parse(&text, &Algorithm::ALL).unwrap().unverified().unwrap()
    }

    #[test]
    fn claims_are_compared_with_those_that_are_bound() {
        use Comparison::{Glob, String};
        let missing = |name: &str| Err(BoundError::Missing(name.to_owned()));
        let different = |name: &str| Err(BoundError::Different(name.to_owned()));
        for (comparison, bound, token, want) in [
            (String, r#"{"p":"a"}"#, r#"{"p":"a"}"#, Ok(())),
            (String, r#"{"p":"a"}"#, r#"{"p":["b","a"]}"#, Ok(())),
            (String, r#"{"p":["x","a"]}"#, r#"{"p":"a"}"#, Ok(())),
            (String, r#"{"p":"a"}"#, r#"{"p":"A"}"#, different("p")),
            (String, r#"{"p":"a"}"#, r#"{}"#, missing("p")),
            (String, r#"{"p":"a"}"#, r#"{"p":null}"#, missing("p")),
            (String, r#"{"p":"a"}"#, r#"{"p":[]}"#, different("p")),
            (String, r#"{"p":[]}"#, r#"{"p":"a"}"#, different("p")),
            (String, r#"{"p":"a"}"#, r#"{"p":{"a":1}}"#, Err(BoundError::Kind("p".to_owned()))),
            (String, r#"{"n":5}"#, r#"{"n":5}"#, Ok(())),
            (String, r#"{"n":5}"#, r#"{"n":5.0}"#, Ok(())),
            (String, r#"{"n":5}"#, r#"{"n":5.9}"#, different("n")),
            (String, r#"{"n":5}"#, r#"{"n":"5"}"#, different("n")),
            (String, r#"{"f":true}"#, r#"{"f":true}"#, Ok(())),
            (String, r#"{"f":true}"#, r#"{"f":"true"}"#, different("f")),
            (String, r#"{"p":"a*"}"#, r#"{"p":"ab"}"#, different("p")),
            (String, r#"{"p":{"a":1}}"#, r#"{"p":[{"a":1}]}"#, different("p")),
            (String, r#"{"/d/e":"x"}"#, r#"{"d":{"e":"x"}}"#, Ok(())),
            (String, r#"{"/d/e":"x"}"#, r#"{"/d/e":"x"}"#, missing("/d/e")),
            (String, r#"{"/l/1":"x"}"#, r#"{"l":["y","x"]}"#, Ok(())),
            (Glob, r#"{"p":"team-*/app"}"#, r#"{"p":"team-7/app"}"#, Ok(())),
            (Glob, r#"{"p":["x","t*"]}"#, r#"{"p":[1,"t7"]}"#, Ok(())),
            (Glob, r#"{"p":"t*"}"#, r#"{"p":7}"#, different("p")),
            (Glob, r#"{"p":"a","q":"b*"}"#, r#"{"p":"a","q":"c"}"#, different("q")),
        ] {
            let bound: Map<_, _> = serde_json::from_str(bound).unwrap();
            assert_eq!(check(&bound, comparison, &claims(token)), want, "{bound:?} {token}");
        }
    }
}

//! Rules about the fields of a request: which must be there, which may not, and with which values.
//!
//! Two mistakes are common in this kind of rule, and both let a forbidden value through. A list is judged as one value, so
//! that `["admin", "x"]` is not `admin` (V-010); and a value is compared as written although the engine trims,
//! splits or lower-cases it later (V-009). So a deny looks at every way a value could be understood, and an allow only
//! at the value as it stands.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::fold::fold;

/// The value of a field, in a request or in a policy.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue<'a> {
    /// `true` or `false`
    Bool(bool),
    /// A list.
    List(Vec<ParameterValue<'a>>),
    /// `null`
    Null,
    /// A number as it was written.
    Number(Cow<'a, str>),
    /// An object, by its members.
    Object(Vec<(Cow<'a, str>, ParameterValue<'a>)>),
    /// A text.
    String(Cow<'a, str>),
}

/// The top-level fields of a request, asked for only when a rule limits them.
pub trait Parameters {
    /// Every field with its value, as often as it was given.
    fn fields(&self) -> Vec<(Cow<'_, str>, ParameterValue<'_>)>;
}

/// A request without fields.
#[derive(Clone, Copy, Debug)]
pub struct NoParameters;

impl Parameters for NoParameters {
    fn fields(&self) -> Vec<(Cow<'_, str>, ParameterValue<'_>)> {
        Vec::new()
    }
}

/// Why a request's fields do not satisfy a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterFault {
    /// A field has a denied name or value.
    Denied,
    /// A required field is missing.
    Missing,
    /// A field has a name or a value that is not allowed.
    NotAllowed,
}

/// By folded name, the values meant; no values means all values.
pub(crate) type ValuesByName = BTreeMap<String, Vec<ParameterValue<'static>>>;

/// The parameter rules of one path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParameterRules {
    pub(crate) allowed: ValuesByName,
    pub(crate) denied: ValuesByName,
    pub(crate) required: Vec<String>,
}

impl ParameterRules {
    /// Fields that may be sent, and their values; empty means any field.
    #[must_use]
    pub fn allowed(&self) -> &BTreeMap<String, Vec<ParameterValue<'static>>> {
        &self.allowed
    }

    /// Fields that may not be sent, or not with these values.
    #[must_use]
    pub fn denied(&self) -> &BTreeMap<String, Vec<ParameterValue<'static>>> {
        &self.denied
    }

    /// Fields that must be sent, in the spelling of the policy.
    #[must_use]
    pub fn required(&self) -> &[String] {
        &self.required
    }

    /// Whether there is nothing to check.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.allowed.is_empty() && self.denied.is_empty() && self.required.is_empty()
    }

    /// Whether the field is required, in any spelling.
    pub(crate) fn requires(&self, name: &str) -> bool {
        self.required.iter().any(|required| fold(required) == fold(name))
    }

    /// Adds the rules of another policy for the same path: fields and values add up, a field with any value stays one.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (into, from) in [(&mut self.allowed, &other.allowed), (&mut self.denied, &other.denied)] {
            for (name, values) in from {
                add_values(into, name, values.clone());
            }
        }
        for name in &other.required {
            if !self.requires(name) {
                self.required.push(name.clone());
            }
        }
    }

    /// Judges the fields of a request.
    pub(crate) fn check(&self, parameters: &dyn Parameters) -> Result<(), ParameterFault> {
        if self.is_empty() {
            return Ok(());
        }
        let fields = parameters.fields();
        let names: Vec<_> = fields.iter().map(|(name, _)| fold(name)).collect();
        if !self.required.iter().all(|required| names.contains(&fold(required))) {
            return Err(ParameterFault::Missing);
        }
        for (name, (_, value)) in names.iter().zip(&fields) {
            if self.denied.contains_key("*")
                || self.denied.get(&**name).is_some_and(|values| denies(values, value))
            {
                return Err(ParameterFault::Denied);
            }
        }
        let allows_other_names = self.allowed.contains_key("*");
        if self.allowed.is_empty() || (allows_other_names && self.allowed.len() == 1) {
            return Ok(());
        }
        for (name, (_, value)) in names.iter().zip(&fields) {
            let is_allowed = match self.allowed.get(&**name) {
                Some(values) => values.is_empty() || allows(values, value),
                None => allows_other_names,
            };
            if !is_allowed {
                return Err(ParameterFault::NotAllowed);
            }
        }
        Ok(())
    }
}

/// Adds values for a field; no values stand for every value, so they swallow all others.
pub(crate) fn add_values(into: &mut ValuesByName, name: &str, values: Vec<ParameterValue<'static>>) {
    match into.get_mut(name) {
        None => {
            into.insert(name.to_owned(), values);
        }
        Some(existing) if existing.is_empty() || values.is_empty() => existing.clear(),
        Some(existing) => existing.extend(values),
    }
}

/// Whether a value is one of the allowed, or a list of such.
fn allows(allowed: &[ParameterValue<'_>], value: &ParameterValue<'_>) -> bool {
    match value {
        ParameterValue::List(list) => {
            let each = !list.is_empty() && list.iter().all(|element| allows(allowed, element));
            each || allowed.iter().any(|item| same(item, value))
        }
        ParameterValue::String(text) => {
            let is_one = |part: &str| {
                allowed.iter().any(|item| matches!(item, ParameterValue::String(item) if glob(item, part)))
            };
            let is_exactly_one = allowed.iter().any(|item| same(item, value));
            // An engine may read `dev-a,admin` as a list, so a star does not reach over a comma.
            is_exactly_one || (is_one(text) && text.split(',').all(|part| is_one(part.trim())))
        }
        ParameterValue::Bool(_)
        | ParameterValue::Null
        | ParameterValue::Number(_)
        | ParameterValue::Object(_) => allowed.iter().any(|item| same(item, value)),
    }
}

/// Whether a value, or any part of it, could be understood as one of the denied.
fn denies(denied: &[ParameterValue<'_>], value: &ParameterValue<'_>) -> bool {
    if denied.is_empty() {
        return true;
    }
    match value {
        ParameterValue::List(list) => {
            list.iter().any(|element| denies(denied, element)) || denied.iter().any(|item| same(item, value))
        }
        ParameterValue::Null | ParameterValue::Object(_) => denied.iter().any(|item| same(item, value)),
        ParameterValue::Bool(_) | ParameterValue::Number(_) | ParameterValue::String(_) => {
            let text = scalar_text(value);
            let text = fold(&text);
            denied.iter().any(|item| {
                if matches!(item, ParameterValue::List(_) | ParameterValue::Null | ParameterValue::Object(_))
                {
                    return false;
                }
                let item_text = scalar_text(item);
                let item_text = fold(&item_text);
                let hits = |part: &str| glob(&item_text, part) || glob(item_text.trim(), part.trim());
                same(item, value) || hits(&text) || text.split(',').any(hits)
            })
        }
    }
}

/// A number, a boolean or a text as text: engines take `"1"` for `1`.
fn scalar_text<'v>(value: &'v ParameterValue<'_>) -> Cow<'v, str> {
    match value {
        ParameterValue::Bool(true) => "true".into(),
        ParameterValue::Bool(false) => "false".into(),
        ParameterValue::Number(text) | ParameterValue::String(text) => (&**text).into(),
        ParameterValue::List(_) | ParameterValue::Null | ParameterValue::Object(_) => "".into(),
    }
}

/// Equal, where numbers are equal if they mean the same.
fn same(left: &ParameterValue<'_>, right: &ParameterValue<'_>) -> bool {
    match (left, right) {
        (ParameterValue::Number(left), ParameterValue::Number(right)) => {
            left == right
                || matches!((number(left), number(right)), (Some(left), Some(right)) if left == right)
        }
        (ParameterValue::List(left), ParameterValue::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (left, right) => left == right,
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// Vault's globs for values: a star at either end or both. A lone star is only itself.
fn glob(pattern: &str, text: &str) -> bool {
    if pattern.len() < 2 {
        return pattern == text;
    }
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), Some(_)) => text.contains(&end[..end.len() - 1]),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => pattern == text,
    }
}

#[cfg(test)]
mod tests {
    use super::{ParameterValue, allows, denies, glob};

    fn text(text: &str) -> ParameterValue<'_> {
        ParameterValue::String(text.into())
    }

    fn list<'a>(texts: &[&'a str]) -> ParameterValue<'a> {
        ParameterValue::List(texts.iter().map(|element| text(element)).collect())
    }

    fn number(digits: &str) -> ParameterValue<'_> {
        ParameterValue::Number(digits.into())
    }

    #[test]
    fn v_009_a_denied_value_is_denied_in_every_spelling() {
        let denied = [text("super-admin"), text("ops-*"), number("7"), ParameterValue::Bool(true)];
        for value in [
            text("super-admin"),
            text("Super-Admin"),
            text("super-admin "),
            text("x,Super-Admin"),
            text("x, super-admin ,y"),
            list(&["super-admin "]),
            text("OPS-1"),
            text("a, ops-2"),
            number("7"),
            number("7.0"),
            text("7"),
            text("TRUE"),
            ParameterValue::Bool(true),
        ] {
            assert!(denies(&denied, &value), "{value:?}");
        }
        for value in
            [text("super"), text("admin"), number("70"), ParameterValue::Null, list(&[]), text("x,y")]
        {
            assert!(!denies(&denied, &value), "{value:?}");
        }
    }

    #[test]
    fn v_010_lists_are_judged_value_by_value() {
        let values = [text("C")];
        for value in [list(&["C"]), list(&["C", "X"]), list(&["X", "C"]), text("C,X")] {
            assert!(denies(&values, &value), "{value:?}");
        }
        let allowed = [text("A"), text("dev-*")];
        for (value, expected) in [
            (list(&["A"]), true),
            (list(&["A", "dev-1"]), true),
            (list(&["A", "B"]), false),
            (list(&[]), false),
            (text("a"), false),
            (text("dev-1"), true),
            (text("dev-1,admin"), false),
            (text("A,dev-1"), false),
            (text("A "), false),
            (ParameterValue::Null, false),
        ] {
            assert_eq!(allows(&allowed, &value), expected, "{value:?}");
        }
        assert!(allows(&[text("a,b")], &text("a,b")));
        assert!(allows(&[list(&["a", "b"])], &list(&["a", "b"])));
        assert!(allows(&[number("1")], &number("1.0")));
        assert!(!allows(&[number("1")], &text("1")));
    }

    #[test]
    fn stars_stand_at_the_ends_of_values() {
        for (pattern, value, expected) in [
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("*a*", "bab", true),
            ("a*b", "aXb", false),
            ("a*b", "a*b", true),
            ("*", "x", false),
            ("*", "*", true),
            ("**", "x", true),
            ("", "", true),
        ] {
            assert_eq!(glob(pattern, value), expected, "{pattern} {value}");
        }
    }
}

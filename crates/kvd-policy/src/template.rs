//! Paths that hold the caller's own identity: `secret/data/{{identity.entity.name}}/*`.
//!
//! A value becomes part of exactly one segment. If it has a slash or a wildcard (V-005, V-006), or does not exist, the
//! path cannot be made, and what follows from that depends on the rule: a grant is not given, and a deny stays a deny for
//! everything it could have meant (V-007).

use std::borrow::Cow;

use crate::fold::fold;
use crate::pattern::{Pattern, PatternError};

/// What a template asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// `identity.entity.aliases.<mount accessor>.custom_metadata.<key>`
    AliasCustomMetadata {
        /// Accessor of the auth mount.
        accessor: String,
        /// The key.
        key: String,
    },
    /// `identity.entity.aliases.<mount accessor>.id`
    AliasId {
        /// Accessor of the auth mount.
        accessor: String,
    },
    /// `identity.entity.aliases.<mount accessor>.metadata.<key>`
    AliasMetadata {
        /// Accessor of the auth mount.
        accessor: String,
        /// The key.
        key: String,
    },
    /// `identity.entity.aliases.<mount accessor>.name`
    AliasName {
        /// Accessor of the auth mount.
        accessor: String,
    },
    /// `identity.entity.id`
    EntityId,
    /// `identity.entity.metadata.<key>`
    EntityMetadata {
        /// The key.
        key: String,
    },
    /// `identity.entity.name`
    EntityName,
    /// `identity.groups.{ids,names}.<group>.id`
    GroupId(GroupRef),
    /// `identity.groups.{ids,names}.<group>.metadata.<key>`
    GroupMetadata {
        /// The group.
        group: GroupRef,
        /// The key.
        key: String,
    },
    /// `identity.groups.{ids,names}.<group>.name`
    GroupName(GroupRef),
    /// Anything else: there is never a value for it. Vault accepts such policies too.
    Unknown,
}

/// How a template names a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GroupRef {
    /// By its id.
    Id(String),
    /// By its name.
    Name(String),
}

/// The identity of a caller.
pub trait IdentityValues {
    /// The value, or `None` if the caller has none: no entity, no such alias, not a member of the group.
    ///
    /// Where an entity has several aliases on one mount, the one logged in with is meant (V-018).
    fn value(&self, selector: &Selector) -> Option<Cow<'_, str>>;
}

/// A caller without an entity.
#[derive(Clone, Copy, Debug)]
pub struct NoIdentity;

impl IdentityValues for NoIdentity {
    fn value(&self, _: &Selector) -> Option<Cow<'_, str>> {
        None
    }
}

impl Selector {
    fn parse(text: &str) -> Self {
        let owned = str::to_owned;
        let Some(path) = text.trim().strip_prefix("identity.") else {
            return Self::Unknown;
        };
        if let Some(entity) = path.strip_prefix("entity.") {
            let alias = entity.strip_prefix("aliases.").and_then(|alias| alias.split_once('.'));
            return match (entity, alias) {
                ("id", _) => Self::EntityId,
                ("name", _) => Self::EntityName,
                (_, Some((accessor, "id"))) => Self::AliasId { accessor: owned(accessor) },
                (_, Some((accessor, "name"))) => Self::AliasName { accessor: owned(accessor) },
                (_, Some((accessor, field))) => match field.split_once('.') {
                    Some(("metadata", key)) => {
                        Self::AliasMetadata { accessor: owned(accessor), key: owned(key) }
                    }
                    Some(("custom_metadata", key)) => {
                        Self::AliasCustomMetadata { accessor: owned(accessor), key: owned(key) }
                    }
                    _ => Self::Unknown,
                },
                (_, None) => match entity.strip_prefix("metadata.") {
                    Some(key) => Self::EntityMetadata { key: owned(key) },
                    None => Self::Unknown,
                },
            };
        }
        let group = path.strip_prefix("groups.").and_then(|group| group.split_once('.'));
        let Some((by, (name, field))) = group.and_then(|(by, rest)| Some((by, rest.split_once('.')?))) else {
            return Self::Unknown;
        };
        let group = match by {
            "ids" => GroupRef::Id(owned(name)),
            "names" => GroupRef::Name(owned(name)),
            _ => return Self::Unknown,
        };
        match (field, field.strip_prefix("metadata.")) {
            ("id", _) => Self::GroupId(group),
            ("name", _) => Self::GroupName(group),
            (_, Some(key)) => Self::GroupMetadata { group, key: owned(key) },
            (_, None) => Self::Unknown,
        }
    }
}

/// Double braces that do not come in pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unbalanced templating characters")]
pub struct Unbalanced;

/// The path of a rule before the caller is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    Value(Selector),
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, Unbalanced> {
        let mut pieces = text.split("{{");
        let first = pieces.next().unwrap_or_default();
        if first.contains("}}") {
            return Err(Unbalanced);
        }
        let mut parts = vec![Part::Literal(first.to_owned())];
        for piece in pieces {
            let (selector, literal) = piece.split_once("}}").ok_or(Unbalanced)?;
            if literal.contains("}}") {
                return Err(Unbalanced);
            }
            parts.push(Part::Value(Selector::parse(selector)));
            parts.push(Part::Literal(literal.to_owned()));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The path as it stands in the policy.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn has_values(&self) -> bool {
        self.parts.len() > 1
    }

    /// The path for one caller; `None` if a value is missing or cannot be part of a segment.
    pub(crate) fn fill(&self, identity: &dyn IdentityValues) -> Option<Result<Pattern, PatternError>> {
        let mut path = String::with_capacity(self.text.len());
        for part in &self.parts {
            match part {
                Part::Literal(text) => path.push_str(text),
                Part::Value(selector) => {
                    let value = identity.value(selector)?;
                    if !is_segment(&value) {
                        return None;
                    }
                    path.push_str(&value);
                }
            }
        }
        Some(Pattern::parse(&path))
    }

    /// What every path that could be made begins with, folded.
    pub(crate) fn fixed_beginning(&self) -> String {
        let literal = match self.parts.first() {
            Some(Part::Literal(text)) => text.strip_prefix('/').unwrap_or(text),
            Some(Part::Value(_)) | None => "",
        };
        let mut end = literal.len();
        let mut start = 0;
        for segment in literal.split('/') {
            if segment == "+" {
                end = start;
                break;
            }
            start += segment.len() + 1;
        }
        fold(&literal[..end]).into_owned()
    }
}

/// Whether a value stays inside the segment it is put into and means nothing but itself.
fn is_segment(value: &str) -> bool {
    !matches!(value, "" | "." | "..")
        && !value.contains(['/', '*', '+'])
        && !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{GroupRef, IdentityValues, NoIdentity, Selector, Template, Unbalanced};

    struct Always(&'static str);

    impl IdentityValues for Always {
        fn value(&self, _: &Selector) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }
    }

    #[test]
    fn selectors_are_read() {
        let accessor = || "auth_userpass_1".to_owned();
        let devs = || GroupRef::Name("devs".to_owned());
        for (text, expected) in [
            ("identity.entity.id", Selector::EntityId),
            (" identity.entity.name ", Selector::EntityName),
            ("identity.entity.metadata.a.b", Selector::EntityMetadata { key: "a.b".to_owned() }),
            ("identity.entity.metadata", Selector::Unknown),
            ("identity.entity.groups.names", Selector::Unknown),
            ("identity.entity.aliases.auth_userpass_1.id", Selector::AliasId { accessor: accessor() }),
            ("identity.entity.aliases.auth_userpass_1.name", Selector::AliasName { accessor: accessor() }),
            (
                "identity.entity.aliases.auth_userpass_1.metadata.k",
                Selector::AliasMetadata { accessor: accessor(), key: "k".to_owned() },
            ),
            (
                "identity.entity.aliases.auth_userpass_1.custom_metadata.k",
                Selector::AliasCustomMetadata { accessor: accessor(), key: "k".to_owned() },
            ),
            ("identity.entity.aliases.auth_userpass_1", Selector::Unknown),
            ("identity.groups.names.devs.id", Selector::GroupId(devs())),
            ("identity.groups.ids.7.name", Selector::GroupName(GroupRef::Id("7".to_owned()))),
            (
                "identity.groups.names.devs.metadata.k",
                Selector::GroupMetadata { group: devs(), key: "k".to_owned() },
            ),
            ("identity.groups.names.devs", Selector::Unknown),
            ("identity.groups.labels.devs.id", Selector::Unknown),
            ("time.now", Selector::Unknown),
            ("", Selector::Unknown),
        ] {
            assert_eq!(Selector::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn braces_come_in_pairs() {
        for text in ["{{", "}}", "a/{{x", "a/x}}", "{{a}}}}", "{{a}}/}}", "{{a{{b}}"] {
            assert_eq!(Template::parse(text), Err(Unbalanced), "{text}");
        }
        for (text, has_values) in
            [("", false), ("a/b", false), ("a/{b}", false), ("a/{{b}}", true), ("{{a}}{{b}}", true)]
        {
            assert_eq!(Template::parse(text).map(|template| template.has_values()), Ok(has_values), "{text}");
        }
    }

    fn check(template: &str, value: &'static str, expected: Option<&str>) {
        let template = Template::parse(template).expect("the template is balanced");
        let filled = template.fill(&Always(value)).map(|pattern| pattern.expect("the path is a pattern"));
        assert_eq!(filled.as_ref().map(|pattern| pattern.text()), expected, "{template:?} with {value:?}");
    }

    #[test]
    fn v_005_v_006_a_value_stays_inside_its_segment() {
        check("a/{{identity.entity.name}}/b", "bob", Some("a/bob/b"));
        check("a/x-{{identity.entity.name}}*", "bob", Some("a/x-bob"));
        for value in ["*", "+", "b*", "a+b", "a/b", "/", "a/../b", "..", ".", "", "a\nb", "\0"] {
            check("a/{{identity.entity.name}}/b", value, None);
        }
        // Values are not looked into again, and are not decoded.
        check("a/{{identity.entity.name}}", "{{identity.entity.id}}", Some("a/{{identity.entity.id}}"));
        check("a/{{identity.entity.name}}", "b%2fc", Some("a/b%2fc"));
    }

    #[test]
    fn a_missing_value_makes_no_path() {
        let template = Template::parse("a/{{identity.entity.name}}").unwrap();
        assert_eq!(template.fill(&NoIdentity), None);
    }

    #[test]
    fn the_fixed_beginning_ends_where_something_can_vary() {
        for (text, expected) in [
            ("secret/{{a}}/*", "secret/"),
            ("/Secret/x-{{a}}", "secret/x-"),
            ("{{a}}/x", ""),
            ("secret/+/{{a}}", "secret/"),
            ("+/{{a}}", ""),
            ("a+b/{{a}}", "a+b/"),
        ] {
            assert_eq!(Template::parse(text).unwrap().fixed_beginning(), expected, "{text}");
        }
    }
}

//! Routes: one line per endpoint, from which calls are dispatched, judged, documented and tested.

use crate::Request;
use futures_util::future::BoxFuture;
use kvd_types::{Fault, Operation, Reply};

/// Does what a call asks of `E`.
pub type Handler<E> = for<'a> fn(&'a E, Request<'a>) -> BoxFuture<'a, Result<Reply, Fault>>;

/// Whether the thing that a write is about exists.
pub type Exists<E> = for<'a> fn(&'a E, Request<'a>) -> BoxFuture<'a, Result<bool, Fault>>;

/// One endpoint of `E`.
pub struct Route<E: 'static> {
    /// The paths it answers.
    pub pattern: Pattern,
    /// What may be done there, and by which function.
    pub operations: &'static [(Operation, Handler<E>)],
    /// How to tell a create from an update; without it every write is an update.
    pub exists: Option<Exists<E>>,
    /// Who may come at all.
    pub access: Access,
    /// What it takes.
    pub fields: Fields,
    /// What it is for, in one sentence.
    pub summary: &'static str,
}

/// Who may call a route, before policies are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A token whose policies allow it.
    Token,
    /// A token whose policies allow it with `sudo`.
    Sudo,
    /// Anybody, without a token.
    Open,
}

/// Which members a body or query may have.
#[derive(Clone, Copy, Debug)]
pub enum Fields {
    /// Any: they are the caller's own data.
    Any,
    /// These; others are passed over with a warning.
    Named(&'static [Field]),
}

/// A member that a body or query may have.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// What it is for, in one sentence.
    pub summary: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    String,
    /// A whole number, or its digits as text.
    Int,
    /// `true`, `false`, or such a word as text.
    Bool,
    /// Seconds, or a duration as text.
    Duration,
    /// A list, or its elements as one text with commas.
    List,
    /// An object.
    Map,
}

impl Field {
    /// A field of that name, kind and purpose.
    pub const fn new(name: &'static str, kind: FieldKind, summary: &'static str) -> Self {
        Self { name, kind, summary }
    }
}

impl<E> Route<E> {
    /// An endpoint whose members are known, and every write of which is an update.
    pub const fn named(
        pattern: &'static str,
        access: Access,
        operations: &'static [(Operation, Handler<E>)],
        fields: &'static [Field],
        summary: &'static str,
    ) -> Self {
        Self {
            pattern: Pattern(pattern),
            operations,
            exists: None,
            access,
            fields: Fields::Named(fields),
            summary,
        }
    }

    /// The function for an operation.
    pub fn handler(&self, operation: Operation) -> Option<Handler<E>> {
        self.operations.iter().find(|(o, _)| *o == operation).map(|(_, h)| *h)
    }

    /// The route without its functions, for whoever only has to know about it.
    pub fn facts(&self) -> Route<()> {
        Route {
            pattern: self.pattern,
            operations: &[],
            exists: self.exists.map(|_| -> Exists<()> { |(), _| Box::pin(async { Ok(true) }) }),
            access: self.access,
            fields: self.fields,
            summary: self.summary,
        }
    }
}

/// A path with placeholders: `{name}` is one segment, `{name*}` is as many as there are, slashes included. What
/// stands behind the latter has to be the end of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern(pub &'static str);

/// The parts of a path that a pattern names; a pattern names two at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a>([Option<(&'static str, &'a str)>; 2]);

impl<'a> Params<'a> {
    /// The part of that name; empty when the pattern does not name it.
    pub fn get(&self, name: &str) -> &'a str {
        self.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }

    /// All parts.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.0.into_iter().flatten()
    }
}

impl Pattern {
    /// Holds `path` against the pattern. A slash at the end of the path counts only where `{name*}` takes it.
    pub fn matches<'a>(&self, path: &'a str) -> Option<Params<'a>> {
        let mut params = Params::default();
        let mut named = 0;
        let mut name = |key, value| {
            if let Some(place) = params.0.get_mut(named) {
                *place = Some((key, value));
            }
            named += 1;
        };
        let (mut rest, mut end) = (Some(path), 0);
        for segment in self.0.split('/') {
            let here = rest?;
            end += segment.len();
            if let Some(key) = placeholder(segment).and_then(|k| k.strip_suffix('*')) {
                let tail = &self.0[end..];
                let value = match tail {
                    "" => here,
                    _ => {
                        here.strip_suffix('/').unwrap_or(here).strip_suffix(tail).filter(|v| !v.is_empty())?
                    }
                };
                name(key, value);
                return Some(params);
            }
            let (head, tail) = match here.split_once('/') {
                Some((head, tail)) => (head, Some(tail)),
                None => (here, None),
            };
            match placeholder(segment) {
                Some(_) if head.is_empty() => return None,
                Some(key) => name(key, head),
                None if head == segment => {}
                None => return None,
            }
            rest = tail;
            end += 1;
        }
        matches!(rest, None | Some("")).then_some(params)
    }
}

fn placeholder(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The endpoints of `E`; of several that fit a path, the first one counts.
pub struct RouteTable<E: 'static>(pub &'static [Route<E>]);

impl<E> RouteTable<E> {
    /// The route for `path`.
    pub fn find<'a>(&self, path: &'a str) -> Option<(usize, Params<'a>)> {
        self.0.iter().enumerate().find_map(|(i, route)| route.pattern.matches(path).map(|params| (i, params)))
    }

    /// The route with that number, as [`RouteTable::find`] gave it.
    pub fn route(&self, number: usize) -> &'static Route<E> {
        &self.0[number]
    }

    /// How many routes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_held_against_patterns() {
        let check = |pattern: &'static str, path: &str, want: Option<&[(&str, &str)]>| {
            let got = Pattern(pattern).matches(path).map(|p| p.iter().collect::<Vec<_>>());
            assert_eq!(got.as_deref(), want, "{pattern} {path}");
        };
        check("config", "config", Some(&[]));
        check("config", "config/", Some(&[]));
        check("config", "configs", None);
        check("config", "config/x", None);
        check("data/{path*}", "data/a/b", Some(&[("path", "a/b")]));
        check("data/{path*}", "data/a/b/", Some(&[("path", "a/b/")]));
        check("data/{path*}", "data/", Some(&[("path", "")]));
        check("data/{path*}", "data", None);
        check("{path*}", "", Some(&[("path", "")]));
        check("role/{name}", "role/x", Some(&[("name", "x")]));
        check("role/{name}", "role/x/", Some(&[("name", "x")]));
        check("role/{name}", "role/", None);
        check("role/{name}/id", "role/x/id", Some(&[("name", "x")]));
        check("role/{name}/id", "role/x/y", None);
        check("m/{path*}/tune", "m/a/b/tune", Some(&[("path", "a/b")]));
        check("m/{path*}/tune", "m/a/b/tune/", Some(&[("path", "a/b")]));
        check("m/{path*}/tune", "m/tune", None);
        check("m/{path*}/tune", "m/a/b", None);
        check("{a}/x/{b*}", "1/x/2/3", Some(&[("a", "1"), ("b", "2/3")]));
    }
}

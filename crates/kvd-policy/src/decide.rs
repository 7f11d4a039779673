//! A question, a decision, and the reasons for it.

use std::borrow::Cow;
use std::time::Duration;

use crate::acl::{Acl, Found, Rule, UnresolvedDeny};
use crate::capability::{Capability, Operation};
use crate::fold::fold;
use crate::parameters::{NoParameters, ParameterFault, ParameterValue, Parameters};
use crate::policy::Conditions;

/// May a caller do this?
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The path in the form that the engine will use, without `/v1/`.
    pub path: &'a str,
    /// What is to be done.
    pub operation: Operation,
    /// The fields sent along.
    pub parameters: &'a dyn Parameters,
    /// For how long the answer is to be wrapped, if at all.
    pub wrap_ttl: Option<Duration>,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    refusal: Option<Refusal>,
    is_root: bool,
    found: Found<'a>,
    operation: Operation,
    page_limit: Option<u64>,
}

/// Why a request is refused. The caller is told only `permission denied`; this is for `policy check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The deciding rule lacks the capability.
    #[error("the deciding rule does not grant {0}")]
    Capability(Capability),
    /// The deciding rule denies.
    #[error("a rule denies this path")]
    Denied,
    /// No rule matches.
    #[error("no rule matches this path")]
    NoRule,
    /// The list is longer than the rule permits, or its length cannot be read.
    #[error("the rule limits the page to fewer names")]
    PageLimit,
    /// A field is missing or may not be sent.
    #[error("{}", parameter_text(*.0))]
    Parameter(ParameterFault),
    /// A deny in a templated policy has no value for this caller.
    #[error("a deny with a template cannot be resolved for this caller")]
    UnresolvedDeny,
    /// The answer is not wrapped, or for too short or too long a time.
    #[error("the rule asks for a wrapped answer within limits")]
    WrapTtl,
}

fn parameter_text(fault: ParameterFault) -> &'static str {
    match fault {
        ParameterFault::Denied => "a parameter or its value is denied",
        ParameterFault::Missing => "a required parameter is missing",
        ParameterFault::NotAllowed => "a parameter or its value is not among the allowed",
    }
}

/// A rule that matches a path, whether or not it decides.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Whether it is the one that decides.
    pub decides: bool,
}

impl<'a> Question<'a> {
    /// A request without fields whose answer is not wrapped.
    #[must_use]
    pub fn new(path: &'a str, operation: Operation) -> Self {
        Self { path, operation, parameters: &NoParameters, wrap_ttl: None }
    }
}

impl<'a> Decision<'a> {
    /// Whether the request may go on.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.refusal.is_none()
    }

    /// Why not.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// Whether the caller also has sudo on the path, as protected paths ask.
    #[must_use]
    pub fn has_sudo(&self) -> bool {
        self.is_root || self.rule().is_some_and(|rule| rule.capabilities().contains(Capability::Sudo))
    }

    /// Whether a root token asks.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.is_root
    }

    /// The rule that decided, a deny included.
    #[must_use]
    pub fn rule(&self) -> Option<&'a Rule> {
        match self.found {
            Found::Deny(rule) | Found::Grant(rule) => Some(rule),
            Found::Nothing | Found::Unresolved(_) => None,
        }
    }

    /// The deny that decided although its path could not be made.
    #[must_use]
    pub fn unresolved_deny(&self) -> Option<&'a UnresolvedDeny> {
        match self.found {
            Found::Unresolved(deny) => Some(deny),
            Found::Deny(_) | Found::Grant(_) | Found::Nothing => None,
        }
    }

    /// Names of the policies that permit it, for the audit log. Empty if it is refused; `root` for root.
    #[must_use]
    pub fn granting_policies(&self) -> Vec<&'a str> {
        match (self.refusal, self.is_root, self.rule()) {
            (None, true, _) => vec!["root"],
            (None, false, Some(rule)) => {
                rule.granted_by(self.operation.capability()).map(|name| name.as_str()).collect()
            }
            (_, _, _) => Vec::new(),
        }
    }

    /// What a list must take for its `limit`, whatever was sent; `None` leaves it as it is.
    #[must_use]
    pub fn page_limit(&self) -> Option<u64> {
        self.page_limit
    }
}

impl Acl {
    /// Decides. The cost depends on the length of the path, and on the fields if a rule limits them.
    #[must_use]
    pub fn decide(&self, question: &Question<'_>) -> Decision<'_> {
        let operation = question.operation;
        let mut decision = Decision {
            refusal: None,
            is_root: self.is_root(),
            found: Found::Nothing,
            operation,
            page_limit: None,
        };
        if self.is_root() {
            return decision;
        }
        let path = folder_path(question);
        decision.found = self.look_up(&path, operation.is_listing());
        decision.refusal = match decision.found {
            Found::Deny(_) => Some(Refusal::Denied),
            Found::Nothing => Some(Refusal::NoRule),
            Found::Unresolved(_) => Some(Refusal::UnresolvedDeny),
            Found::Grant(rule) if !rule.capabilities().contains(operation.capability()) => {
                Some(Refusal::Capability(operation.capability()))
            }
            Found::Grant(rule) => match check(rule.conditions(), question) {
                Ok(page_limit) => {
                    decision.page_limit = page_limit;
                    None
                }
                Err(refusal) => Some(refusal),
            },
        };
        decision
    }

    /// All rules that match a question's path, the deciding one first: for people who ask why. Walks over every rule.
    #[must_use]
    pub fn explain(&self, question: &Question<'_>) -> Vec<Candidate<'_>> {
        let path = folder_path(question);
        let path = path.trim_start_matches('/');
        let folded = fold(path);
        let spellings = |path: &str, rule: &Rule| {
            let without_slash = path.strip_suffix('/').filter(|_| question.operation.is_listing());
            rule.pattern().matches(path) || without_slash.is_some_and(|path| rule.pattern().matches(path))
        };
        let deciding = self.decide(question).rule();
        let grants = self.grants().iter().filter(|rule| spellings(path, rule));
        let denies = self.denies().iter().filter(|rule| spellings(&folded, rule));
        let mut candidates: Vec<_> = grants
            .chain(denies)
            .map(|rule| Candidate {
                rule,
                decides: deciding.is_some_and(|deciding| std::ptr::eq(deciding, rule)),
            })
            .collect();
        candidates.sort_by_cached_key(|candidate| {
            let pattern = candidate.rule.pattern();
            std::cmp::Reverse((candidate.decides, pattern.is_exact(), pattern.priority()))
        });
        candidates
    }
}

/// The path as it is judged: a list is asked of a folder, and a folder's path ends with a slash.
fn folder_path<'a>(question: &Question<'a>) -> Cow<'a, str> {
    if question.operation.is_listing() && !question.path.ends_with('/') {
        return format!("{}/", question.path).into();
    }
    question.path.into()
}

/// Checks what a rule asks besides the capability, and says what a list must take for its limit.
fn check(conditions: &Conditions, question: &Question<'_>) -> Result<Option<u64>, Refusal> {
    check_wrap_ttl(conditions, question.wrap_ttl)?;
    match question.operation {
        Operation::List | Operation::Scan => page_limit(conditions, question.parameters),
        Operation::Create | Operation::Patch | Operation::Read | Operation::Update => {
            conditions.parameters.check(question.parameters).map_err(Refusal::Parameter)?;
            Ok(None)
        }
        // As in Vault: what is deleted is named by the path alone.
        Operation::Delete => Ok(None),
    }
}

/// Merging can leave limits that nothing satisfies; then nothing does.
fn check_wrap_ttl(conditions: &Conditions, asked: Option<Duration>) -> Result<(), Refusal> {
    let min = conditions.min_wrapping_ttl;
    let max = conditions.max_wrapping_ttl;
    if min.is_none() && max.is_none() {
        return Ok(());
    }
    let asked = asked.ok_or(Refusal::WrapTtl)?;
    let is_within = min.is_none_or(|min| asked >= min) && max.is_none_or(|max| asked <= max);
    if is_within { Ok(()) } else { Err(Refusal::WrapTtl) }
}

/// A list without a limit, with 0 or with `max` gets as much as the rule permits; a limit that is more, negative or
/// not a number is refused (V-011).
fn page_limit(conditions: &Conditions, parameters: &dyn Parameters) -> Result<Option<u64>, Refusal> {
    let Some(most) = conditions.pagination_limit else { return Ok(None) };
    let fields = parameters.fields();
    let asked = fields.iter().rev().find(|(name, _)| fold(name) == "limit").map(|(_, value)| value);
    let text = asked.map(|value| match value {
        ParameterValue::Number(text) | ParameterValue::String(text) => text.trim(),
        ParameterValue::Bool(_)
        | ParameterValue::List(_)
        | ParameterValue::Null
        | ParameterValue::Object(_) => "",
    });
    match text {
        None if conditions.parameters.requires("limit") => Err(Refusal::Parameter(ParameterFault::Missing)),
        None | Some("max") => Ok(Some(most)),
        Some(text) => match text.parse::<u64>() {
            Ok(0) => Ok(Some(most)),
            Ok(asked) if asked <= most => Ok(Some(asked)),
            Ok(_) | Err(_) => Err(Refusal::PageLimit),
        },
    }
}

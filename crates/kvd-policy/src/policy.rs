//! A policy: a name, its text, and the rules read from it.

use std::time::Duration;

use crate::capability::{Capabilities, Capability};
use crate::error::ParseError;
use crate::name::PolicyName;
use crate::parameters::ParameterRules;
use crate::pattern::Pattern;
use crate::syntax;
use crate::template::{IdentityValues, Template};

/// A policy that was read and found to be one.
#[derive(Clone, Debug)]
pub struct Policy {
    name: PolicyName,
    text: String,
    rules: Vec<PathRule>,
    is_templated: bool,
}

/// What a policy says about one path.
#[derive(Clone, Debug, PartialEq)]
pub struct PathRule {
    pub(crate) path: Template,
    pub(crate) capabilities: Capabilities,
    pub(crate) conditions: Conditions,
}

/// What a request must satisfy besides being of a permitted kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Shortest time for which the answer must be wrapped.
    pub min_wrapping_ttl: Option<Duration>,
    /// Longest time for which the answer may be wrapped; it must be wrapped then.
    pub max_wrapping_ttl: Option<Duration>,
    /// Most names in one page of a list.
    pub pagination_limit: Option<u64>,
    /// Rules about the fields.
    pub parameters: ParameterRules,
}

impl Policy {
    /// Reads a policy in HCL or JSON.
    ///
    /// # Errors
    /// Anything that is wrong refuses the policy whole: half a policy could lack its denies.
    pub fn parse(name: PolicyName, text: &str) -> Result<Self, ParseError> {
        let rules = syntax::read(text)?;
        let is_templated = rules.iter().any(|rule| rule.path.has_values());
        Ok(Self { name, text: text.to_owned(), rules, is_templated })
    }

    /// The policy's name.
    #[must_use]
    pub fn name(&self) -> &PolicyName {
        &self.name
    }

    /// The text it was read from, to the byte.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its rules in the order of the text.
    #[must_use]
    pub fn rules(&self) -> &[PathRule] {
        &self.rules
    }

    /// Whether its rules depend on who calls.
    #[must_use]
    pub fn is_templated(&self) -> bool {
        self.is_templated
    }
}

impl PathRule {
    /// The path as it stands in the policy, templates included.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path.text()
    }

    /// What it grants; a deny stands alone.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// What it asks of requests.
    #[must_use]
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    pub(crate) fn is_deny(&self) -> bool {
        self.capabilities.contains(Capability::Deny)
    }

    /// The paths it is for when this identity calls. A value that would break the pattern counts as no value.
    pub(crate) fn pattern(&self, identity: &dyn IdentityValues) -> Option<Pattern> {
        self.path.fill(identity)?.ok()
    }
}

impl Conditions {
    /// Adds those of another policy for the same path. Of two limits the smaller holds, as in Vault.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.min_wrapping_ttl = smaller(self.min_wrapping_ttl, other.min_wrapping_ttl);
        self.max_wrapping_ttl = smaller(self.max_wrapping_ttl, other.max_wrapping_ttl);
        self.pagination_limit = smaller(self.pagination_limit, other.pagination_limit);
        self.parameters.merge(&other.parameters);
    }
}

fn smaller<T: Ord>(left: Option<T>, right: Option<T>) -> Option<T> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}

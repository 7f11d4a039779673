//! Rules of several policies, one for each pattern, and where each stands.

use std::collections::HashMap;

use crate::capability::{Capabilities, Capability};
use crate::index::{Index, RuleId};
use crate::name::PolicyName;
use crate::pattern::{Pattern, Priority};
use crate::policy::Conditions;

/// One pattern with what all policies say about it.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(crate) pattern: Pattern,
    pub(crate) capabilities: Capabilities,
    conditions: Conditions,
    sources: Vec<(PolicyName, Capabilities)>,
}

impl Rule {
    /// Which paths it is for.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// What it grants, or `deny` alone.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// What it asks of requests.
    #[must_use]
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// The policies that give this capability here.
    pub fn granted_by(&self, capability: Capability) -> impl Iterator<Item = &PolicyName> {
        self.sources.iter().filter(move |(_, given)| given.contains(capability)).map(|(name, _)| name)
    }

    /// All policies that have a rule for this pattern.
    pub fn policies(&self) -> impl Iterator<Item = &PolicyName> {
        self.sources.iter().map(|(name, _)| name)
    }
}

/// Rules while they are collected, one for each pattern.
#[derive(Default)]
pub(crate) struct Merged {
    rules: Vec<Rule>,
    places: HashMap<Pattern, usize>,
}

impl Merged {
    pub(crate) fn add(
        &mut self,
        pattern: Pattern,
        capabilities: Capabilities,
        conditions: &Conditions,
        policy: &PolicyName,
    ) {
        let source = (policy.clone(), capabilities);
        match self.places.get(&pattern).and_then(|place| self.rules.get_mut(*place)) {
            Some(rule) => {
                rule.capabilities = rule.capabilities.union(capabilities);
                rule.conditions.merge(conditions);
                match rule.sources.iter_mut().find(|(name, _)| name == policy) {
                    Some((_, given)) => *given = given.union(capabilities),
                    None => rule.sources.push(source),
                }
            }
            None => {
                self.places.insert(pattern.clone(), self.rules.len());
                self.rules.push(Rule {
                    pattern,
                    capabilities,
                    conditions: conditions.clone(),
                    sources: vec![source],
                });
            }
        }
    }

    pub(crate) fn index(self) -> Rules {
        Rules { index: Index::build(self.rules.iter().map(Rule::pattern)), rules: self.rules }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) rules: Vec<Rule>,
    index: Index,
}

/// How a rule that was found stands against others; the greatest decides.
///
/// A path that is listed may be spelled with and without the slash at its end, and the order of the variants is the
/// order in which Vault tries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank<'a> {
    PatternWithoutSlash(Option<&'a Priority>),
    Pattern(Option<&'a Priority>),
    ExactWithoutSlash,
    Exact,
}

impl Rank<'_> {
    /// Whether a deny of this rank wins over a grant. Vault asks for the path with its slash first and forgets what it
    /// would have found without; a narrower deny found there counts all the same (V-004).
    pub(crate) fn beats(self, grant: Self) -> bool {
        match (self, grant) {
            (Self::PatternWithoutSlash(deny), Self::Pattern(grant)) => deny >= grant,
            (deny, grant) => deny >= grant,
        }
    }
}

impl Rules {
    /// The first of the places where Vault looks.
    pub(crate) fn find_grant(&self, path: &str, without_slash: Option<&str>) -> Option<(Rank<'_>, &Rule)> {
        let index = &self.index;
        let exact = index.exact(path).map(|id| (Rank::Exact, id));
        let (rank, id) = exact
            .or_else(|| Some((Rank::ExactWithoutSlash, index.exact(without_slash?)?)))
            .or_else(|| index.pattern(path).map(|id| (Rank::Pattern(index.priority(id)), id)))
            .or_else(|| {
                let id = index.pattern(without_slash?)?;
                Some((Rank::PatternWithoutSlash(index.priority(id)), id))
            })?;
        Some((rank, self.rule(id)?))
    }

    /// Every rule that may deny: in each place the narrowest.
    pub(crate) fn find_denies<'a>(
        &'a self,
        path: &str,
        without_slash: Option<&str>,
    ) -> impl Iterator<Item = (Rank<'a>, &'a Rule)> {
        let index = &self.index;
        let is_empty = self.rules.is_empty();
        let find = |path, exact, pattern: fn(Option<&'a Priority>) -> Rank<'a>| {
            let exact = index.exact(path).map(|id| (exact, id));
            [exact, index.pattern(path).map(|id| (pattern(index.priority(id)), id))]
        };
        let with = (!is_empty).then(|| find(path, Rank::Exact, Rank::Pattern));
        let without = without_slash
            .filter(|_| !is_empty)
            .map(|path| find(path, Rank::ExactWithoutSlash, Rank::PatternWithoutSlash));
        let found = [with, without].into_iter().flatten().flatten().flatten();
        found.filter_map(|(rank, id)| Some((rank, self.rule(id)?)))
    }

    /// Every rule with its standing for a path that is spelled one way.
    pub(crate) fn ranked(&self) -> impl Iterator<Item = (Rank<'_>, &Rule)> {
        (0..).zip(&self.rules).map(|(id, rule)| match rule.pattern.is_exact() {
            true => (Rank::Exact, rule),
            false => (Rank::Pattern(self.index.priority(id)), rule),
        })
    }

    fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id as usize)
    }
}

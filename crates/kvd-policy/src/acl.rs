//! The rules of several policies, merged and indexed.

use std::collections::HashMap;
use std::sync::Arc;

use crate::capability::{Capabilities, Capability};
use crate::fold::fold;
use crate::index::{Index, RuleId};
use crate::name::PolicyName;
use crate::pattern::{Pattern, Priority};
use crate::policy::{Conditions, Policy};
use crate::template::IdentityValues;

/// What the holder of some policies may do.
///
/// Build one per distinct set of policies and share it; templated policies make it depend on the identity, too.
#[derive(Debug, Default)]
pub struct Acl {
    is_root: bool,
    grants: Rules,
    /// Folded: see V-003.
    denies: Rules,
    unresolved: Vec<UnresolvedDeny>,
}

/// One pattern with what all policies say about it.
#[derive(Clone, Debug)]
pub struct Rule {
    pattern: Pattern,
    capabilities: Capabilities,
    conditions: Conditions,
    sources: Vec<(PolicyName, Capabilities)>,
}

/// A deny whose path could not be made for this caller. It denies every path with its fixed beginning, before any
/// other rule: which of them it means cannot be known (V-007).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnresolvedDeny {
    policy: PolicyName,
    path: String,
    beginning: String,
}

impl Acl {
    /// The ACL of a root token: everything is allowed.
    #[must_use]
    pub fn root() -> Self {
        Self { is_root: true, ..Self::default() }
    }

    /// Merges and indexes the rules of all policies for one caller.
    ///
    /// A templated grant whose value the caller lacks is left out. Denies that could not be made for the caller are
    /// listed by [`Acl::unresolved_denies`], for the log.
    #[must_use]
    pub fn compile(policies: &[Arc<Policy>], identity: &dyn IdentityValues) -> Self {
        let mut grants = Merged::default();
        let mut denies = Merged::default();
        let mut unresolved = Vec::new();
        for policy in policies {
            for rule in policy.rules() {
                match (rule.pattern(identity), rule.is_deny()) {
                    (Some(pattern), true) => {
                        denies.add(
                            pattern.folded(),
                            rule.capabilities,
                            &Conditions::default(),
                            policy.name(),
                        );
                    }
                    (Some(pattern), false) => {
                        grants.add(pattern, rule.capabilities, &rule.conditions, policy.name());
                    }
                    (None, true) => unresolved.push(UnresolvedDeny {
                        policy: policy.name().clone(),
                        path: rule.path().to_owned(),
                        beginning: rule.path.fixed_beginning(),
                    }),
                    (None, false) => {}
                }
            }
        }
        Self { is_root: false, grants: grants.index(), denies: denies.index(), unresolved }
    }

    /// Whether everything is allowed.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.is_root
    }

    /// The merged rules that grant, or that match and grant nothing, in the order of the policies.
    #[must_use]
    pub fn grants(&self) -> &[Rule] {
        &self.grants.rules
    }

    /// The merged rules that deny. Their patterns are folded, because denies are matched without regard to case.
    #[must_use]
    pub fn denies(&self) -> &[Rule] {
        &self.denies.rules
    }

    /// Denies whose paths could not be made for this caller.
    #[must_use]
    pub fn unresolved_denies(&self) -> &[UnresolvedDeny] {
        &self.unresolved
    }

    /// What `sys/capabilities` answers for a path: rights in alphabetical order, or `deny`, or `root`.
    ///
    /// A path that ends with a slash is looked up as a folder that is listed.
    #[must_use]
    pub fn capabilities(&self, path: &str) -> Vec<&'static str> {
        if self.is_root {
            return vec!["root"];
        }
        let capabilities = match self.look_up(path, true) {
            Found::Grant(rule) => rule.capabilities,
            Found::Deny(_) | Found::Unresolved(_) | Found::Nothing => Capabilities::NONE,
        };
        let names: Vec<_> = capabilities.iter().map(Capability::name).collect();
        if names.is_empty() { vec![Capability::Deny.name()] } else { names }
    }

    /// Whether there is any right on a mount or on a path below it; `mount` ends with a slash.
    ///
    /// Clients ask this before they know what lies behind a path. Walks over every rule.
    #[must_use]
    pub fn has_access_below(&self, mount: &str) -> bool {
        if self.is_root {
            return true;
        }
        if let Found::Grant(rule) = self.look_up(mount, true)
            && !rule.capabilities.is_empty()
        {
            return true;
        }
        self.grants.ranked().any(|(rank, rule)| {
            let pattern = &rule.pattern;
            let target = if pattern.reaches_below(mount) {
                pattern.text()
            } else if pattern.is_prefix() && pattern.matches(mount) {
                mount
            } else {
                return false;
            };
            !rule.capabilities.is_empty()
                && !self.is_denied_throughout(&fold(target), pattern.is_prefix(), rank)
        })
    }

    /// Whether a deny beats a rule on all of its paths. A plus in the rule's text is a segment like any other here: only
    /// a plus or a star covers it.
    fn is_denied_throughout(&self, folded: &str, is_open: bool, rank: Rank<'_>) -> bool {
        self.unresolved(folded).is_some()
            || self.denies.ranked().any(|(deny_rank, deny)| {
                let pattern = &deny.pattern;
                deny_rank >= rank && (pattern.is_prefix() || !is_open) && pattern.matches(folded)
            })
    }

    /// The one rule that decides about a path. With `as_folder` a rule for the path without its slash counts, too.
    pub(crate) fn look_up(&self, path: &str, as_folder: bool) -> Found<'_> {
        let path = path.trim_start_matches('/');
        let without_slash = path.strip_suffix('/').filter(|_| as_folder);
        let folded = fold(path);
        if let Some(deny) = self.unresolved(&folded) {
            return Found::Unresolved(deny);
        }
        let grant = self.grants.find_grant(path, without_slash);
        let folded_without_slash = without_slash.map(|_| folded.strip_suffix('/').unwrap_or(&folded));
        let denies = self.denies.find_denies(&folded, folded_without_slash);
        let deny = denies
            .filter(|(deny, _)| grant.is_none_or(|(grant, _)| deny.beats(grant)))
            .max_by_key(|(rank, _)| *rank);
        match (deny, grant) {
            (Some((_, rule)), _) => Found::Deny(rule),
            (None, Some((_, rule))) => Found::Grant(rule),
            (None, None) => Found::Nothing,
        }
    }

    pub(crate) fn unresolved(&self, folded: &str) -> Option<&UnresolvedDeny> {
        self.unresolved.iter().find(|deny| folded.starts_with(&deny.beginning))
    }
}

/// What there is to say about a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'a> {
    Deny(&'a Rule),
    Grant(&'a Rule),
    Nothing,
    Unresolved(&'a UnresolvedDeny),
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

impl UnresolvedDeny {
    /// The policy it stands in.
    #[must_use]
    pub fn policy(&self) -> &PolicyName {
        &self.policy
    }

    /// The path as it stands there.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Rules while they are collected, one for each pattern.
#[derive(Default)]
struct Merged {
    rules: Vec<Rule>,
    places: HashMap<Pattern, usize>,
}

impl Merged {
    fn add(
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

    fn index(self) -> Rules {
        Rules { index: Index::build(self.rules.iter().map(Rule::pattern)), rules: self.rules }
    }
}

#[derive(Debug, Default)]
struct Rules {
    rules: Vec<Rule>,
    index: Index,
}

/// How a rule that was found stands against others; the greatest decides.
///
/// A path that is listed may be spelled with and without the slash at its end, and the order of the variants is the
/// order in which Vault tries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank<'a> {
    PatternWithoutSlash(Option<&'a Priority>),
    Pattern(Option<&'a Priority>),
    ExactWithoutSlash,
    Exact,
}

impl Rank<'_> {
    /// Whether a deny of this rank wins over a grant. Vault asks for the path with its slash first and forgets what it
    /// would have found without; a narrower deny found there counts all the same (V-004).
    fn beats(self, grant: Self) -> bool {
        match (self, grant) {
            (Self::PatternWithoutSlash(deny), Self::Pattern(grant)) => deny >= grant,
            (deny, grant) => deny >= grant,
        }
    }
}

impl Rules {
    /// The first of the places where Vault looks.
    fn find_grant(&self, path: &str, without_slash: Option<&str>) -> Option<(Rank<'_>, &Rule)> {
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
    fn find_denies<'a>(
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
    fn ranked(&self) -> impl Iterator<Item = (Rank<'_>, &Rule)> {
        (0..).zip(&self.rules).map(|(id, rule)| match rule.pattern.is_exact() {
            true => (Rank::Exact, rule),
            false => (Rank::Pattern(self.index.priority(id)), rule),
        })
    }

    fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id as usize)
    }
}

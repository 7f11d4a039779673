//! Which policies a new token gets: those asked for, within what its parent or its role may give.

use super::{entry::TokenState, role::Role};
use crate::policy::{DEFAULT, RESPONSE_WRAPPING, ROOT};
use kvd_policy::PolicyName;
use kvd_types::{Fault, TokenKind};

/// What is asked for, and by whom.
pub(super) struct Wanted<'a> {
    /// None where the caller leaves it open.
    pub(super) policies: Option<&'a Vec<String>>,
    pub(super) no_default: bool,
    pub(super) kind: TokenKind,
    pub(super) parent: &'a TokenState,
    /// Whether the caller may go beyond the policies of its own token.
    pub(super) sudo: bool,
    pub(super) role: Option<&'a Role>,
}

impl Wanted<'_> {
    /// The policies of the new token, sorted.
    ///
    /// # Errors
    /// When what is asked for goes beyond what may be given.
    pub(super) fn decide(&self) -> Result<Vec<String>, Fault> {
        let (policies, add_default) = match self.role {
            Some(role) if has_lists(role) => self.within_role(role)?,
            _ => self.within_parent()?,
        };
        if policies.iter().any(|p| p == RESPONSE_WRAPPING) {
            return Err(Fault::invalid(format!("cannot assign policy {RESPONSE_WRAPPING:?}")));
        }
        if policies.iter().any(|p| p == ROOT) {
            return self.root();
        }
        for policy in &policies {
            PolicyName::parse(policy).map_err(|e| Fault::invalid(e.to_string()))?;
        }
        Ok(with_default(policies, add_default))
    }

    fn root(&self) -> Result<Vec<String>, Fault> {
        if !self.parent.is_root() {
            return Err(Fault::invalid("root tokens may not be created without parent token being root"));
        }
        match self.kind {
            TokenKind::Service => Ok(vec![ROOT.to_owned()]),
            TokenKind::Batch => Err(Fault::invalid("batch tokens cannot be root tokens")),
        }
    }

    /// Without a role that says something about policies, a token gives what it has.
    fn within_parent(&self) -> Result<(Vec<String>, bool), Fault> {
        let parents = &self.parent.entry.policies;
        let mut policies = normalized(self.policies.unwrap_or(parents));
        if self.policies.is_some() && !self.sudo && !policies.iter().all(|p| parents.contains(p)) {
            return Err(Fault::invalid("child policies must be subset of parent"));
        }
        let no_default = self.no_default || self.role.is_some_and(|role| role.no_default_policy);
        policies.retain(|p| !(no_default && p == DEFAULT));
        // Who asks for nothing gets what the parent has, and no more.
        let may_add = (self.sudo && self.policies.is_some()) || parents.iter().any(|p| p == DEFAULT);
        Ok((policies, !no_default && may_add))
    }

    /// A role with lists gives what they allow, whatever the parent has.
    fn within_role(&self, role: &Role) -> Result<(Vec<String>, bool), Fault> {
        let add_default = !self.no_default
            && !role.no_default_policy
            && !role.disallowed_policies.iter().any(|p| p == DEFAULT)
            && !matches_any(&role.disallowed_policies_glob, DEFAULT);
        let allows_some = !(role.allowed_policies.is_empty() && role.allowed_policies_glob.is_empty());
        let policies = match self.policies {
            Some(asked) => normalized(asked),
            None if allows_some => role.allowed_policies.clone(),
            None => normalized(&self.parent.entry.policies),
        };
        let asked = with_default(policies.clone(), add_default);
        if allows_some {
            let allowed = with_default(role.allowed_policies.clone(), add_default);
            let fits = |p: &String| allowed.contains(p) || matches_any(&role.allowed_policies_glob, p);
            if !asked.iter().all(fits) {
                return Err(Fault::invalid(format!(
                    "token policies ({}) must be subset of the role's allowed policies ({}) or glob policies ({})",
                    quoted(&asked),
                    quoted(&allowed),
                    quoted(&role.allowed_policies_glob)
                )));
            }
        }
        let refused = |p: &&String| {
            role.disallowed_policies.contains(p) || matches_any(&role.disallowed_policies_glob, p)
        };
        if let Some(policy) = asked.iter().find(refused) {
            return Err(Fault::invalid(format!("token policy {policy:?} is disallowed by this role")));
        }
        Ok((policies, add_default))
    }
}

/// The names in quotes with blanks between them, as clients know such lists.
fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|n| format!("{n:?}")).collect();
    format!("[{}]", names.join(" "))
}

fn has_lists(role: &Role) -> bool {
    [
        &role.allowed_policies,
        &role.allowed_policies_glob,
        &role.disallowed_policies,
        &role.disallowed_policies_glob,
    ]
    .iter()
    .any(|list| !list.is_empty())
}

fn with_default(mut policies: Vec<String>, add: bool) -> Vec<String> {
    if add && !policies.iter().any(|p| p == DEFAULT || p == ROOT) {
        policies.push(DEFAULT.to_owned());
        policies.sort();
    }
    policies
}

/// Trimmed, lower case, sorted, without doubles.
pub(crate) fn normalized(names: &[String]) -> Vec<String> {
    let mut names: Vec<String> =
        names.iter().map(|n| n.trim().to_lowercase()).filter(|n| !n.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether one of the globs matches.
pub(super) fn matches_any(globs: &[String], text: &str) -> bool {
    globs.iter().any(|glob| matches(glob, text))
}

/// `*` stands for any characters, anywhere in the glob. Takes time in proportion to both lengths.
fn matches(glob: &str, text: &str) -> bool {
    let Some((head, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(cut) = text.strip_suffix(tail) else { return false };
    text = cut;
    // The first place that fits leaves the most for what follows.
    middle.split('*').all(|part| match text.find(part) {
        Some(at) => {
            text = &text[at + part.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_in_vault() {
        for (glob, text, want) in [
            ("x", "x", true),
            ("x", "xy", false),
            ("team-*", "team-web", true),
            ("team-*", "steam-web", false),
            ("*-admin", "web-admin", true),
            ("*admin*", "sub-admin-2", true),
            ("a*a", "a", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "acb", false),
            ("*a*b*", "ba", false),
            ("*", "", true),
            ("**", "x", true),
        ] {
            assert_eq!(matches(glob, text), want, "{glob} {text}");
        }
    }
}

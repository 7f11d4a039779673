//! A password policy: how long passwords are, and which characters they have at least.

use kvd_hcl::Body;
use kvd_types::{Entropy, EntropyError, Secret};
use thiserror::Error;
use zeroize::Zeroizing;

/// A policy that can be followed.
#[derive(Debug)]
pub(super) struct PasswordPolicy {
    length: usize,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    characters: Vec<char>,
    at_least: usize,
}

/// Why a text is no policy; never repeats the text.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum PolicyError {
    #[error("failed to parse policy: {0}")]
    Syntax(String),
    #[error("unable to decode policy: {0} has to be a whole number")]
    NotANumber(&'static str),
    #[error("passwords must be between 4 and 100 characters")]
    Length,
    #[error("unrecognized rule type")]
    UnknownRule,
    #[error("failed to parse charset rule: a charset of printable characters is required")]
    NoCharset,
    #[error("no charsets specified")]
    NoRules,
    #[error("specified length is too short: the rules want more characters")]
    TooShort,
}

impl PasswordPolicy {
    /// Parses `length = 20` and any number of `rule "charset" { charset = "abc" min-chars = 1 }`.
    pub(super) fn parse(text: &str) -> Result<Self, PolicyError> {
        let body = kvd_hcl::parse(text).map_err(|e| PolicyError::Syntax(e.to_string()))?;
        let length = number(&body, "length")?.filter(|n| (4..=100).contains(n)).ok_or(PolicyError::Length)?;
        let mut rules = Vec::new();
        for block in body.blocks("rule", 1) {
            if block.labels.first().is_none_or(|label| label.text() != "charset") {
                return Err(PolicyError::UnknownRule);
            }
            let inner = block.value.as_body().ok_or(PolicyError::NoCharset)?;
            let characters = inner.get("charset").and_then(|item| item.value.as_str());
            let mut characters: Vec<char> = characters.unwrap_or_default().chars().collect();
            characters.sort_unstable();
            characters.dedup();
            if characters.is_empty() || !characters.iter().all(|c| kvd_types::is_printable(*c)) {
                return Err(PolicyError::NoCharset);
            }
            let at_least = number(inner, "min-chars")?.unwrap_or(0);
            rules.push(Rule { characters, at_least });
        }
        if rules.is_empty() {
            return Err(PolicyError::NoRules);
        }
        if rules.iter().map(|r| r.at_least).sum::<usize>() > length {
            return Err(PolicyError::TooShort);
        }
        Ok(Self { length, rules })
    }

    /// A password. What each rule wants at least is drawn first, the rest out of all characters, and then all are
    /// shuffled, so that it always ends.
    pub(super) fn generate(&self, entropy: &dyn Entropy) -> Result<Secret<String>, EntropyError> {
        let mut all: Vec<char> = self.rules.iter().flat_map(|r| r.characters.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        let mut drawn = Zeroizing::new(Vec::with_capacity(self.length));
        for rule in &self.rules {
            for _ in 0..rule.at_least {
                drawn.push(rule.characters[below(rule.characters.len(), entropy)?]);
            }
        }
        while drawn.len() < self.length {
            drawn.push(all[below(all.len(), entropy)?]);
        }
        for i in (1..drawn.len()).rev() {
            drawn.swap(i, below(i + 1, entropy)?);
        }
        Ok(Secret::new(drawn.iter().collect()))
    }
}

fn number(body: &Body, name: &'static str) -> Result<Option<usize>, PolicyError> {
    let Some(item) = body.get(name) else { return Ok(None) };
    let number = item.value.as_number().and_then(|n| n.to_i64());
    number.and_then(|n| usize::try_from(n).ok()).map(Some).ok_or(PolicyError::NotANumber(name))
}

/// A number below `bound` without bias: draws above the largest multiple are thrown away.
fn below(bound: usize, entropy: &dyn Entropy) -> Result<usize, EntropyError> {
    let bound = u32::try_from(bound).unwrap_or(u32::MAX).max(1);
    let largest = u32::MAX - u32::MAX % bound;
    loop {
        let mut bytes = [0; 4];
        entropy.fill(&mut bytes)?;
        let drawn = u32::from_le_bytes(bytes);
        if drawn < largest {
            return Ok(usize::try_from(drawn % bound).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_types::SystemEntropy;

    #[test]
    fn what_cannot_be_followed_is_refused() {
        let rule = "rule \"charset\" { charset = \"ab\" }";
        for (text, want) in [
            ("length = 10", PolicyError::NoRules),
            (rule, PolicyError::Length),
            (&format!("length = 3\n{rule}"), PolicyError::Length),
            (&format!("length = 101\n{rule}"), PolicyError::Length),
            (&format!("length = \"x\"\n{rule}"), PolicyError::NotANumber("length")),
            ("length = 10\nrule \"other\" { charset = \"ab\" }", PolicyError::UnknownRule),
            ("length = 10\nrule \"charset\" { charset = \"\" }", PolicyError::NoCharset),
            ("length = 4\nrule \"charset\" { charset = \"ab\"\n min-chars = 5 }", PolicyError::TooShort),
        ] {
            assert_eq!(PasswordPolicy::parse(text).map(|_| ()), Err(want), "{text}");
        }
    }

    #[test]
    fn passwords_follow_their_rules() {
        let text = "length = 20\nrule \"charset\" { charset = \"abc\"\n min-chars = 3 }\nrule \"charset\" { charset = \"é1\"\n min-chars = 5 }";
        let policy = PasswordPolicy::parse(text).unwrap();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            let password = policy.generate(&SystemEntropy).unwrap();
            let count = |set: &str| password.expose().chars().filter(|c| set.contains(*c)).count();
            assert!(count("abc") >= 3 && count("é1") >= 5, "the rules are not followed");
            assert_eq!(count("abcé1"), 20);
            assert!(seen.insert(password.expose().clone()));
        }
    }
}

//! Random policies and paths, held against an evaluator that is slow and obvious: it tries every rule on every path.

use std::sync::Arc;

use kvd_policy::{Acl, Capability, NoIdentity, Operation, Policy, PolicyName, Question};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// A rule as the generator makes it.
#[derive(Clone, Debug)]
struct Written {
    path: String,
    capabilities: Vec<Capability>,
}

fn path_of(segments: &'static [&'static str]) -> impl Strategy<Value = String> {
    vec(select(segments), 1..5).prop_map(|segments| segments.join("/"))
}

fn written() -> impl Strategy<Value = Written> {
    let path = path_of(&["a", "b", "ab", "A", "+", "+", "x+", "", "a*"]);
    let path = (path, select(vec!["", "", "*", "/*", "/"])).prop_map(|(path, end)| path + end);
    let path =
        path.prop_filter("no such pattern", |path| !path.is_empty() && path != "/" && !path.contains("+*"));
    let granting =
        [Capability::Create, Capability::List, Capability::Read, Capability::Scan, Capability::Sudo];
    let capabilities = prop_oneof![
        5 => vec(select(granting.to_vec()), 0..4),
        2 => Just(vec![Capability::Deny]),
        1 => Just(vec![Capability::Read, Capability::Deny]),
    ];
    (path, capabilities).prop_map(|(path, capabilities)| Written { path, capabilities })
}

fn policies() -> impl Strategy<Value = Vec<Vec<Written>>> {
    vec(vec(written(), 0..7), 1..4)
}

fn request_path() -> impl Strategy<Value = String> {
    (path_of(&["a", "b", "ab", "A", "x+", "", "abc"]), select(vec!["", "/"]))
        .prop_map(|(path, end)| path + end)
}

fn operation() -> impl Strategy<Value = Operation> {
    select(vec![Operation::Create, Operation::List, Operation::Read, Operation::Scan])
}

fn compile(policies: &[Vec<Written>]) -> Acl {
    let policies: Vec<_> = policies
        .iter()
        .enumerate()
        .map(|(number, rules)| {
            let text: String = rules
                .iter()
                .map(|rule| {
                    let names: Vec<_> = rule.capabilities.iter().map(|name| format!("\"{name}\"")).collect();
                    format!("path \"{}\" {{ capabilities = [{}] }}\n", rule.path, names.join(", "))
                })
                .collect();
            let name = PolicyName::parse(&format!("p{number}")).expect("a name");
            Arc::new(Policy::parse(name, &text).expect("the generator writes policies"))
        })
        .collect();
    Acl::compile(&policies, &NoIdentity)
}

/// Whether a pattern matches, segment by segment.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, open) = match pattern.strip_suffix('*') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    if !has_plus(pattern) {
        return if open { path.starts_with(pattern) } else { path == pattern };
    }
    let wanted: Vec<_> = pattern.split('/').collect();
    let have: Vec<_> = path.split('/').collect();
    let fits = |at: usize| wanted[at] == "+" || wanted[at] == have[at];
    if open {
        let last = wanted.len() - 1;
        have.len() >= wanted.len() && (0..last).all(fits) && have[last].starts_with(wanted[last])
    } else {
        have.len() == wanted.len() && (0..wanted.len()).all(fits)
    }
}

fn has_plus(pattern: &str) -> bool {
    pattern.split('/').any(|segment| segment == "+")
}

/// How narrow a pattern is, in the words of Vault's documentation.
fn narrowness(pattern: &str) -> (usize, bool, i64, usize, String) {
    let bare = pattern.strip_suffix('*').unwrap_or(pattern);
    let first_plus = format!("/{bare}/").find("/+/");
    let pluses = bare.split('/').filter(|segment| *segment == "+").count() as i64;
    let is_closed = bare == pattern;
    (first_plus.unwrap_or(bare.len()), is_closed, -pluses, bare.len(), bare.to_lowercase())
}

/// The rights on a path, `None` if it is denied or no rule matches.
fn model(policies: &[Vec<Written>], path: &str, as_folder: bool) -> Option<Vec<Capability>> {
    let without_slash = if as_folder { path.strip_suffix('/') } else { None };
    let is_exact = |pattern: &str| !pattern.ends_with('*') && !has_plus(pattern);
    let mut grants = Vec::new();
    let mut denies = Vec::new();
    for rule in policies.iter().flatten() {
        let pattern = rule.path.strip_prefix('/').unwrap_or(&rule.path);
        let is_deny = rule.capabilities.contains(&Capability::Deny);
        let hits = |path: &str| match is_deny {
            true => matches(&pattern.to_lowercase(), &path.to_lowercase()),
            false => matches(pattern, path),
        };
        // Exact with the slash, exact without it, pattern with it, pattern without it.
        let rank = match (hits(path), without_slash.is_some_and(hits), is_exact(pattern)) {
            (true, _, true) => 3,
            (_, true, true) => 2,
            (true, _, false) => 1,
            (_, true, false) => 0,
            (false, false, _) => continue,
        };
        let rank = (rank, narrowness(pattern));
        if is_deny { denies.push(rank) } else { grants.push((rank, pattern, &rule.capabilities)) }
    }
    let (best, pattern, _) = grants.iter().max_by(|left, right| left.0.cmp(&right.0))?;
    let beats = |deny: &(i32, _)| deny >= best || (deny.0 == 0 && best.0 == 1 && deny.1 >= best.1);
    if denies.iter().any(beats) {
        return None;
    }
    let same = grants.iter().filter(|(_, other, _)| other == pattern);
    Some(same.flat_map(|(_, _, capabilities)| capabilities.iter().copied()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 6000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x6b76_6470),
        ..ProptestConfig::default()
    })]

    #[test]
    fn decisions_are_those_of_the_slow_evaluator(policies in policies(), paths in vec(request_path(), 8), operation in operation()) {
        let acl = compile(&policies);
        for path in paths {
            let path = path.trim_start_matches('/');
            let asked = if operation.is_listing() && !path.ends_with('/') { format!("{path}/") } else { path.to_owned() };
            let expected = model(&policies, asked.trim_start_matches('/'), operation.is_listing());
            let is_allowed = expected.as_ref().is_some_and(|rights| rights.contains(&operation.capability()));
            let decision = acl.decide(&Question::new(path, operation));
            prop_assert_eq!(decision.is_allowed(), is_allowed, "{} {:?}", path, decision);
            prop_assert_eq!(decision.has_sudo(), expected.is_some_and(|rights| rights.contains(&Capability::Sudo)));
            prop_assert_eq!(decision.granting_policies().is_empty(), !is_allowed);
        }
    }

    #[test]
    fn capabilities_are_those_of_the_slow_evaluator(policies in policies(), paths in vec(request_path(), 8)) {
        let acl = compile(&policies);
        for path in paths {
            let mut rights = model(&policies, path.trim_start_matches('/'), true).unwrap_or_default();
            rights.sort();
            rights.dedup();
            let mut expected: Vec<_> = rights.iter().map(|right| right.name()).collect();
            if expected.is_empty() {
                expected.push("deny");
            }
            prop_assert_eq!(acl.capabilities(&path), expected, "{}", path);
        }
    }

    #[test]
    fn the_order_of_policies_does_not_matter(policies in policies(), path in request_path(), operation in operation()) {
        let mut reversed = policies.clone();
        reversed.reverse();
        reversed.iter_mut().for_each(|rules| rules.reverse());
        let question = Question::new(&path, operation);
        prop_assert_eq!(compile(&policies).decide(&question).refusal(), compile(&reversed).decide(&question).refusal());
    }

    #[test]
    fn a_deny_never_adds_a_right(policies in policies(), deny in written(), path in request_path(), operation in operation()) {
        let question = Question::new(&path, operation);
        let before = compile(&policies).decide(&question).is_allowed();
        let mut more = policies;
        more.push(vec![Written { capabilities: vec![Capability::Deny], ..deny }]);
        prop_assert!(before || !compile(&more).decide(&question).is_allowed());
    }

    #[test]
    fn a_right_below_a_mount_opens_it(policies in policies(), mount in select(vec!["a/", "A/", "ab/", "a/b/"]), path in request_path()) {
        let acl = compile(&policies);
        if acl.capabilities(&format!("{mount}{path}")) != ["deny"] {
            prop_assert!(acl.has_access_below(mount));
        }
    }

    #[test]
    fn the_deciding_rule_is_explained_first(policies in policies(), path in request_path(), operation in operation()) {
        let acl = compile(&policies);
        let question = Question::new(&path, operation);
        let candidates = acl.explain(&question);
        match acl.decide(&question).rule() {
            Some(rule) => {
                prop_assert!(candidates[0].decides && std::ptr::eq(candidates[0].rule, rule));
                prop_assert_eq!(candidates.iter().filter(|candidate| candidate.decides).count(), 1);
            }
            None => prop_assert!(candidates.is_empty()),
        }
    }
}

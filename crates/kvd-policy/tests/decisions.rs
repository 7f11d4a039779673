//! Decisions as data: every file in `decisions/` is a table of policies, questions and answers.
//!
//! ```text
//! policy NAME            the text follows, up to ---
//! refused MESSAGE        a text that is no policy, up to ---; without a message any will do
//! delete NAME
//! identity KEY=VALUE …   who asks from here on; nothing: a caller without an entity
//! POLICIES | OPERATION PATH FIELDS wrap=TIME | allow limit=N          or: | refuse: REASON
//! POLICIES | sudo OPERATION PATH | allow      the path is protected: sudo is needed besides
//! POLICIES | capabilities PATH | read update
//! POLICIES | below MOUNT | yes
//! ```
//! A `#` at the start of a line, or after two blanks, starts a comment.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kvd_hcl::{Body, Value, ValueKind};
use kvd_policy::{
    Acl, GroupRef, IdentityValues, Operation, ParameterValue, Parameters, Policy, PolicyName, Question,
    Selector,
};

macro_rules! tables {
    ($($name:ident => $file:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            play(include_str!(concat!("decisions/", $file)));
        }
    )*};
}

tables! {
    allowed_parameters => "allowed-parameters.txt",
    capabilities => "capabilities.txt",
    changes_at_once => "changes-at-once.txt",
    default_policy => "default-policy.txt",
    denied_parameters => "denied-parameters.txt",
    exact_and_prefix => "exact-and-prefix.txt",
    json => "json.txt",
    v003_v004_v005_v006_v007_v009_v010_v011_known_holes => "known-holes.txt",
    kv2_paths => "kv2-paths.txt",
    list_deny => "list-deny.txt",
    list_slash => "list-slash.txt",
    merging => "merging.txt",
    mount_access => "mount-access.txt",
    old_forms => "old-forms.txt",
    parameter_lists => "parameter-lists.txt",
    parse_errors => "parse-errors.txt",
    path_tricks => "path-tricks.txt",
    plus => "plus.txt",
    priority => "priority.txt",
    required_parameters => "required-parameters.txt",
    scan_and_pages => "scan-and-pages.txt",
    sudo => "sudo.txt",
    template_traps => "template-traps.txt",
    templates => "templates.txt",
    union_and_deny => "union-and-deny.txt",
    verbs => "verbs.txt",
    wrapping_limits => "wrapping-limits.txt",
    wrapping_ttl => "wrapping-ttl.txt",
}

#[derive(Default)]
struct Stage {
    policies: BTreeMap<String, Arc<Policy>>,
    identity: BTreeMap<String, String>,
}

fn play(table: &str) {
    let mut stage = Stage::default();
    stage.policies.insert("default".to_owned(), Arc::new(Policy::default_policy().expect("built in")));
    let mut lines = table.lines().enumerate();
    let mut questions = 0;
    while let Some((number, line)) = lines.next() {
        let line = line.split("  #").next().unwrap_or_default().trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            _ if line.is_empty() || line.starts_with('#') => {}
            "policy" | "refused" => {
                let text: Vec<_> =
                    lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "---").collect();
                stage.take(word, rest, &text.join("\n"), number + 1);
            }
            "delete" => assert!(stage.policies.remove(rest).is_some(), "line {}: {rest}", number + 1),
            "identity" => {
                let pairs = rest.split_whitespace().filter_map(|pair| pair.split_once('='));
                stage.identity = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            }
            _ => {
                stage.ask(line, number + 1);
                questions += 1;
            }
        }
    }
    assert!(questions > 0 || table.contains("\nrefused"), "the table asks nothing");
}

impl Stage {
    fn take(&mut self, word: &str, rest: &str, text: &str, line: usize) {
        let name = if word == "policy" { rest } else { "refused" };
        let name = PolicyName::parse(name).expect("a policy name");
        let policy = Policy::parse(name, text);
        match (word, policy) {
            ("policy", Ok(policy)) => {
                self.policies.insert(rest.to_owned(), Arc::new(policy));
            }
            (_, Ok(_)) => assert_eq!(word, "policy", "line {line}: should be refused"),
            (_, Err(error)) => {
                assert_eq!(word, "refused", "line {line}: {error}");
                assert!(error.to_string().starts_with("failed to parse policy: "), "line {line}: {error}");
                assert!(rest.is_empty() || error.to_string() == rest, "line {line}: {error}");
            }
        }
    }

    fn ask(&self, line: &str, number: usize) {
        let parts: Vec<_> = line.split(" | ").collect();
        let [names, request, expected] = parts[..] else { unreachable!("line {number}: {line}") };
        // A name without a policy grants nothing, as on a token.
        let policies: Vec<_> = names.split(',').filter_map(|name| self.policies.get(name).cloned()).collect();
        let acl = Acl::compile(&policies, self);
        let (what, rest) = request.split_once(' ').unwrap_or((request, ""));
        let seen = match what {
            "capabilities" => acl.capabilities(rest).join(" "),
            "below" => if acl.has_access_below(rest) { "yes" } else { "no" }.to_owned(),
            "sudo" => decide(&acl, rest, true),
            _ => decide(&acl, request, false),
        };
        let is_bare_refusal = expected == "refuse" && seen.starts_with("refuse: ");
        assert!(seen == expected || is_bare_refusal, "line {number}: {line}\n  seen {seen}");
    }
}

fn decide(acl: &Acl, request: &str, needs_sudo: bool) -> String {
    let (request, wrap_ttl) = match request.split_once(" wrap=") {
        Some((request, ttl)) => (request, Some(seconds(ttl))),
        None => (request, None),
    };
    let (request, fields) = match request.split_once(" {") {
        Some((request, fields)) => {
            (request, kvd_hcl::parse(&format!("{{{fields}")).expect("fields are JSON"))
        }
        None => (request, Body::default()),
    };
    let (operation, path) = request.split_once(' ').expect("an operation and a path");
    let operation = match operation {
        "create" => Operation::Create,
        "delete" => Operation::Delete,
        "list" => Operation::List,
        "patch" => Operation::Patch,
        "read" => Operation::Read,
        "scan" => Operation::Scan,
        "update" => Operation::Update,
        other => unreachable!("{other}"),
    };
    let decision = acl.decide(&Question { path, operation, parameters: &Fields(fields), wrap_ttl });
    match (decision.refusal(), decision.page_limit()) {
        (Some(refusal), _) => format!("refuse: {refusal}"),
        (None, _) if needs_sudo && !decision.has_sudo() => "refuse: sudo".to_owned(),
        (None, Some(limit)) => format!("allow limit={limit}"),
        (None, None) => "allow".to_owned(),
    }
}

fn seconds(text: &str) -> Duration {
    let (digits, unit) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    let scale = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        other => unreachable!("{other}"),
    };
    Duration::from_secs(digits.parse::<u64>().expect("digits") * scale)
}

struct Fields(Body);

impl Parameters for Fields {
    fn fields(&self) -> Vec<(Cow<'_, str>, ParameterValue<'_>)> {
        self.0.items.iter().map(|item| (item.name().into(), field(&item.value))).collect()
    }
}

fn field(value: &Value) -> ParameterValue<'_> {
    match &value.kind {
        ValueKind::Bool(value) => ParameterValue::Bool(*value),
        ValueKind::List(list) => ParameterValue::List(list.iter().map(field).collect()),
        ValueKind::Null => ParameterValue::Null,
        ValueKind::Number(number) => ParameterValue::Number(number.as_text().into()),
        ValueKind::Object(body) => ParameterValue::Object(
            body.items.iter().map(|item| (item.name().into(), field(&item.value))).collect(),
        ),
        ValueKind::String(text) => ParameterValue::String(text.into()),
    }
}

impl IdentityValues for Stage {
    fn value(&self, selector: &Selector) -> Option<Cow<'_, str>> {
        let group = |group: &GroupRef| match group {
            GroupRef::Id(id) => id.clone(),
            GroupRef::Name(name) => name.clone(),
        };
        let key = match selector {
            Selector::AliasCustomMetadata { accessor, key } => {
                format!("alias.{accessor}.custom_metadata.{key}")
            }
            Selector::AliasId { accessor } => format!("alias.{accessor}.id"),
            Selector::AliasMetadata { accessor, key } => format!("alias.{accessor}.metadata.{key}"),
            Selector::AliasName { accessor } => format!("alias.{accessor}.name"),
            Selector::EntityId => "id".to_owned(),
            Selector::EntityMetadata { key } => format!("metadata.{key}"),
            Selector::EntityName => "name".to_owned(),
            Selector::GroupId(of) => format!("group.{}.id", group(of)),
            Selector::GroupMetadata { group: of, key } => format!("group.{}.metadata.{key}", group(of)),
            Selector::GroupName(of) => format!("group.{}.name", group(of)),
            Selector::Unknown => return None,
        };
        self.identity.get(&key).map(|value| value.as_str().into())
    }
}

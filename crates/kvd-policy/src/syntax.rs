//! From the tree of an HCL or JSON text to the rules of a policy.

use std::time::Duration;

use kvd_hcl::{Block, Body, Item, Limits, Value, ValueKind};

use crate::capability::{Capabilities, Capability};
use crate::duration;
use crate::error::{Excerpt, ParseError};
use crate::fold::fold;
use crate::parameters::{ParameterValue, ValuesByName, add_values};
use crate::pattern::Pattern;
use crate::policy::{Conditions, PathRule};
use crate::template::Template;

/// 1 MiB of text, and no deeper than lists of lists of values need.
const TEXT_LIMITS: Limits = Limits { bytes: 1 << 20, depth: 16, items: 200_000 };
const MAX_PATHS: usize = 10_000;
const MAX_VALUES_PER_PATH: usize = 1_000;

const PATH_KEYS: [&str; 9] = [
    "allowed_parameters",
    "capabilities",
    "comment",
    "denied_parameters",
    "max_wrapping_ttl",
    "min_wrapping_ttl",
    "pagination_limit",
    "policy",
    "required_parameters",
];

/// Settings of Vault Enterprise and OpenBao that narrow a rule. They are refused by name, because a rule that is
/// wider than it reads is worse than none.
const UNSUPPORTED_KEYS: [&str; 5] = [
    "control_group",
    "expiration",
    "list_scan_response_keys_filter_path",
    "mfa_methods",
    "subscribe_event_types",
];

pub(crate) fn read(text: &str) -> Result<Vec<PathRule>, ParseError> {
    let body = kvd_hcl::parse_within(text, &TEXT_LIMITS)?;
    refuse_duplicates(&body)?;
    for item in &body.items {
        // A name inside the text is an old habit; the name of the policy is the one it is stored under.
        let is_known = item.name() == "path" || (item.name() == "name" && item.value.as_str().is_some());
        if !is_known {
            return Err(ParseError::Key { key: Excerpt::new(item.name()), line: item.pos().line });
        }
    }
    let blocks = body.blocks("path", 1);
    if blocks.len() > MAX_PATHS {
        return Err(ParseError::TooManyPaths { limit: MAX_PATHS });
    }
    blocks.iter().map(path_rule).collect()
}

fn path_rule(block: &Block<'_>) -> Result<PathRule, ParseError> {
    let ([label], Some(body)) = (block.labels.as_slice(), block.value.as_body()) else {
        return Err(ParseError::PathForm { line: block.pos.line });
    };
    let path = label.text();
    let template = Template::parse(path)?;
    // The wildcards of a templated path can be judged before its values are known: values bring no wildcards.
    Pattern::parse(path).map_err(|reason| ParseError::Pattern { path: Excerpt::new(path), reason })?;
    let settings = Settings { path, body };
    settings.check_keys()?;
    Ok(PathRule {
        capabilities: settings.capabilities()?,
        conditions: settings.conditions()?,
        path: template,
    })
}

/// The settings in one path's block.
struct Settings<'a> {
    path: &'a str,
    body: &'a Body,
}

impl Settings<'_> {
    fn check_keys(&self) -> Result<(), ParseError> {
        refuse_duplicates(self.body)?;
        let mut seen = Vec::new();
        for item in &self.body.items {
            if let Some(key) = UNSUPPORTED_KEYS.into_iter().find(|key| *key == item.name()) {
                return Err(ParseError::Unsupported { path: Excerpt::new(self.path), key });
            }
            let line = item.pos().line;
            if !PATH_KEYS.contains(&item.name()) || item.keys.len() != 1 {
                return Err(ParseError::PathKey {
                    path: Excerpt::new(self.path),
                    key: Excerpt::new(item.name()),
                    line,
                });
            }
            // Blocks may repeat in HCL, but no setting of a path may.
            if seen.contains(&item.name()) {
                return Err(ParseError::Duplicate { key: Excerpt::new(item.name()), line });
            }
            seen.push(item.name());
        }
        if self.get("comment").is_some_and(|comment| comment.as_str().is_none()) {
            return Err(self.wrong("comment", "a string"));
        }
        Ok(())
    }

    /// The short form and the list add up, and a deny among them is all there is.
    fn capabilities(&self) -> Result<Capabilities, ParseError> {
        let mut capabilities = Capabilities::NONE;
        if let Some(value) = self.get("policy") {
            let word = value.as_str().ok_or_else(|| self.wrong("policy", "a string"))?;
            capabilities = short_form(word).ok_or_else(|| ParseError::ShortForm {
                path: Excerpt::new(self.path),
                policy: Excerpt::new(word),
            })?;
        }
        for name in self.strings("capabilities")? {
            let capability = Capability::from_name(name).ok_or_else(|| ParseError::Capability {
                path: Excerpt::new(self.path),
                capability: Excerpt::new(name),
            })?;
            capabilities = capabilities.with(capability);
        }
        let is_deny = capabilities.contains(Capability::Deny);
        Ok(if is_deny { Capabilities::NONE.with(Capability::Deny) } else { capabilities })
    }

    fn conditions(&self) -> Result<Conditions, ParseError> {
        let mut conditions = Conditions {
            min_wrapping_ttl: self.ttl("min_wrapping_ttl")?,
            max_wrapping_ttl: self.ttl("max_wrapping_ttl")?,
            pagination_limit: self.pagination_limit()?,
            ..Conditions::default()
        };
        if let (Some(min), Some(max)) = (conditions.min_wrapping_ttl, conditions.max_wrapping_ttl)
            && max < min
        {
            return Err(ParseError::TtlOrder);
        }
        let mut budget = MAX_VALUES_PER_PATH;
        conditions.parameters.allowed = self.values("allowed_parameters", &mut budget)?;
        conditions.parameters.denied = self.values("denied_parameters", &mut budget)?;
        conditions.parameters.required =
            self.strings("required_parameters")?.into_iter().map(str::to_owned).collect();
        budget.checked_sub(conditions.parameters.required.len()).ok_or_else(|| self.too_many())?;
        Ok(conditions)
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.body.get(key).map(|item| &item.value)
    }

    fn strings(&self, key: &'static str) -> Result<Vec<&str>, ParseError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let wrong = || self.wrong(key, "a list of strings");
        value.as_list().ok_or_else(wrong)?.iter().map(|element| element.as_str().ok_or_else(wrong)).collect()
    }

    /// A limit of zero is no limit.
    fn ttl(&self, key: &'static str) -> Result<Option<Duration>, ParseError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = value.as_str().or_else(|| value.as_number().map(kvd_hcl::Number::as_text));
        let ttl = text.and_then(duration::parse).ok_or(ParseError::Ttl { key })?;
        Ok((!ttl.is_zero()).then_some(ttl))
    }

    fn pagination_limit(&self) -> Result<Option<u64>, ParseError> {
        let key = "pagination_limit";
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = match &value.kind {
            ValueKind::Number(number) => number.to_i64(),
            ValueKind::String(text) => text.parse().ok(),
            ValueKind::Bool(_) | ValueKind::List(_) | ValueKind::Null | ValueKind::Object(_) => None,
        };
        let limit = number.and_then(|number| u64::try_from(number).ok());
        let limit = limit.ok_or_else(|| self.wrong(key, "a whole number, 0 or more"))?;
        Ok((limit > 0).then_some(limit))
    }

    fn values(&self, key: &'static str, budget: &mut usize) -> Result<ValuesByName, ParseError> {
        let Some(value) = self.get(key) else { return Ok(ValuesByName::new()) };
        let wrong = || self.wrong(key, "an object of lists");
        let body = value.as_body().ok_or_else(wrong)?;
        refuse_duplicates(body)?;
        let mut values = ValuesByName::new();
        for item in &body.items {
            let list = item.value.as_list().filter(|_| item.keys.len() == 1).ok_or_else(wrong)?;
            *budget = budget.checked_sub(1).ok_or_else(|| self.too_many())?;
            let list =
                list.iter().map(|element| parameter_value(element, budget)).collect::<Option<Vec<_>>>();
            let list = list.ok_or_else(|| self.too_many())?;
            // Two spellings of one name add up.
            add_values(&mut values, &fold(item.name()), list);
        }
        Ok(values)
    }

    fn wrong(&self, key: &'static str, wanted: &'static str) -> ParseError {
        ParseError::Value { path: Excerpt::new(self.path), key, wanted }
    }

    fn too_many(&self) -> ParseError {
        ParseError::TooManyValues { path: Excerpt::new(self.path), limit: MAX_VALUES_PER_PATH }
    }
}

fn refuse_duplicates(body: &Body) -> Result<(), ParseError> {
    match body.first_duplicate() {
        Some(key) => Err(ParseError::Duplicate { key: Excerpt::new(key.text()), line: key.pos().line }),
        None => Ok(()),
    }
}

/// What Vault's words from before capabilities stand for.
fn short_form(word: &str) -> Option<Capabilities> {
    use Capability::{Create, Delete, Deny, List, Read, Sudo, Update};
    let capabilities: &[Capability] = match word {
        "deny" => &[Deny],
        "read" => &[Read, List],
        "sudo" => &[Create, Read, Update, Delete, List, Sudo],
        "write" => &[Create, Read, Update, Delete, List],
        // An empty word is no word.
        "" => &[],
        _ => return None,
    };
    Some(capabilities.iter().copied().collect())
}

/// A value of a policy, or nothing if it asks for more than is left of the budget.
fn parameter_value(value: &Value, budget: &mut usize) -> Option<ParameterValue<'static>> {
    *budget = budget.checked_sub(1)?;
    Some(match &value.kind {
        ValueKind::Bool(value) => ParameterValue::Bool(*value),
        ValueKind::List(list) => ParameterValue::List(
            list.iter().map(|element| parameter_value(element, budget)).collect::<Option<_>>()?,
        ),
        ValueKind::Null => ParameterValue::Null,
        ValueKind::Number(number) => ParameterValue::Number(number.as_text().to_owned().into()),
        ValueKind::Object(body) => {
            let member = |item: &Item, budget: &mut usize| {
                Some((item.name().to_owned().into(), parameter_value(&item.value, budget)?))
            };
            ParameterValue::Object(body.items.iter().map(|item| member(item, budget)).collect::<Option<_>>()?)
        }
        ValueKind::String(text) => ParameterValue::String(text.clone().into()),
    })
}

//! Labels that a namespace must have.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Labels, all of which a namespace must have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selector(BTreeMap<String, String>);

impl Selector {
    /// Reads the `matchLabels` of a selector of Kubernetes, in JSON or as plain lines of YAML. Expressions are not
    /// understood, and neither is any other member: passing one over would let more in than was meant.
    pub(super) fn parse(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        struct Labels {
            match_labels: BTreeMap<String, String>,
        }
        let labels = match serde_json::from_str::<Labels>(text) {
            Ok(labels) => labels.match_labels,
            Err(_) => lines(text)?,
        };
        Some(Self(labels)).filter(|selector| !selector.0.is_empty())
    }

    /// Whether a namespace with these labels is meant.
    pub(super) fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|(name, value)| labels.get(name) == Some(value))
    }
}

fn lines(text: &str) -> Option<BTreeMap<String, String>> {
    let mut lines =
        text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    if lines.next()?.trim_end() != "matchLabels:" {
        return None;
    }
    let bare = |text: &str| {
        let text = text.trim();
        let inner = ['"', '\''].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q));
        let is_plain = |t: &&str| t.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        Some(inner.unwrap_or(text)).filter(is_plain).map(str::to_owned)
    };
    let pair = |line: &str| {
        let (name, value) = line.strip_prefix([' ', '\t'])?.split_once(':')?;
        Some((bare(name)?, bare(value)?))
    };
    lines.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_labels_count() {
        let labels = |text: &str| serde_json::from_str::<BTreeMap<String, String>>(text).unwrap();
        for (selector, namespace, want) in [
            (r#"{"matchLabels":{"team":"a"}}"#, r#"{"team":"a","x":"y"}"#, Some(true)),
            (r#"{"matchLabels":{"team":"a","stage":"b"}}"#, r#"{"team":"a"}"#, Some(false)),
            ("matchLabels:\n  team: a\n  \"stage\": 'b'\n", r#"{"team":"a","stage":"b"}"#, Some(true)),
            ("matchLabels:\n  team: a", r#"{"team":"b"}"#, Some(false)),
            (r#"{"matchLabels":{"team":"a"},"matchExpressions":[]}"#, "{}", None),
            (r#"{"matchLabels":{}}"#, "{}", None),
            ("{}", "{}", None),
            ("matchExpressions:\n  - key: a", "{}", None),
            ("matchLabels:\nteam: a", "{}", None),
            ("matchLabels:\n  team: {a: b}", "{}", None),
            ("team=a", "{}", None),
            ("", "{}", None),
        ] {
            let got = Selector::parse(selector).map(|s| s.selects(&labels(namespace)));
            assert_eq!(got, want, "{selector}");
        }
    }
}

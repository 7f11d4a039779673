//! What a certificate must say beside being trusted.

use super::{presented::Facts, trusted::Trusted};
use crate::glob;
use std::collections::BTreeMap;

impl Trusted {
    /// Whether a certificate says what is wanted. They hold for pinned certificates as for issued ones.
    pub(super) fn admits(&self, facts: &Facts) -> bool {
        let common_name = std::slice::from_ref(&facts.common_name);
        let names = [common_name, facts.dns_names.as_slice(), facts.email_addresses.as_slice()].concat();
        let rules = [
            (&self.allowed_names, names.as_slice()),
            (&self.allowed_common_names, common_name),
            (&self.allowed_dns_sans, &facts.dns_names),
            (&self.allowed_email_sans, &facts.email_addresses),
            (&self.allowed_uri_sans, &facts.uris),
            (&self.allowed_organizational_units, &facts.organizational_units),
        ];
        rules
            .into_iter()
            .all(|(allowed, names)| is_one_allowed(allowed.as_deref().unwrap_or_default(), names))
            && self.required_extensions.iter().flatten().all(|wanted| has_extension(wanted, facts))
    }

    /// The extensions that become metadata; policies name them with dashes for the dots.
    pub(super) fn metadata(&self, facts: &Facts) -> BTreeMap<String, String> {
        let wanted = self.allowed_metadata_extensions.iter().flatten();
        wanted.filter_map(|oid| Some((oid.replace('.', "-"), facts.extensions.get(oid)?.clone()))).collect()
    }
}

/// Where nothing is named everything is allowed.
fn is_one_allowed(allowed: &[String], names: &[String]) -> bool {
    allowed.is_empty() || allowed.iter().any(|pattern| names.iter().any(|name| glob::matches(pattern, name)))
}

fn has_extension(wanted: &str, facts: &Facts) -> bool {
    let Some((oid, pattern)) = wanted.split_once(':') else { return false };
    facts.extensions.get(oid).is_some_and(|value| glob::matches(pattern, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_held_against_rules() {
        let list = |text: &str| text.split_terminator(',').map(str::to_owned).collect::<Vec<_>>();
        let facts = Facts {
            common_name: "web.example".to_owned(),
            organizational_units: list("ops,it"),
            dns_names: list("web.example,www.example"),
            email_addresses: list("web@example"),
            uris: list("spiffe://example/web"),
            extensions: [("1.2.3".to_owned(), "blue".to_owned())].into(),
            ..Facts::default()
        };
        let rule = |name: &str, value: &str| {
            let mut trusted = Trusted::default();
            let place = match name {
                "names" => &mut trusted.allowed_names,
                "cn" => &mut trusted.allowed_common_names,
                "dns" => &mut trusted.allowed_dns_sans,
                "email" => &mut trusted.allowed_email_sans,
                "uri" => &mut trusted.allowed_uri_sans,
                "ou" => &mut trusted.allowed_organizational_units,
                "ext" => &mut trusted.required_extensions,
                other => panic!("{other}"),
            };
            *place = Some(list(value));
            trusted.admits(&facts)
        };
        for (name, value, want) in [
            ("names", "", true),
            ("names", "web.example", true),
            ("names", "www.*", true),
            ("names", "*@example", true),
            ("names", "spiffe://*", false),
            ("cn", "api.example,web.*", true),
            ("cn", "www.example", false),
            ("cn", "WEB.example", false),
            ("dns", "www.example", true),
            ("dns", "web@example", false),
            ("email", "web@example", true),
            ("email", "web.example", false),
            ("uri", "spiffe://example/*", true),
            ("uri", "spiffe://other/*", false),
            ("ou", "it", true),
            ("ou", "i", false),
            ("ext", "1.2.3:blue", true),
            ("ext", "1.2.3:b*", true),
            ("ext", "1.2.3:red", false),
            ("ext", "1.2.3:blue,1.2.4:*", false),
            ("ext", "1.2.3", false),
        ] {
            assert_eq!(rule(name, value), want, "{name} {value}");
        }
        let named = Trusted {
            allowed_common_names: Some(list("web.*")),
            allowed_uri_sans: Some(list("x")),
            allowed_metadata_extensions: Some(list("1.2.3,9.9")),
            ..Trusted::default()
        };
        assert!(!named.admits(&facts), "all rules count");
        assert_eq!(named.metadata(&facts), [("1-2-3".to_owned(), "blue".to_owned())].into());
    }
}

//! The service account that a token names, in both forms that Kubernetes gives tokens.

use crate::jose::Claims;
use serde_json::Value;

/// A service account in the words of a token.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) uid: String,
    /// The secret that holds the token, where it lies in one.
    pub(super) secret_name: String,
}

/// What stands before the claims of tokens that lie in secrets.
const LEGACY: &str = "kubernetes.io/serviceaccount/";

impl Account {
    /// Bound tokens name the account in an object, older ones in claims of their own. A token with that object is
    /// one of the first kind, whatever else stands in it.
    pub(super) fn of_claims(claims: &Claims) -> Self {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let legacy = |name: &str| text(claims.member(&format!("{LEGACY}{name}")));
        let secret_name = legacy("secret.name");
        match claims.member("kubernetes.io") {
            Some(bound) => {
                let account = bound.get("serviceaccount");
                let part = |name| text(account.and_then(|a| a.get(name)));
                let namespace = text(bound.get("namespace"));
                Self { name: part("name"), namespace, uid: part("uid"), secret_name }
            }
            None => Self {
                name: legacy("service-account.name"),
                namespace: legacy("namespace"),
                uid: legacy("service-account.uid"),
                secret_name,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Algorithm, Token, testing::encode};

    fn account(payload: &str) -> Account {
        let text = format!("{}.{}.AA", encode(br#"{"alg":"RS256"}"#), encode(payload.as_bytes()));
        Account::of_claims(&Token::parse(&text, &Algorithm::ALL).unwrap().unverified().unwrap())
    }

    #[test]
    fn both_forms_of_tokens_name_an_account() {
        let of = |name: &str, namespace: &str, uid: &str, secret_name: &str| Account {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            uid: uid.to_owned(),
            secret_name: secret_name.to_owned(),
        };
        let bound = r#""kubernetes.io":{"namespace":"prod","serviceaccount":{"name":"web","uid":"u"}}"#;
        let legacy = r#""kubernetes.io/serviceaccount/namespace":"n","kubernetes.io/serviceaccount/secret.name":"s",
            "kubernetes.io/serviceaccount/service-account.name":"a","kubernetes.io/serviceaccount/service-account.uid":"i""#;
        for (payload, want) in [
            (format!("{{{bound}}}"), of("web", "prod", "u", "")),
            (format!("{{{legacy}}}"), of("a", "n", "i", "s")),
            // Nobody becomes somebody else by having both.
            (format!("{{{bound},{legacy}}}"), of("web", "prod", "u", "s")),
            (format!("{{\"kubernetes.io\":{{}},{legacy}}}"), of("", "", "", "s")),
            (r#"{"kubernetes.io":{"namespace":7,"serviceaccount":"web"}}"#.to_owned(), Account::default()),
            ("{}".to_owned(), Account::default()),
        ] {
            assert_eq!(account(&payload), want, "{payload}");
        }
    }
}

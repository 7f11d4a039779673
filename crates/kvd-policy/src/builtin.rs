//! The policies that exist from the start.

use crate::error::ParseError;
use crate::name::PolicyName;
use crate::policy::Policy;

/// What every token may do unless it was made without it. An administrator may change it.
pub const DEFAULT_TEXT: &str = r#"# Every token has this policy unless it is created with -no-default-policy.

# Your own token: look at it, renew it, give it up.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
path "auth/token/revoke-self" {
  capabilities = ["update"]
}

# What you may do: on one path, and altogether (for user interfaces).
path "sys/capabilities-self" {
  capabilities = ["update"]
}
path "sys/internal/ui/resultant-acl" {
  capabilities = ["read"]
}

# Your own entity.
path "identity/entity/id/{{identity.entity.id}}" {
  capabilities = ["read"]
}
path "identity/entity/name/{{identity.entity.name}}" {
  capabilities = ["read"]
}

# Leases, for whoever knows their ids.
path "sys/leases/renew" {
  capabilities = ["update"]
}
path "sys/leases/lookup" {
  capabilities = ["update"]
}

# Your own cubbyhole, which ends with the token.
path "cubbyhole/*" {
  capabilities = ["create", "read", "update", "delete", "list"]
}

# Wrapping: pack a value, see what a wrapping token holds, unpack it.
path "sys/wrapping/wrap" {
  capabilities = ["update"]
}
path "sys/wrapping/lookup" {
  capabilities = ["update"]
}
path "sys/wrapping/unwrap" {
  capabilities = ["update"]
}

# Tools that touch nothing stored.
path "sys/tools/hash" {
  capabilities = ["update"]
}
path "sys/tools/hash/*" {
  capabilities = ["update"]
}

# Sign in to other programs with this server's OIDC providers.
path "identity/oidc/provider/+/authorize" {
  capabilities = ["read", "update"]
}
"#;

/// What a wrapping token may do. Nobody may change it, and it is not listed.
pub const RESPONSE_WRAPPING_TEXT: &str = r#"# The token in a wrapped answer: its one use is to unwrap that answer.
path "cubbyhole/response" {
  capabilities = ["create", "read"]
}
path "sys/wrapping/unwrap" {
  capabilities = ["update"]
}
"#;

impl Policy {
    /// The `default` policy as it is when a server is first started.
    ///
    /// # Errors
    /// None in practice: a test reads the text.
    pub fn default_policy() -> Result<Self, ParseError> {
        Self::parse(PolicyName::default_policy(), DEFAULT_TEXT)
    }

    /// The `response-wrapping` policy.
    ///
    /// # Errors
    /// None in practice: a test reads the text.
    pub fn response_wrapping() -> Result<Self, ParseError> {
        Self::parse(PolicyName::response_wrapping(), RESPONSE_WRAPPING_TEXT)
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    #[test]
    fn the_built_in_texts_are_policies() {
        assert_eq!(Policy::default_policy().unwrap().rules().len(), 16);
        assert!(Policy::default_policy().unwrap().is_templated());
        assert_eq!(Policy::response_wrapping().unwrap().rules().len(), 2);
    }
}

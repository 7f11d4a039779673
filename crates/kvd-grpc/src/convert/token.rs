//! Tokens that were made or prolonged.

use super::time;
use kvd_proto::v1::{IssuedToken, TokenType};
use kvd_types::{AuthInfo, TokenKind};

/// What an answer tells of a token.
pub(crate) fn issued(auth: &AuthInfo) -> IssuedToken {
    IssuedToken {
        token: auth.client_token.as_ref().map(|token| token.expose().clone()).unwrap_or_default(),
        accessor: auth.accessor.clone(),
        policies: auth.policies.clone(),
        token_policies: auth.token_policies.clone(),
        identity_policies: auth.identity_policies.clone(),
        metadata: auth.metadata.clone().unwrap_or_default().into_iter().collect(),
        ttl: Some(time::seconds(auth.lease_duration_seconds)),
        renewable: auth.renewable,
        entity_id: auth.entity_id.clone(),
        r#type: kind(auth.kind).into(),
        orphan: auth.orphan,
        num_uses: auth.num_uses,
    }
}

fn kind(kind: TokenKind) -> TokenType {
    match kind {
        TokenKind::Service => TokenType::Service,
        TokenKind::Batch => TokenType::Batch,
    }
}

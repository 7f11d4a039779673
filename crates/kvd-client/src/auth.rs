//! What becomes of the client's token.

use crate::{Error, calls::Effect, session::Session};
use kvd_proto::v1::{LookupRequest, RevokeRequest, auth_client::AuthClient};
use std::{collections::HashMap, time::Duration};

/// What the server knows of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// A name for the token that gives no rights.
    pub accessor: String,
    /// A name for people.
    pub display_name: String,
    /// Its policies.
    pub policies: Vec<String>,
    /// What stands on it.
    pub metadata: HashMap<String, String>,
    /// How long it lives from now on; zero for ever.
    pub ttl: Duration,
    /// Whether it can be prolonged.
    pub renewable: bool,
}

pub(crate) async fn own(session: &Session) -> Result<TokenFacts, Error> {
    let told = session
        .run(Effect::Reads, LookupRequest::default(), async |channel, request| {
            AuthClient::new(channel).lookup(request).await
        })
        .await?;
    Ok(TokenFacts {
        accessor: told.accessor,
        display_name: told.display_name,
        policies: told.policies,
        metadata: told.metadata,
        ttl: told.ttl.and_then(|ttl| ttl.try_into().ok()).unwrap_or_default(),
        renewable: told.renewable,
    })
}

pub(crate) async fn revoke(session: &Session) -> Result<(), Error> {
    session
        .run(Effect::Writes, RevokeRequest::default(), async |channel, request| {
            AuthClient::new(channel).revoke(request).await
        })
        .await
        .map(|_| ())
}

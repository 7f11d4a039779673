//! The form in which an answer is kept.
//!
//! Its data stay the JSON text that they are, so what comes out is what went in, whatever the names of its members
//! (D-12): nothing in them is read as an instruction.

use crate::fault;
use kvd_json::Text;
use kvd_storage::ViewError;
use kvd_types::{AuthInfo, Body, Fault, LeaseInfo, Reply, Secret, Status, TokenKind};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    /// Whether it is a 404 that carries data.
    absent: bool,
    /// Whether it tells of something that goes on in the background.
    #[serde(default)]
    accepted: bool,
    data: Option<Cow<'a, str>>,
    warnings: Vec<Cow<'a, str>>,
    lease_id: Cow<'a, str>,
    lease_seconds: u64,
    renewable: bool,
    auth: Option<KeptAuth<'a>>,
}

#[derive(Serialize, Deserialize)]
struct KeptAuth<'a> {
    client_token: Option<Cow<'a, str>>,
    accessor: Cow<'a, str>,
    display_name: Cow<'a, str>,
    policies: Cow<'a, [String]>,
    token_policies: Cow<'a, [String]>,
    identity_policies: Cow<'a, [String]>,
    metadata: Option<Cow<'a, BTreeMap<String, String>>>,
    lease_seconds: u64,
    renewable: bool,
    entity_id: Cow<'a, str>,
    batch: bool,
    orphan: bool,
    num_uses: u64,
}

pub(super) fn encode(reply: &Reply) -> Result<Secret<Vec<u8>>, Fault> {
    let data = match &reply.body {
        Body::Data(text) | Body::Doubled(text) => Some(Cow::Borrowed(text.as_str())),
        Body::Empty | Body::Bare(_) | Body::Document { .. } => None,
    };
    let kept = Kept {
        absent: reply.status == Status::Absent,
        accepted: reply.status == Status::Accepted,
        data,
        warnings: reply.warnings.iter().map(|w| Cow::Borrowed(&**w)).collect(),
        lease_id: Cow::Borrowed(&reply.lease.id),
        lease_seconds: reply.lease.duration_seconds,
        renewable: reply.lease.renewable,
        auth: reply.auth.as_deref().map(encode_auth),
    };
    serde_json::to_vec(&kept).map(Secret::new).map_err(Fault::internal)
}

fn encode_auth(auth: &AuthInfo) -> KeptAuth<'_> {
    KeptAuth {
        client_token: auth.client_token.as_ref().map(|token| Cow::Borrowed(token.expose().as_str())),
        accessor: Cow::Borrowed(&auth.accessor),
        display_name: Cow::Borrowed(&auth.display_name),
        policies: Cow::Borrowed(&auth.policies),
        token_policies: Cow::Borrowed(&auth.token_policies),
        identity_policies: Cow::Borrowed(&auth.identity_policies),
        metadata: auth.metadata.as_ref().map(Cow::Borrowed),
        lease_seconds: auth.lease_duration_seconds,
        renewable: auth.renewable,
        entity_id: Cow::Borrowed(&auth.entity_id),
        batch: auth.kind == TokenKind::Batch,
        orphan: auth.orphan,
        num_uses: auth.num_uses,
    }
}

pub(super) fn decode(kept: &Secret<Vec<u8>>) -> Result<Reply, Fault> {
    let malformed = || fault::storage(ViewError::Malformed { what: "wrapped answers" });
    let kept: Kept<'_> = serde_json::from_slice(kept.expose()).map_err(|_| malformed())?;
    let body = match kept.data {
        Some(data) => Body::Data(Text::from_stored(data.into_owned().into_bytes()).map_err(|_| malformed())?),
        None => Body::Empty,
    };
    Ok(Reply {
        status: match (kept.absent, kept.accepted) {
            (true, _) => Status::Absent,
            (false, true) => Status::Accepted,
            (false, false) => Status::Done,
        },
        body,
        warnings: kept.warnings.into_iter().map(|w| Cow::Owned(w.into_owned())).collect(),
        lease: LeaseInfo {
            id: kept.lease_id.into_owned(),
            duration_seconds: kept.lease_seconds,
            renewable: kept.renewable,
        },
        auth: kept.auth.map(decode_auth).map(Box::new),
        ..Reply::default()
    })
}

fn decode_auth(auth: KeptAuth<'_>) -> AuthInfo {
    AuthInfo {
        client_token: auth.client_token.map(|token| Secret::new(token.into_owned())),
        accessor: auth.accessor.into_owned(),
        display_name: auth.display_name.into_owned(),
        policies: auth.policies.into_owned(),
        token_policies: auth.token_policies.into_owned(),
        identity_policies: auth.identity_policies.into_owned(),
        metadata: auth.metadata.map(Cow::into_owned),
        lease_duration_seconds: auth.lease_seconds,
        renewable: auth.renewable,
        entity_id: auth.entity_id.into_owned(),
        entity_created: false,
        kind: if auth.batch { TokenKind::Batch } else { TokenKind::Service },
        orphan: auth.orphan,
        num_uses: auth.num_uses,
    }
}

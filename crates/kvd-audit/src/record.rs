//! What a line says, as borrowed views that the request path fills in.

use crate::Fragments;
use kvd_json::Object;
use kvd_types::{Fault, FaultKind, Headers, Operation, Peer, Reply, RequestId, Secret, Timestamp, TokenKind};
use std::{collections::BTreeMap, time::Duration};

/// A call, before it has any effect.
#[derive(Clone, Copy)]
pub struct RequestRecord<'a> {
    /// When the record was made.
    pub time: Timestamp,
    /// The id that both lines and the answer share.
    pub id: RequestId,
    /// What is done.
    pub action: Action,
    /// Where the path leads; none where it leads nowhere.
    pub mount: Option<Mount<'a>>,
    /// The token that came with the call, whether it is good or not.
    pub credential: Option<Credential<'a>>,
    /// What is known of the caller; none where the token is missing or not good.
    pub auth: Option<AuthRecord<'a>>,
    /// Where the path begins.
    pub namespace: Namespace<'a>,
    /// The path below `/v1/`.
    pub path: &'a str,
    /// The body's members, or the query's parameters.
    pub data: &'a Object,
    /// Where the call came from.
    pub peer: &'a Peer,
    /// The serial number of the verified client certificate, in decimal; empty when there is none.
    pub certificate_serial: &'a str,
    /// The headers it came with; only those that the rules name are written.
    pub headers: &'a dyn Headers,
    /// How long the answer shall be kept wrapped.
    pub wrap_ttl: Option<Duration>,
    /// Why it was refused. A fixed text: what a caller sent can never stand here.
    pub error: Option<&'static str>,
}

/// A call and what came of it, before the answer is given.
#[derive(Clone, Copy)]
pub struct ResponseRecord<'a> {
    /// When the record was made.
    pub time: Timestamp,
    /// The call; its `error` is not written here.
    pub request: &'a RequestRecord<'a>,
    /// The token that a login has made: its facts stand in place of the caller's, who had none.
    pub login: Option<AuthRecord<'a>>,
    /// What the caller will be told.
    pub outcome: Result<&'a Reply, &'a Fault>,
    /// The display name of the token in the reply, which the reply itself does not carry.
    pub display_name: &'a str,
    /// Why it was refused; [`error_of`] gives the usual texts.
    pub error: Option<&'static str>,
}

/// An operation, told apart further than a caller can: a write makes something or changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A write to a path where nothing was.
    Create,
    /// A read.
    Read,
    /// Any other write.
    Update,
    /// A partial write.
    Patch,
    /// A deletion.
    Delete,
    /// The names directly below a folder.
    List,
    /// All names below a folder.
    Scan,
    /// A read of headers only.
    Header,
    /// A question for help.
    Help,
}

impl Action {
    /// The action of `operation`; `creates` says whether a write finds nothing at its path.
    pub const fn of(operation: Operation, creates: bool) -> Self {
        match operation {
            Operation::Read => Self::Read,
            Operation::Write if creates => Self::Create,
            Operation::Write => Self::Update,
            Operation::Patch => Self::Patch,
            Operation::Delete => Self::Delete,
            Operation::List => Self::List,
            Operation::Scan => Self::Scan,
            Operation::Header => Self::Header,
            Operation::Help => Self::Help,
        }
    }

    /// The word in the line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Scan => "scan",
            Self::Header => "header",
            Self::Help => "help",
        }
    }

    pub(crate) const fn is_listing(self) -> bool {
        matches!(self, Self::List | Self::Scan)
    }
}

/// The mount that a path leads to.
#[derive(Clone, Copy)]
pub struct Mount<'a> {
    /// Its path, with a slash at the end.
    pub point: &'a str,
    /// Its type, such as `kv`.
    pub kind: &'a str,
    /// Its accessor; empty, and not written, for a call that was not let in.
    pub accessor: &'a str,
    /// The version of its engine, such as `v0.1.0+builtin.kvd`.
    pub version: &'a str,
    /// `secret` or `auth`.
    pub class: &'static str,
    /// Names of request members whose texts stay in clear (`audit_non_hmac_request_keys`).
    pub clear_request_keys: &'a [String],
    /// Names of answer members whose texts stay in clear (`audit_non_hmac_response_keys`).
    pub clear_response_keys: &'a [String],
}

/// A token and its accessor.
#[derive(Clone, Copy)]
pub struct Credential<'a> {
    /// The token.
    pub token: &'a Secret<String>,
    /// Its accessor; empty for a token that is not known.
    pub accessor: &'a str,
    /// The HMACs of these two, kept with the token; none computes them for every line.
    pub fragments: Option<&'a Fragments>,
}

/// What is known of a caller. None of these fields is hidden, save the credential.
#[derive(Clone, Copy, Default)]
pub struct AuthRecord<'a> {
    /// The caller's token; none where a path needs none.
    pub credential: Option<Credential<'a>>,
    /// Its display name.
    pub display_name: &'a str,
    /// All policies.
    pub policies: &'a [String],
    /// Those that the token itself carries.
    pub token_policies: &'a [String],
    /// Those that come from its entity and groups.
    pub identity_policies: &'a [String],
    /// What the policies said; none where they were not asked.
    pub verdict: Option<Verdict<'a>>,
    /// What whoever made the token wrote on it.
    pub metadata: Option<&'a BTreeMap<String, String>>,
    /// How often the token can still be used; 0 for as often as one likes.
    pub remaining_uses: u64,
    /// The entity; empty when none.
    pub entity_id: &'a str,
    /// Whether this very login has made the entity.
    pub entity_created: bool,
    /// Service or batch; none is written as `default`.
    pub kind: Option<TokenKind>,
    /// Seconds that the token was given; 0 for no end.
    pub ttl_seconds: u64,
    /// When the token was made.
    pub issued: Option<Timestamp>,
}

/// What the policies said.
#[derive(Clone, Copy)]
pub struct Verdict<'a> {
    /// Whether the call may go on.
    pub allowed: bool,
    /// The policies whose rule let it through.
    pub granting: &'a [Granting<'a>],
}

/// A policy whose rule let a call through.
#[derive(Clone, Copy)]
pub struct Granting<'a> {
    /// Its name.
    pub name: &'a str,
    /// The id of its namespace.
    pub namespace_id: &'a str,
}

/// A namespace, as lines name it.
#[derive(Clone, Copy)]
pub struct Namespace<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its path; empty for the root.
    pub path: &'a str,
}

impl Namespace<'static> {
    /// The namespace that is always there.
    pub const ROOT: Self = Self { id: "root", path: "" };
}

/// The text of a line's `error` for `fault`: its kind in the words that readers of such logs know, never the fault's
/// own texts, which stand hidden in the response. None for a plain "not there".
pub fn error_of(fault: &Fault) -> Option<&'static str> {
    Some(match fault.kind {
        FaultKind::Invalid => "1 error occurred:\n\t* invalid request\n\n",
        FaultKind::WrongCredentials => "invalid credentials",
        FaultKind::PermissionDenied => "1 error occurred:\n\t* permission denied\n\n",
        FaultKind::NotFound if fault.public.is_empty() => return None,
        FaultKind::NotFound => "1 error occurred:\n\t* unsupported path\n\n",
        FaultKind::UnsupportedOperation => "1 error occurred:\n\t* unsupported operation\n\n",
        FaultKind::TooLarge => "request body too large",
        FaultKind::PathTooLong => "path too long",
        FaultKind::UnsupportedMedia => "unsupported media type",
        FaultKind::RateLimited => "request path rate limit quota exceeded",
        FaultKind::HeadersTooLarge => "request headers too large",
        FaultKind::Internal => "1 error occurred:\n\t* internal error\n\n",
        FaultKind::NotImplemented => "not implemented",
        FaultKind::Sealed => "Vault is sealed",
        FaultKind::Unavailable => "unavailable",
        FaultKind::AuditUnavailable => "no audit device took the record",
        FaultKind::DeadlineExceeded => "deadline exceeded",
    })
}

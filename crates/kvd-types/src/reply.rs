//! An answer, in the words of the vault rather than those of a wire format.

use crate::{Fault, LoginGrant, Secret, Timestamp};
use kvd_json::{Text, Writer};
use std::{borrow::Cow, collections::BTreeMap, fmt, pin::Pin, sync::Mutex, time::Duration};

/// What a call gave.
#[derive(Debug, Default)]
pub struct Reply {
    /// How it went.
    pub status: Status,
    /// What it says.
    pub body: Body,
    /// What the caller should know besides.
    pub warnings: Vec<Cow<'static, str>>,
    /// How long what it says may be relied on.
    pub lease: LeaseInfo,
    /// A token that was made or renewed.
    pub auth: Option<Box<AuthInfo>>,
    /// What a login is worth; the vault makes a token of it before anybody sees the reply.
    pub grant: Option<Box<LoginGrant>>,
    /// The accessor of what it gives out beside a token, such as a SecretID; whoever gets it wrapped is told.
    pub accessor: Option<String>,
    /// Where the real answer waits.
    pub wrap: Option<Box<WrapInfo>>,
    /// Further headers (lower-case name, value) that a door should send where it can.
    pub headers: Vec<(&'static str, String)>,
    /// What is still to be done once this answer is on record; none where everything is done already.
    pub commit: Option<Commit>,
}

/// A change that only its answer tells of, such as new unseal keys: it takes effect between the record of the answer
/// and the answer itself. If either fails, the caller gets the failure, the old state holds, and nothing was told.
pub struct Commit(Mutex<Work>);

type Work = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

impl Commit {
    /// A change that `work` makes.
    pub fn new(work: impl Future<Output = Result<(), Fault>> + Send + 'static) -> Self {
        Self(Mutex::new(Box::pin(work)))
    }

    /// The change, to be run to its end.
    pub fn into_work(self) -> impl Future<Output = Result<(), Fault>> + Send + 'static {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Commit(..)")
    }
}

/// How a call went, where it did not fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// 200, or 204 where there is nothing to say.
    #[default]
    Done,
    /// 202: it goes on in the background.
    Accepted,
    /// 404 with a body: there is no such thing, but something to say about it.
    Absent,
    /// A status of the caller's own choosing, for health checks.
    Custom(u16),
}

/// The main part of an answer.
#[derive(Debug, Default)]
pub enum Body {
    /// Nothing to say: 204 where nothing else says something either.
    #[default]
    Empty,
    /// The object of the envelope's `data`.
    Data(Text),
    /// The same, with its members repeated beside the envelope's own for old clients.
    Doubled(Text),
    /// A JSON text that stands without an envelope.
    Bare(Text),
    /// Another kind of document.
    Document {
        /// Its media type.
        content_type: &'static str,
        /// The document.
        bytes: Secret<Vec<u8>>,
    },
}

/// How long an answer may be relied on, and by which name that can be prolonged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseInfo {
    /// The lease's id; empty when there is none.
    pub id: String,
    /// Seconds.
    pub duration_seconds: u64,
    /// Whether it can be renewed.
    pub renewable: bool,
}

/// A token that was made or renewed, as the answer shows it.
#[derive(Debug)]
pub struct AuthInfo {
    /// The token; none where only its accessor was known to the caller.
    pub client_token: Option<Secret<String>>,
    /// A name for the token that gives no rights.
    pub accessor: String,
    /// A name for people; audit lines show it, answers do not.
    pub display_name: String,
    /// All policies.
    pub policies: Vec<String>,
    /// Those that the token itself carries.
    pub token_policies: Vec<String>,
    /// Those that come from its entity and groups.
    pub identity_policies: Vec<String>,
    /// What whoever made the token wrote on it; none where nothing was given.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Seconds that it lives from now on.
    pub lease_duration_seconds: u64,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// The entity it belongs to; empty when none.
    pub entity_id: String,
    /// Whether that entity was made by this login; audit lines show it, answers do not.
    pub entity_created: bool,
    /// Service or batch.
    pub kind: TokenKind,
    /// Whether it has no parent.
    pub orphan: bool,
    /// How often it can be used; 0 for as often as one likes.
    pub num_uses: u64,
}

impl AuthInfo {
    /// Writes it as the envelope's `auth`.
    pub fn write(&self, w: &mut Writer) {
        w.begin_object();
        w.key("client_token");
        w.string(self.client_token.as_ref().map_or("", |token| token.expose()));
        w.key("accessor");
        w.string(&self.accessor);
        w.key("policies");
        w.strings(&self.policies);
        for (name, policies) in
            [("token_policies", &self.token_policies), ("identity_policies", &self.identity_policies)]
        {
            if !policies.is_empty() {
                w.key(name);
                w.strings(policies);
            }
        }
        w.key("metadata");
        match &self.metadata {
            None => w.null(),
            Some(metadata) => {
                w.begin_object();
                for (name, value) in metadata {
                    w.key(name);
                    w.string(value);
                }
                w.end_object();
            }
        }
        w.key("lease_duration");
        w.int(whole(self.lease_duration_seconds));
        w.key("renewable");
        w.bool(self.renewable);
        w.key("entity_id");
        w.string(&self.entity_id);
        w.key("token_type");
        w.display(self.kind);
        w.key("orphan");
        w.bool(self.orphan);
        w.key("mfa_requirement");
        w.null();
        w.key("num_uses");
        w.int(whole(self.num_uses));
        w.end_object();
    }
}

/// JSON numbers of Vault's are signed.
fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The two kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Stored, can be revoked.
    Service,
    /// Carries everything in itself, cannot be revoked.
    Batch,
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "service",
            Self::Batch => "batch",
        })
    }
}

/// Where a wrapped answer waits.
#[derive(Debug)]
pub struct WrapInfo {
    /// The token that opens it once.
    pub token: Secret<String>,
    /// That token's accessor.
    pub accessor: String,
    /// How long it waits.
    pub ttl: Duration,
    /// Since when.
    pub created: Timestamp,
    /// The path of the call that it answers.
    pub creation_path: String,
    /// The accessor of the token inside, where there is one.
    pub wrapped_accessor: Option<String>,
}

impl Reply {
    /// Nothing to say.
    pub fn empty() -> Self {
        Self::default()
    }

    /// An envelope around the object in `data`.
    pub fn data(data: Text) -> Self {
        Self { body: Body::Data(data), ..Self::default() }
    }

    /// An envelope around the object that `write` fills, member by member.
    pub fn object(write: impl FnOnce(&mut Writer)) -> Self {
        Self::data(object(write))
    }

    /// As [`Reply::object`], with the members repeated beside the envelope's own.
    pub fn doubled(write: impl FnOnce(&mut Writer)) -> Self {
        Self { body: Body::Doubled(object(write)), ..Self::default() }
    }

    /// A JSON object without an envelope.
    pub fn bare(write: impl FnOnce(&mut Writer)) -> Self {
        Self { body: Body::Bare(object(write)), ..Self::default() }
    }

    /// An envelope around a token.
    pub fn auth(auth: AuthInfo) -> Self {
        Self { auth: Some(Box::new(auth)), ..Self::default() }
    }

    /// A login that succeeded.
    pub fn grant(grant: LoginGrant) -> Self {
        Self { grant: Some(Box::new(grant)), ..Self::default() }
    }

    /// The same with a warning.
    #[must_use]
    pub fn warn(mut self, warning: impl Into<Cow<'static, str>>) -> Self {
        self.warnings.push(warning.into());
        self
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// The same, with a change that takes effect once the answer is on record.
    #[must_use]
    pub fn once_recorded(mut self, work: impl Future<Output = Result<(), Fault>> + Send + 'static) -> Self {
        self.commit = Some(Commit::new(work));
        self
    }

    /// The names `keys` as a listing; no names are a 404 without texts.
    ///
    /// # Errors
    /// When there are no names.
    pub fn listing<S: AsRef<str>>(keys: impl IntoIterator<Item = S>) -> Result<Self, Fault> {
        let mut keys = keys.into_iter().peekable();
        if keys.peek().is_none() {
            return Err(Fault::absent());
        }
        Ok(Self::object(|w| {
            w.key("keys");
            w.strings(keys);
        }))
    }
}

fn object(write: impl FnOnce(&mut Writer)) -> Text {
    let mut w = Writer::new();
    w.begin_object();
    write(&mut w);
    w.end_object();
    w.finish()
}

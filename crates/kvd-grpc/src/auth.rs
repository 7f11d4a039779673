//! The service Auth: logins by any method, and what becomes of tokens.

use crate::{
    convert::{header, path, read, time, token, write},
    exchange::{Answer, Asked, Exchange},
};
use kvd_json::Object;
use kvd_proto::v1::{
    IssuedToken, JwtCredentials, LoginRequest, LoginResponse, LookupRequest, LookupResponse, RenewRequest,
    RenewResponse, RevokeRequest, RevokeResponse, TokenType, auth_server::Auth, login_request::Credentials,
    lookup_request, renew_request, revoke_request,
};
use kvd_types::{Call, Fault, Operation, Reply};
use tonic::{Request, Response, Status, async_trait};
use tower::Service;

/// The service.
pub(crate) struct AuthService<S>(pub(crate) Exchange<S>);

type Answered<A> = Result<Response<A>, Status>;

#[async_trait]
impl<S> Auth for AuthService<S>
where
    S: Service<Call, Response = Reply, Error = Fault> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    async fn login(&self, request: Request<LoginRequest>) -> Answered<LoginResponse> {
        let ask = |m: LoginRequest| {
            let (below, data) = proof(m.credentials, self.0.json())?;
            if m.mount.trim_end_matches('/').is_empty() {
                return Err(Fault::invalid("the mount is missing"));
            }
            Ok(Asked::new(
                Operation::Write,
                path::below("auth", m.mount.trim_end_matches('/'), &below)?,
                data,
            ))
        };
        self.0.run(request, ask, |a| Ok(LoginResponse { header: header::of(a), token: issued(a) })).await
    }

    async fn lookup(&self, request: Request<LookupRequest>) -> Answered<LookupResponse> {
        let ask = |m: LookupRequest| {
            let target = m.target.map(|target| match target {
                lookup_request::Target::Token(token) => Target::Token(token),
                lookup_request::Target::Accessor(accessor) => Target::Accessor(accessor),
            });
            Ok(match target {
                None => Asked::plain(Operation::Read, "auth/token/lookup-self".to_owned()),
                Some(target) => target.asked("lookup", None),
            })
        };
        self.0.run(request, ask, |a| Ok(looked_up(a))).await
    }

    async fn renew(&self, request: Request<RenewRequest>) -> Answered<RenewResponse> {
        let ask = |m: RenewRequest| {
            let target = m.target.map_or(Target::Own, |target| match target {
                renew_request::Target::Token(token) => Target::Token(token),
                renew_request::Target::Accessor(accessor) => Target::Accessor(accessor),
            });
            Ok(target.asked("renew", m.increment.map(time::whole_seconds).transpose()?))
        };
        self.0.run(request, ask, |a| Ok(RenewResponse { header: header::of(a), token: issued(a) })).await
    }

    async fn revoke(&self, request: Request<RevokeRequest>) -> Answered<RevokeResponse> {
        let ask = |m: RevokeRequest| {
            let target = m.target.map_or(Target::Own, |target| match target {
                revoke_request::Target::Token(token) => Target::Token(token),
                revoke_request::Target::Accessor(accessor) => Target::Accessor(accessor),
            });
            Ok(target.asked("revoke", None))
        };
        self.0.run(request, ask, |a| Ok(RevokeResponse { header: header::of(a) })).await
    }
}

/// Which token a call is about.
enum Target {
    Own,
    Token(String),
    Accessor(String),
}

impl Target {
    /// The call that does `what` to it.
    fn asked(&self, what: &str, increment: Option<i64>) -> Asked {
        let ending = match self {
            Self::Own => "-self",
            Self::Token(_) => "",
            Self::Accessor(_) => "-accessor",
        };
        let data = write::object(|w| {
            if let Self::Accessor(accessor) = self {
                write::text(w, "accessor", accessor);
            }
            if let Some(increment) = increment {
                w.key("increment");
                w.int(increment);
            }
            if let Self::Token(token) = self {
                write::text(w, "token", token);
            }
        });
        Asked::new(Operation::Write, format!("auth/token/{what}{ending}"), data)
    }
}

/// What stands behind the mount, and the body.
fn proof(credentials: Option<Credentials>, limits: &kvd_json::Limits) -> Result<(String, Object), Fault> {
    let login = "login".to_owned();
    Ok(match credentials.ok_or_else(|| Fault::invalid("the credentials are missing"))? {
        Credentials::Approle(approle) => {
            let data = write::object(|w| {
                write::text(w, "role_id", &approle.role_id);
                if !approle.secret_id.is_empty() {
                    write::text(w, "secret_id", &approle.secret_id);
                }
            });
            (login, data)
        }
        Credentials::Kubernetes(JwtCredentials { role, jwt })
        | Credentials::Jwt(JwtCredentials { role, jwt }) => {
            let data = write::object(|w| {
                write::text(w, "jwt", &jwt);
                write::text(w, "role", &role);
            });
            (login, data)
        }
        Credentials::Userpass(user) => {
            let data = write::object(|w| write::text(w, "password", &user.password));
            (format!("login/{}", user.username), data)
        }
        Credentials::Other(other) => {
            let path = if other.path.is_empty() { login } else { other.path };
            (path, read::given(&other.parameters, limits)?)
        }
    })
}

fn issued(answer: &Answer) -> Option<IssuedToken> {
    answer.reply.auth.as_deref().filter(|_| answer.reply.wrap.is_none()).map(token::issued)
}

fn looked_up(answer: &Answer) -> LookupResponse {
    let header = header::of(answer);
    let Some(object) = read::object(answer) else {
        return LookupResponse { header, ..LookupResponse::default() };
    };
    let members = read::Members::of(object);
    let kind = match &*members.text("type") {
        "service" => TokenType::Service,
        "batch" => TokenType::Batch,
        _ => TokenType::Unspecified,
    };
    LookupResponse {
        header,
        accessor: members.text("accessor"),
        display_name: members.text("display_name"),
        policies: members.texts("policies"),
        metadata: members.map("meta"),
        path: members.text("path"),
        creation_time: Some(prost_types::Timestamp { seconds: members.number("creation_time"), nanos: 0 }),
        expire_time: time::parse(&members.text("expire_time")),
        ttl: Some(time::seconds(members.number("ttl"))),
        explicit_max_ttl: Some(time::seconds(members.number("explicit_max_ttl"))),
        period: Some(time::seconds(members.number("period"))),
        renewable: members.is("renewable"),
        entity_id: members.text("entity_id"),
        r#type: kind.into(),
        orphan: members.is("orphan"),
        num_uses: members.number("num_uses"),
    }
}

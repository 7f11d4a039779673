//! Who the client is: its token, prolonged in the background, and replaced when that is not possible any more.

use crate::{
    Credentials, Error,
    calls::{Calls, Effect},
};
use kvd_proto::v1::{IssuedToken, LookupRequest, RenewRequest, auth_client::AuthClient};
use kvd_types::Secret;
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{
    sync::Mutex,
    task::AbortHandle,
    time::{Instant, sleep_until},
};
use tonic::{Request, Response, Status, transport::Channel};

/// How long a failed renewal waits for the next one; at most this, and never longer than half of what is left.
const PAUSE: Duration = Duration::from_secs(30);

/// A client's token and its keeper.
pub(crate) struct Session {
    pub(crate) calls: Calls,
    credentials: Credentials,
    token: RwLock<Option<Arc<Token>>>,
    /// Held by whoever logs in, so that many refused calls make one login.
    login: Mutex<()>,
    keeper: RwLock<Option<AbortHandle>>,
}

struct Token {
    text: Secret<String>,
    /// Since when it lives its present time, and how long; none where it lives for ever, or nobody knows.
    lives: Option<(Instant, Duration)>,
    renewable: bool,
}

impl Token {
    fn issued(issued: IssuedToken) -> Self {
        let ttl = issued.ttl.and_then(|ttl| Duration::try_from(ttl).ok()).filter(|ttl| !ttl.is_zero());
        let lives = ttl.map(|ttl| (Instant::now(), ttl));
        Self { text: Secret::new(issued.token), lives, renewable: issued.renewable }
    }

    /// When it should be prolonged or replaced: after two thirds of its time.
    fn due(&self) -> Option<Instant> {
        self.lives.map(|(since, ttl)| since + ttl * 2 / 3)
    }
}

impl Session {
    /// Logs in, and keeps the token from then on.
    pub(crate) async fn open(calls: Calls, credentials: Credentials) -> Result<Arc<Self>, Error> {
        let token = match &credentials {
            Credentials::Token(text) => Some(Arc::new(given(&calls, text).await?)),
            Credentials::None
            | Credentials::AppRole { .. }
            | Credentials::Kubernetes { .. }
            | Credentials::Jwt { .. }
            | Credentials::Userpass { .. } => None,
        };
        let session = Arc::new(Self {
            calls,
            credentials,
            token: RwLock::new(token),
            login: Mutex::new(()),
            keeper: RwLock::new(None),
        });
        if session.token().is_none() {
            session.log_in().await?;
        }
        let keeper = tokio::spawn(keep(Arc::downgrade(&session))).abort_handle();
        *session.keeper.write().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
        Ok(session)
    }

    /// Makes a call in the client's name. When it is refused because the token has ended, it is made once more with a
    /// new one: a refused call has had no effect.
    pub(crate) async fn run<M, A, F>(
        &self,
        effect: Effect,
        message: M,
        make: impl Fn(Channel, Request<M>) -> F,
    ) -> Result<A, Error>
    where
        M: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let token = self.token();
        let text = token.as_ref().map(|token| &token.text);
        match self.calls.run(text, effect, message.clone(), &make).await {
            Err(Error::PermissionDenied) if self.has_ended(token.as_ref()).await => {
                let token = self.token();
                self.calls.run(token.as_ref().map(|token| &token.text), effect, message, &make).await
            }
            outcome => outcome,
        }
    }

    fn token(&self) -> Option<Arc<Token>> {
        self.token.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, token: Token) {
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(token));
    }

    /// Whether the token has ended and there is another one. A token that is still good was refused for what it asked.
    async fn has_ended(&self, token: Option<&Arc<Token>>) -> bool {
        let Some(token) = token else { return false };
        let _one_at_a_time = self.login.lock().await;
        if self.token().is_some_and(|present| !Arc::ptr_eq(&present, token)) {
            return true;
        }
        match look_up(&self.calls, &token.text).await {
            Err(Error::PermissionDenied) => self.log_in().await.is_ok_and(|new| new),
            Ok(_) | Err(_) => false,
        }
    }

    /// Logs in; whether there is a new token.
    async fn log_in(&self) -> Result<bool, Error> {
        let Some(login) = self.credentials.login().await? else { return Ok(false) };
        // Not tried again by itself: a login can use something up.
        let made = self.calls.run(None, Effect::Writes, login, async |channel, request| {
            AuthClient::new(channel).login(request).await
        });
        let issued = made.await?.token.ok_or(Error::Server)?;
        self.set(Token::issued(issued));
        Ok(true)
    }

    /// Prolongs the token, or replaces it where that gives it no more time.
    async fn prolong(&self, token: &Token) -> Result<(), Error> {
        if token.renewable {
            let renewed = self.calls.run(
                Some(&token.text),
                Effect::Reads,
                RenewRequest::default(),
                async |channel, request| AuthClient::new(channel).renew(request).await,
            );
            if let Some(issued) = renewed.await.ok().and_then(|answer| answer.token) {
                let new = Token::issued(IssuedToken { token: token.text.expose().clone(), ..issued });
                // Less than half of what it was: its end is near, and only a new one helps.
                let enough = match (token.lives, new.lives) {
                    (Some((_, before)), Some((_, ttl))) => ttl >= before / 2,
                    (_, None) | (None, _) => true,
                };
                self.set(new);
                if enough {
                    return Ok(());
                }
            }
        }
        let _one_at_a_time = self.login.lock().await;
        self.log_in().await.map(|_| ())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(keeper) = keeper.take() {
            keeper.abort();
        }
    }
}

/// Keeps the token alive as long as somebody uses the session.
async fn keep(session: std::sync::Weak<Session>) {
    loop {
        let Some(due) = session.upgrade().and_then(|session| session.token()?.due()) else { return };
        sleep_until(due).await;
        let Some(session) = session.upgrade() else { return };
        let Some(token) = session.token() else { return };
        let asleep_too_early = token.due().is_some_and(|due| due > Instant::now());
        if !asleep_too_early && session.prolong(&token).await.is_err() {
            let left = token
                .lives
                .map_or(PAUSE, |(since, ttl)| (since + ttl).saturating_duration_since(Instant::now()));
            let pause = PAUSE.min((left / 2).max(Duration::from_secs(1)));
            drop(session);
            tokio::time::sleep(pause).await;
        }
    }
}

async fn look_up(calls: &Calls, token: &Secret<String>) -> Result<kvd_proto::v1::LookupResponse, Error> {
    calls
        .run(Some(token), Effect::Reads, LookupRequest::default(), async |channel, request| {
            AuthClient::new(channel).lookup(request).await
        })
        .await
}

/// What is known of a token that somebody else has made. Its policies may not let it ask; then it is used as it is.
async fn given(calls: &Calls, text: &Secret<String>) -> Result<Token, Error> {
    let unknown = Token { text: text.clone(), lives: None, renewable: false };
    match look_up(calls, text).await {
        Ok(known) => {
            let ttl = known.ttl.and_then(|ttl| Duration::try_from(ttl).ok()).filter(|ttl| !ttl.is_zero());
            let lives = ttl.map(|ttl| (Instant::now(), ttl));
            Ok(Token { lives, renewable: known.renewable, ..unknown })
        }
        Err(Error::PermissionDenied) => Ok(unknown),
        Err(error) => Err(error),
    }
}

//! When keys are fetched, and what is believed of them.

use super::*;
use crate::jose::PublicKey;
use crate::jose::{
    Algorithm,
    testing::{Signer, encode},
};
use kvd_backend::{OutboundAnswer, Trust};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// An issuer whose keys change, who is away at times, and who lets nobody in before the gate is open.
struct Issuer {
    keys: Mutex<Option<String>>,
    asked: AtomicUsize,
    gate: Semaphore,
}

impl Issuer {
    fn new(keys: &str) -> Arc<Self> {
        let keys = Mutex::new(Some(keys.to_owned()));
        Arc::new(Self { keys, asked: AtomicUsize::new(0), gate: Semaphore::new(1000) })
    }

    fn publish(&self, keys: Option<&str>) {
        *self.keys.lock().unwrap() = keys.map(str::to_owned);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Outbound for Issuer {
    fn send(&self, _: OutboundCall) -> BoxFuture<'_, Result<OutboundAnswer, OutboundError>> {
        Box::pin(async {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.gate.acquire().await.unwrap().forget();
            let keys = self.keys.lock().unwrap().clone();
            let body = keys.ok_or(OutboundError::Unreachable)?.into_bytes();
            Ok(OutboundAnswer { status: 200, body })
        })
    }
}

fn published(signer: &Signer) -> String {
    let PublicKey::P256(point) = signer.public() else { panic!("another kind of key") };
    let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
    format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","kid":"k","x":"{x}","y":"{y}"}}]}}"#)
}

fn origin(url: &str) -> Origin {
    Origin { kind: OriginKind::KeySet, url: url.to_owned(), trust: Trust::System }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos((1000 + seconds) * 1_000_000_000)
}

async fn verify(keys: &RemoteKeys, signer: &Signer, from: &str, seconds: i64) -> Result<(), TokenError> {
    let text = signer.sign(r#"{"alg":"ES256","kid":"k"}"#, "{}");
    let token = Token::parse(&text, &Algorithm::ALL).unwrap();
    keys.verify(&token, &origin(from), at(seconds)).await.map(|_| ())
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_when_they_are_old() {
    let (old, new) = (Signer::new(), Signer::new());
    let issuer = Issuer::new(&published(&old));
    let keys = RemoteKeys::new(issuer.clone());
    for (seconds, asked) in [(0, 1), (1, 1), (299, 1)] {
        assert_eq!((verify(&keys, &old, "a", seconds).await, issuer.asked()), (Ok(()), asked));
    }
    // The issuer has withdrawn the key: what was kept of it ends.
    issuer.publish(Some(&published(&new)));
    assert_eq!((verify(&keys, &old, "a", 300).await, issuer.asked()), (Err(TokenError::Signature), 2));
    assert_eq!((verify(&keys, &new, "a", 301).await, issuer.asked()), (Ok(()), 2));
}

#[tokio::test]
async fn a_new_key_is_asked_for_but_not_by_every_made_up_token() {
    let (old, new, nobody) = (Signer::new(), Signer::new(), Signer::new());
    let issuer = Issuer::new(&published(&old));
    let keys = RemoteKeys::new(issuer.clone());
    verify(&keys, &old, "a", 0).await.unwrap();
    for seconds in [0, 1, 4] {
        assert_eq!(verify(&keys, &nobody, "a", seconds).await, Err(TokenError::Signature));
    }
    assert_eq!(issuer.asked(), 1);
    issuer.publish(Some(&published(&new)));
    assert_eq!((verify(&keys, &new, "a", 5).await, issuer.asked()), (Ok(()), 2));
    assert_eq!((verify(&keys, &old, "a", 6).await, issuer.asked()), (Err(TokenError::Signature), 2));
}

#[tokio::test]
async fn a_fetch_that_failed_leaves_nothing_behind() {
    let signer = Signer::new();
    let issuer = Issuer::new("<html>");
    let keys = RemoteKeys::new(issuer.clone());
    assert_eq!(verify(&keys, &signer, "a", 0).await, Err(TokenError::NoKeys));
    issuer.publish(None);
    assert_eq!(verify(&keys, &signer, "a", 0).await, Err(TokenError::NoKeys));
    issuer.publish(Some(&published(&signer)));
    assert_eq!((verify(&keys, &signer, "a", 0).await, issuer.asked()), (Ok(()), 3));
    // Keys that are too old are not believed because the issuer is away.
    issuer.publish(None);
    assert_eq!(verify(&keys, &signer, "a", 300).await, Err(TokenError::NoKeys));
}

#[tokio::test]
async fn v066_keys_are_good_only_for_where_they_came_from() {
    let (mine, yours) = (Signer::new(), Signer::new());
    let issuer = Issuer::new(&published(&mine));
    let keys = RemoteKeys::new(issuer.clone());
    verify(&keys, &mine, "a", 0).await.unwrap();
    issuer.publish(Some(&published(&yours)));
    assert_eq!(verify(&keys, &mine, "b", 0).await, Err(TokenError::Signature));
    assert_eq!(verify(&keys, &yours, "b", 0).await, Ok(()));
}

#[tokio::test]
async fn logins_at_the_same_time_share_a_fetch_and_survive_one_that_hangs_up() {
    let signer = Arc::new(Signer::new());
    let issuer = Issuer::new(&published(&signer));
    issuer.gate.forget_permits(1000);
    let keys = Arc::new(RemoteKeys::new(issuer.clone()));
    let login = || {
        let (keys, signer) = (Arc::clone(&keys), Arc::clone(&signer));
        tokio::spawn(async move { verify(&keys, &signer, "a", 0).await })
    };
    let first = login();
    while issuer.asked() == 0 {
        tokio::task::yield_now().await;
    }
    let others: Vec<_> = (0..20).map(|_| login()).collect();
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    issuer.gate.add_permits(1);
    for other in others {
        assert_eq!(other.await.unwrap(), Ok(()));
    }
    assert_eq!(issuer.asked(), 1);
}

#[test]
fn a_document_of_another_issuer_is_refused() {
    for (issuer, document, want) in [
        ("https://i", r#"{"issuer":"https://i","jwks_uri":"https://k/j"}"#, Ok("https://k/j")),
        ("http://i", r#"{"issuer":"http://i","jwks_uri":"http://k"}"#, Ok("http://k")),
        ("https://i", r#"{"issuer":"https://i/","jwks_uri":"https://k"}"#, Err(None)),
        ("https://i", r#"{"issuer":"https://j","jwks_uri":"https://k"}"#, Err(None)),
        ("https://i", r#"{"issuer":"https://i","jwks_uri":"http://k"}"#, Err(None)),
        ("https://i", r#"{"issuer":"https://i"}"#, Err(None)),
        ("https://i", "<html>", Err(None)),
    ] {
        assert_eq!(discovered(document.as_bytes(), issuer), want.map(str::to_owned), "{document}");
    }
    assert_eq!(well_known("https://i/r/"), "https://i/r/.well-known/openid-configuration");
}

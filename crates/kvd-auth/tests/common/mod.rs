//! Issuers and API servers for tests, on real sockets, and the calls that all tests of logins make.

#![expect(dead_code, reason = "each of the test programs uses a part")]

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use kvd_outbound::{Bounds, HttpOutbound};
use kvd_testkit::TestVault;
use kvd_types::{Fault, FaultKind, Operation as Op};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What a server was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method and path.
    pub(crate) line: String,
    /// What the Authorization header shows.
    pub(crate) bearer: String,
    /// The body.
    pub(crate) body: Value,
}

type Answer = Box<dyn Fn(&Asked) -> Option<(u16, String)> + Send>;

/// An HTTP server; it says nothing at all where its answer is none.
pub(crate) struct Server {
    pub(crate) url: String,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Option<(u16, String)> + Send + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let answer: Arc<Mutex<Answer>> = Arc::new(Mutex::new(Box::new(answer)));
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let server = Self { url, answer: Arc::clone(&answer), asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = socket.accept().await {
                let (answer, asked) = (Arc::clone(&answer), Arc::clone(&asked));
                tokio::spawn(async move {
                    let question = read(&mut stream).await;
                    let said = answer.lock().unwrap()(&question);
                    asked.lock().unwrap().push(question);
                    let Some((status, body)) = said else { return std::future::pending().await };
                    let head =
                        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close", body.len());
                    _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await;
                });
            }
        });
        server
    }

    /// Says something else from here on.
    pub(crate) fn say(&self, answer: impl Fn(&Asked) -> Option<(u16, String)> + Send + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    /// All that it was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Asked {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| {
                let line = head.lines().find(|line| line.to_lowercase().starts_with(name));
                line.map(|line| line[name.len()..].trim().to_owned())
            };
            let length = header("content-length:").map_or(0, |n| n.parse().unwrap());
            if body.len() >= length {
                return Asked {
                    line: head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned(),
                    bearer: header("authorization:").unwrap_or_default().replace("Bearer ", ""),
                    body: serde_json::from_str(body).unwrap_or_default(),
                };
            }
        }
        let mut piece = [0; 4096];
        let n = stream.read(&mut piece).await.unwrap();
        assert!(n > 0, "the client hung up");
        bytes.extend_from_slice(&piece[..n]);
    }
}

/// Somebody who signs tokens.
pub(crate) struct Signer(EcdsaKeyPair);

impl Signer {
    pub(crate) fn new() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap())
    }

    /// A token with the claims of `claims` and, besides, times at which it is good.
    pub(crate) fn sign(&self, claims: Value) -> String {
        let mut all = json!({ "nbf": 1, "exp": 4_102_444_800_u64 });
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", encode(r#"{"alg":"ES256","kid":"k"}"#), encode(&all.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// The public key as a set of keys.
    pub(crate) fn key_set(&self) -> String {
        let point = self.0.public_key().as_ref();
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y }] }).to_string()
    }

    /// The public key in PEM (RFC 5480: what stands before a point on P-256 is always the same).
    pub(crate) fn pem(&self) -> String {
        let head = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
        let der = [head.as_slice(), self.0.public_key().as_ref()].concat();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64_STANDARD.encode(der))
    }
}

/// A vault with a mount of a method.
pub(crate) struct Rig(pub(crate) TestVault);

impl Rig {
    pub(crate) async fn with(method: &str) -> Self {
        Self::mounted(TestVault::start().await, method).await
    }

    /// One that soon gives up on servers that say nothing.
    pub(crate) async fn impatient(method: &str) -> Self {
        let bounds = Bounds { time: Duration::from_millis(100), ..Bounds::default() };
        Self::mounted(TestVault::calling(Arc::new(HttpOutbound::new(bounds))).await, method).await
    }

    async fn mounted(vault: TestVault, method: &str) -> Self {
        let rig = Self(vault);
        rig.root(Op::Write, &format!("sys/auth/{method}"), json!({ "type": method })).await;
        rig
    }

    pub(crate) async fn root(&self, operation: Op, path: &str, body: Value) -> Value {
        self.0.call("root", operation, path, body).await.unwrap().data
    }

    /// The kind and the text of what refuses a call of the root token.
    pub(crate) async fn refused(&self, path: &str, body: Value) -> (FaultKind, String) {
        shown(self.0.call("root", Op::Write, path, body).await.unwrap_err())
    }

    /// Logs in, and gives the policies of the token.
    pub(crate) async fn login(&self, path: &str, body: Value) -> Result<Vec<String>, (FaultKind, String)> {
        let answer = self.0.call("", Op::Write, path, body).await.map_err(shown)?;
        Ok(answer.auth.unwrap().policies)
    }
}

fn shown(fault: Fault) -> (FaultKind, String) {
    (fault.kind, fault.public.concat())
}

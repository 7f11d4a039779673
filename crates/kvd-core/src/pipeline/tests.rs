//! What happens when the record of an answer fails: nobody learns anything, and nothing has changed.

use crate::{seal, testing::Opened, vault::Vault};
use kvd_audit::{Device, FormatOptions, Pace, Sink};
use kvd_json::{Limits, Object};
use kvd_types::{
    ApiPath, Body, Call, ClientAuth, Fault, FaultKind, NamespaceId, NoHeaders, Operation, Peer, Reply,
    RequestId, Secret, SystemEntropy,
};
use serde_json::{Value, json};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Takes requests, and refuses responses while told so.
struct NoResponses(Arc<AtomicBool>);

impl Sink for NoResponses {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(lines);
        if self.0.load(Ordering::SeqCst) && text.contains(r#""type":"response""#) {
            return Err(io::Error::other("no space left on device"));
        }
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Fixture {
    vault: Vault,
    token: Secret<String>,
    share: String,
    refuses: Arc<AtomicBool>,
}

impl Fixture {
    /// An unsealed vault with one share and one device.
    async fn start() -> Self {
        let Opened { vault, root_token, share } = Opened::start().await;
        let refuses = Arc::new(AtomicBool::new(false));
        let sink = Box::new(NoResponses(Arc::clone(&refuses)));
        let device =
            Device::with_sink("test/", FormatOptions::default(), b"salt", sink, Pace::Quick).unwrap();
        vault.inner().seal.unsealed().unwrap().audit.broker.enable(device).unwrap();
        Self { vault, token: root_token, share, refuses }
    }

    async fn call(&self, operation: Operation, path: &str, body: Value) -> Result<Value, Fault> {
        let call = Call {
            id: RequestId::draw(&SystemEntropy).unwrap(),
            operation,
            namespace: NamespaceId::ROOT,
            path: ApiPath::decode(path).unwrap(),
            data: Object::parse(body.to_string().as_bytes(), &Limits::default()).unwrap(),
            auth: ClientAuth::Token(self.token.clone()),
            wrap_ttl: None,
            peer: Peer::internal(),
            opened: kvd_types::Opened::default(),
            headers: Box::new(NoHeaders),
        };
        let Reply { body, .. } = self.vault.serve(call).await?;
        Ok(match body {
            Body::Data(text) | Body::Doubled(text) | Body::Bare(text) => {
                serde_json::from_str(text.as_str()).unwrap()
            }
            Body::Empty | Body::Document { .. } => Value::Null,
        })
    }

    /// The last share of something that was started, while answers cannot be recorded and then while they can.
    async fn last_share(&self, update: &str, nonce: &Value) -> Value {
        let given = json!({ "key": self.share, "nonce": nonce });
        self.refuses.store(true, Ordering::SeqCst);
        let fault = self.call(Operation::Write, update, given.clone()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::AuditUnavailable);
        self.refuses.store(false, Ordering::SeqCst);
        self.call(Operation::Write, update, given).await.unwrap()
    }

    async fn tokens(&self) -> usize {
        self.vault.inner().seal.unsealed().unwrap().tokens.accessors().await.unwrap().len()
    }

    async fn shares(&self) -> u8 {
        seal::status(self.vault.inner()).await.unwrap().shares
    }
}

#[tokio::test]
async fn v089_new_shares_count_only_if_their_answer_could_be_recorded() {
    let vault = Fixture::start().await;
    let wish = json!({ "secret_shares": 2, "secret_threshold": 2 });
    let started = vault.call(Operation::Write, "sys/rekey/init", wish).await.unwrap();
    let before = vault.shares().await;
    let done = vault.last_share("sys/rekey/update", &started["nonce"]).await;
    assert_eq!((before, vault.shares().await), (1, 2));
    assert_eq!(done["keys"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn v089_a_root_token_is_made_only_if_its_answer_could_be_recorded() {
    let vault = Fixture::start().await;
    let started = vault.call(Operation::Write, "sys/generate-root/attempt", json!({})).await.unwrap();
    let before = vault.tokens().await;
    let done = vault.last_share("sys/generate-root/update", &started["nonce"]).await;
    assert_eq!(vault.tokens().await, before + 1, "one token for two tries");
    assert_eq!(done["complete"], true);
}

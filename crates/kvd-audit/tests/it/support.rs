//! Records to write, sinks to write to.

use kvd_audit::{
    Action, AuthRecord, Broker, Credential, Device, FormatOptions, Fragments, Granting, Mount, Namespace,
    Pace, RequestRecord, Sink, Verdict,
};
use kvd_json::{Limits, Object};
use kvd_types::{Entropy, EntropyError, Headers, Peer, RequestId, Secret, Timestamp, TokenKind};
use parking_lot::Mutex;
use std::{collections::BTreeMap, io, sync::Arc};

/// 2023-11-14T22:13:20.12Z
pub(crate) const NOW: Timestamp = Timestamp::from_nanos(1_700_000_000_120_000_000);
pub(crate) const ID: &str = "07070707-0707-4707-8707-070707070707";

struct Sevens;

impl Entropy for Sevens {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        out.fill(7);
        Ok(())
    }
}

pub(crate) fn id() -> RequestId {
    RequestId::draw(&Sevens).unwrap()
}

pub(crate) fn object(text: &str) -> Object {
    Object::parse(text.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

/// Everything that records borrow.
pub(crate) struct Scene {
    pub(crate) data: Object,
    pub(crate) token: Secret<String>,
    pub(crate) accessor: &'static str,
    pub(crate) fragments: Fragments,
    pub(crate) policies: Vec<String>,
    pub(crate) identity_policies: Vec<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) clear_request: Vec<String>,
    pub(crate) clear_response: Vec<String>,
    pub(crate) peer: Peer,
}

pub(crate) struct HeaderMap(pub(crate) Vec<(&'static str, &'static str)>);

impl Headers for HeaderMap {
    fn values<'a>(&'a self, name: &str) -> Vec<&'a str> {
        self.0.iter().filter(|(n, _)| *n == name).map(|(_, v)| *v).collect()
    }
}

const GRANTING: &[Granting<'static>] = &[Granting { name: "p", namespace_id: "root" }];

impl Scene {
    pub(crate) fn new(data: &str) -> Self {
        Self {
            data: object(data),
            token: Secret::new("hvs.token".to_owned()),
            accessor: "accessor",
            fragments: Fragments::default(),
            policies: strings(&["default", "p"]),
            identity_policies: Vec::new(),
            metadata: BTreeMap::from([("team".to_owned(), "blue".to_owned())]),
            headers: HeaderMap(Vec::new()),
            clear_request: Vec::new(),
            clear_response: Vec::new(),
            peer: Peer { address: Some([127, 0, 0, 1].into()), port: 4711, certificates: None },
        }
    }

    pub(crate) fn credential(&self) -> Credential<'_> {
        Credential { token: &self.token, accessor: self.accessor, fragments: Some(&self.fragments) }
    }

    pub(crate) fn auth(&self) -> AuthRecord<'_> {
        AuthRecord {
            credential: Some(self.credential()),
            display_name: "token-tester",
            policies: &self.policies,
            token_policies: &self.policies,
            identity_policies: &self.identity_policies,
            verdict: Some(Verdict { allowed: true, granting: GRANTING }),
            metadata: Some(&self.metadata),
            kind: Some(TokenKind::Service),
            ttl_seconds: 3600,
            issued: Some(NOW),
            ..AuthRecord::default()
        }
    }

    pub(crate) fn mount(&self) -> Mount<'_> {
        Mount {
            point: "secret/",
            kind: "kv",
            accessor: "kv_01234567",
            version: "v0.1.0+builtin.kvd",
            class: "secret",
            clear_request_keys: &self.clear_request,
            clear_response_keys: &self.clear_response,
        }
    }

    pub(crate) fn request(&self, action: Action) -> RequestRecord<'_> {
        RequestRecord {
            time: NOW,
            id: id(),
            action,
            mount: Some(self.mount()),
            credential: Some(self.credential()),
            auth: Some(self.auth()),
            namespace: Namespace::ROOT,
            path: "secret/data/app",
            data: &self.data,
            peer: &self.peer,
            certificate_serial: "",
            headers: &self.headers,
            wrap_ttl: None,
            error: None,
        }
    }
}

/// Keeps what it is given.
#[derive(Clone, Default)]
pub(crate) struct Memory(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Memory {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().clone()).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.text().split_inclusive('\n').map(str::to_owned).collect()
    }
}

impl Sink for Memory {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.0.lock().extend_from_slice(lines);
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) const SALT: &[u8] = b"salt of the first device";

pub(crate) fn device(path: &str, format: FormatOptions, sink: impl Sink, pace: Pace) -> Device {
    Device::with_sink(path, format, SALT, Box::new(sink), pace).unwrap()
}

/// A broker with one device that keeps its lines in memory.
pub(crate) fn broker(format: FormatOptions) -> (Broker, Memory) {
    let (broker, memory) = (Broker::default(), Memory::default());
    broker.enable(device("memory/", format, memory.clone(), Pace::Quick)).unwrap();
    (broker, memory)
}

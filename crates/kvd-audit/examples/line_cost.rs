//! What a line costs, in microseconds: `cargo run --release -p kvd-audit --example line_cost`.

use kvd_audit::{
    Action, AuthRecord, Broker, Credential, Device, DeviceOptions, DeviceRules, Fragments, Granting, Mount,
    Namespace, RequestRecord, ResponseRecord, Verdict,
};
use kvd_json::{Limits, Object};
use kvd_types::{Clock, NoHeaders, Peer, Reply, RequestId, Secret, SystemClock, SystemEntropy, TokenKind};
use std::{collections::BTreeMap, time::Instant};

const ROUNDS: u32 = 100_000;

#[expect(clippy::print_stdout, reason = "an example reports to whoever runs it")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let file = std::env::temp_dir().join(format!("kvd-line-cost-{}.log", std::process::id()));
    for (name, path) in [("format only", "discard"), ("file", &*file.to_string_lossy())] {
        let raw = BTreeMap::from([("file_path".to_owned(), path.to_owned())]);
        let device = Device::open(
            "d/",
            &DeviceOptions::parse("file", &raw)?,
            &[7; 32],
            &DeviceRules::default(),
            None,
        )?;
        let broker = Broker::default();
        broker.enable(device)?;
        for (kind, fragments) in [("hot token", Some(Fragments::default())), ("no fragments", None)] {
            let micros = runtime.block_on(exchange(&broker, fragments.as_ref()))?;
            println!("{name}, {kind}: {micros:.2} µs for a request and a response line, together");
        }
        let micros = runtime.block_on(request(&broker))?;
        println!("{name}, request line of a write with one value: {micros:.2} µs");
    }
    std::fs::remove_file(file)?;
    Ok(())
}

async fn exchange(broker: &Broker, fragments: Option<&Fragments>) -> Result<f64, Box<dyn std::error::Error>> {
    let token = Secret::new("hvs.CAESIJ0123456789012345678901234567890".to_owned());
    let credential = Credential { token: &token, accessor: "abcdefghijklmnopqrstuvwx", fragments };
    let (data, peer) =
        (Object::empty(), Peer { address: Some([127, 0, 0, 1].into()), port: 4711, certificates: None });
    let policies = ["default".to_owned(), "app".to_owned()];
    let granting = [Granting { name: "app", namespace_id: "root" }];
    let body = Object::parse(
        br#"{"data":{"password":"hunter2","user":"ann"},"metadata":{"created_time":"2026-01-01T00:00:00.123456789Z","custom_metadata":null,"deletion_time":"","destroyed":false,"version":1}}"#,
        &Limits::default(),
    )?;
    let reply = Reply::data(body.text().clone());
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let request = record(credential, &policies, &granting, &data, &peer)?;
        let response = ResponseRecord {
            time: SystemClock.now(),
            request: &request,
            login: None,
            outcome: Ok(&reply),
            display_name: "",
            error: None,
        };
        broker.record_exchange(&response).await?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS))
}

async fn request(broker: &Broker) -> Result<f64, Box<dyn std::error::Error>> {
    let token = Secret::new("hvs.CAESIJ0123456789012345678901234567890".to_owned());
    let fragments = Fragments::default();
    let credential =
        Credential { token: &token, accessor: "abcdefghijklmnopqrstuvwx", fragments: Some(&fragments) };
    let data = Object::parse(br#"{"data":{"password":"hunter2"}}"#, &Limits::default())?;
    let peer = Peer { address: Some([127, 0, 0, 1].into()), port: 4711, certificates: None };
    let policies = ["default".to_owned(), "app".to_owned()];
    let granting = [Granting { name: "app", namespace_id: "root" }];
    let start = Instant::now();
    for _ in 0..ROUNDS {
        broker.record_request(&record(credential, &policies, &granting, &data, &peer)?).await?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS))
}

fn record<'a>(
    credential: Credential<'a>,
    policies: &'a [String],
    granting: &'a [Granting<'a>],
    data: &'a Object,
    peer: &'a Peer,
) -> Result<RequestRecord<'a>, Box<dyn std::error::Error>> {
    Ok(RequestRecord {
        time: SystemClock.now(),
        id: RequestId::draw(&SystemEntropy)?,
        action: Action::Read,
        mount: Some(Mount {
            point: "secret/",
            kind: "kv",
            accessor: "kv_01234567",
            version: "v0.1.0+builtin.kvd",
            class: "secret",
            clear_request_keys: &[],
            clear_response_keys: &[],
        }),
        credential: Some(credential),
        auth: Some(AuthRecord {
            credential: Some(credential),
            display_name: "token-app",
            policies,
            token_policies: policies,
            verdict: Some(Verdict { allowed: true, granting }),
            kind: Some(TokenKind::Service),
            ttl_seconds: 3600,
            issued: Some(SystemClock.now()),
            ..AuthRecord::default()
        }),
        namespace: Namespace::ROOT,
        path: "secret/data/app/config",
        data,
        peer,
        certificate_serial: "",
        headers: &NoHeaders,
        wrap_ttl: None,
        error: None,
    })
}

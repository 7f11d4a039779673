//! What a hot read costs in user space: `cargo run --release -p kvd-testkit --example hot_read`.
//!
//! Requests go through the whole server, from the bytes of a request to those of its answer, over a connection inside
//! the process, so that a profiler (`valgrind --tool=callgrind`) sees the server's work and none of the kernel's. With
//! the argument `audit` a file device is on; with `vault` the door is left out.

use kvd_edge::{Connection, memory};
use kvd_http::{Gateway, ListenerSettings};
use kvd_storage::{Cached, EmbeddedStore, Memory};
use kvd_testkit::TestVault;
use kvd_types::{Operation, SystemEntropy};
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const ROUNDS: usize = 20_000;
const SECRETS: usize = 100;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers")]
async fn main() {
    let with = |word| std::env::args().any(|argument| argument == word);
    let store = EmbeddedStore::new(Cached::new(Memory::default(), 16 << 20)).unwrap();
    let vault = TestVault::over(Arc::new(store)).await;
    let rules: String =
        (0..9).map(|n| format!("path \"secret/data/p{n}/*\" {{ capabilities = [\"read\"] }}\n")).collect();
    vault.policy("ten", &format!("{rules}path \"secret/data/app/*\" {{ capabilities = [\"read\"] }}")).await;
    let token = vault.token(&["ten"]).await;
    for number in 0..SECRETS {
        let data = json!({ "data": { "value": "x".repeat(1024) } });
        vault.call("root", Operation::Write, &format!("secret/data/app/{number}"), data).await.unwrap();
    }
    if with("audit") {
        let file = std::env::temp_dir().join(format!("kvd-hot-read-{}.log", std::process::id()));
        let device = json!({ "type": "file", "options": { "file_path": file } });
        vault.call("root", Operation::Write, "sys/audit/file", device).await.unwrap();
    }
    let path = |round: usize| format!("secret/data/app/{}", round % SECRETS);
    if with("vault") {
        let call = |round| vault.request(&token, Operation::Read, &path(round), &Value::Null);
        println!("a call's future takes {} bytes", size_of_val(&vault.vault.serve(call(0))));
        let calls: Vec<_> = (0..ROUNDS).map(call).collect();
        let start = Instant::now();
        for call in calls {
            std::hint::black_box(vault.vault.serve(call).await.unwrap());
        }
        println!("a call takes {:?}", start.elapsed() / 20_000);
        return;
    }
    let settings = ListenerSettings::default();
    let gateway = Gateway::new(vault.vault.clone(), &settings, Arc::new(SystemEntropy));
    let mut client = memory::connect(gateway, settings, Connection::default());
    let requests: Vec<_> = (0..SECRETS)
        .map(|number| {
            format!(
                "GET /v1/{} HTTP/1.1\r\nHost: localhost\r\nX-Vault-Request: true\r\nX-Vault-Token: {token}\r\n\r\n",
                path(number)
            )
        })
        .collect();
    let mut answer = [0; 4096];
    let start = Instant::now();
    for round in 0..ROUNDS {
        client.write_all(requests[round % SECRETS].as_bytes()).await.unwrap();
        let mut length = 0;
        // Every answer ends in this, and holds it nowhere else.
        while !answer[..length].ends_with(b"}\n") {
            length += client.read(&mut answer[length..]).await.unwrap();
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
    println!("an exchange takes {:?}", start.elapsed() / 20_000);
}

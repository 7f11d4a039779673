//! What a hot read costs without a door: `cargo run --release -p kvd-testkit --example hot_read`.

use kvd_testkit::TestVault;
use kvd_types::Operation;
use serde_json::{Value, json};
use std::time::Instant;

const ROUNDS: u32 = 200_000;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers")]
async fn main() {
    let vault = TestVault::start().await;
    let rules: String =
        (0..9).map(|n| format!("path \"secret/data/p{n}/*\" {{ capabilities = [\"read\"] }}\n")).collect();
    vault.policy("ten", &format!("{rules}path \"secret/data/app/*\" {{ capabilities = [\"read\"] }}")).await;
    let token = vault.token(&["ten"]).await;
    let data: serde_json::Map<_, _> =
        (0..10).map(|n| (format!("k{n}"), Value::from("x".repeat(90)))).collect();
    vault.call("root", Operation::Write, "secret/data/app/s1", json!({ "data": data })).await.unwrap();
    let call = || vault.request(&token, Operation::Read, "secret/data/app/s1", &Value::Null);
    for _ in 0..1000 {
        vault.vault.serve(call()).await.unwrap();
    }
    let start = Instant::now();
    let calls: Vec<_> = (0..ROUNDS).map(|_| call()).collect();
    println!("making a call: {:?}", start.elapsed() / ROUNDS);
    let size = size_of_val(&vault.vault.serve(call()));
    let start = Instant::now();
    for call in calls {
        std::hint::black_box(vault.vault.serve(call).await.unwrap());
    }
    println!("serving it: {:?} (its future takes {size} bytes)", start.elapsed() / ROUNDS);
}

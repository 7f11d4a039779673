//! A server of the API, set up for measuring: a store on disk, secrets to read, and an ordinary token.

use crate::{
    connection::Connection,
    process::{Process, free_address},
};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// Secrets to read.
pub(crate) const SECRETS: u64 = 1000;
/// Bytes of a secret's value.
const SECRET_BYTES: usize = 1024;
/// Rules of the ordinary token's policy, besides those of `default`.
const RULES: usize = 10;

/// A server that is ready to be measured.
pub(crate) struct Server {
    pub(crate) process: Process,
    /// Unseals it.
    pub(crate) key: Value,
    /// May do everything.
    pub(crate) root: String,
    /// May read and write secrets, as an application may.
    pub(crate) token: String,
}

/// The value that is read and written.
pub(crate) fn secret() -> Value {
    json!({"data": {"value": "x".repeat(SECRET_BYTES)}})
}

/// Starts a program as a server with `storage` and makes it ready.
pub(crate) async fn start(program: &Path, storage: &str, folder: &Path) -> Result<Server> {
    fs::create_dir_all(folder.join("data"))?;
    let address = free_address()?;
    let cluster = free_address()?;
    let config = format!(
        "storage \"{storage}\" {{\n  path = {data}\n}}\nlistener \"tcp\" {{\n  address = \"{address}\"\n  cluster_address = \
         \"{cluster}\"\n  tls_disable = true\n}}\napi_addr = \"http://{address}\"\ncluster_addr = \"http://{cluster}\"\n\
         disable_mlock = true\nlog_level = \"info\"\nlog_format = \"json\"\n",
        data = json!(folder.join("data")),
    );
    let file = folder.join("server.hcl");
    fs::write(&file, config)?;
    let arguments = ["server".into(), format!("-config={}", file.display()).into()];
    let process = Process::start(program, &arguments, address, &folder.join("server.log")).await?;
    let mut connection = Connection::open(&process.address).await?;
    let (key, root) = unsealed(&mut connection).await.context("the server could not be unsealed")?;
    let token = filled(&mut connection, &root).await.context("the server could not be filled")?;
    Ok(Server { process, key, root, token })
}

/// Starts the program again on the data that it left; tells how long it took until requests were answered.
pub(crate) async fn restart(
    program: &Path,
    folder: &Path,
    key: &Value,
    root: &str,
) -> Result<(Process, Duration)> {
    let file = folder.join("server.hcl");
    let config = fs::read_to_string(&file)?;
    let address = config.lines().find_map(|line| line.strip_prefix("  address = \"")?.strip_suffix('"'));
    let address = address.context("the configuration has no address")?.to_owned();
    let arguments = ["server".into(), format!("-config={}", file.display()).into()];
    let start = Instant::now();
    let process = Process::start(program, &arguments, address, &folder.join("server.log")).await?;
    let mut connection = Connection::open(&process.address).await?;
    connection.demand("PUT", "sys/unseal", "", &json!({"key": key})).await?;
    connection.demand("GET", "auth/token/lookup-self", root, &Value::Null).await?;
    Ok((process, start.elapsed()))
}

/// Initialises and unseals, and waits until requests are answered; the key and the root token.
async fn unsealed(connection: &mut Connection) -> Result<(Value, String)> {
    let wanted = json!({"secret_shares": 1, "secret_threshold": 1});
    let made = connection.demand("PUT", "sys/init", "", &wanted).await?;
    let key = made["keys_base64"][0].clone();
    connection.demand("PUT", "sys/unseal", "", &json!({"key": key})).await?;
    let root = made["root_token"].as_str().context("no root token")?.to_owned();
    // Servers that elect a leader take a moment.
    for _ in 0..300 {
        if connection.demand("GET", "auth/token/lookup-self", &root, &Value::Null).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok((key, root))
}

/// Mounts an engine, writes the secrets and the policy; the ordinary token.
async fn filled(connection: &mut Connection, root: &str) -> Result<String> {
    let engine = json!({"type": "kv", "options": {"version": "2"}});
    // A server that has just been elected may answer reads before it takes writes.
    let mut patience = 300;
    while let Err(error) = connection.demand("POST", "sys/mounts/secret", root, &engine).await {
        patience -= 1;
        if patience == 0 {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut ready = false;
    for number in 0..SECRETS {
        let path = format!("secret/data/app/{number}");
        while !ready && connection.demand("POST", &path, root, &secret()).await.is_err() {
            // Some servers upgrade a new mount in the background before they take secrets.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        connection.demand("POST", &path, root, &secret()).await?;
        ready = true;
    }
    let others =
        (1..RULES).map(|number| format!("path \"kv{number}/data/*\" {{ capabilities = [\"read\"] }}\n"));
    let rules: String = others.collect();
    let own = "path \"secret/data/app/*\" { capabilities = [\"create\", \"read\", \"update\"] }\n";
    let policy = json!({"policy": format!("{rules}{own}")});
    connection.demand("PUT", "sys/policies/acl/app", root, &policy).await?;
    let token = json!({"policies": ["app"], "ttl": "1h"});
    let made = connection.demand("POST", "auth/token/create", root, &token).await?;
    Ok(made["auth"]["client_token"].as_str().context("no token was made")?.to_owned())
}

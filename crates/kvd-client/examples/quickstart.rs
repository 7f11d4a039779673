//! Writes a secret and reads it again.
//!
//! Start a server with a listener for gRPC, then run this with its token:
//!
//! ```text
//! cat > dev.hcl <<'END'
//! listener "grpc" {
//!   tls_disable = true
//! }
//! END
//! kvd server -dev -dev-root-token-id=root -config=dev.hcl
//! KVD_TOKEN=root cargo run -p kvd-client --example quickstart
//! ```

use kvd_client::{Client, Credentials};
use std::{collections::BTreeMap, env, error::Error, io::Write as _};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::var("KVD_GRPC_ADDR").unwrap_or_else(|_| "http://127.0.0.1:8201".to_owned());
    let token = Credentials::token(env::var("KVD_TOKEN")?);
    let client = Client::builder(address).credentials(token).connect().await?;
    let kv = client.kv("secret");
    let made = kv.put("quickstart", &BTreeMap::from([("user", "ann"), ("password", "sesame")])).await?;
    let secret = kv.get("quickstart").await?;
    let user = secret.text("user").unwrap_or_default();
    writeln!(std::io::stdout(), "version {} belongs to {user}", made.version)?;
    Ok(())
}

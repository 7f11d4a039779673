//! Counts in a secret that others count in too: reads, adds one, and writes only if nobody was faster.
//!
//! Runs like `quickstart.rs`, as often as you like at once.

use kvd_client::{Client, Credentials, Error};
use std::{collections::BTreeMap, env, io::Write as _};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = env::var("KVD_GRPC_ADDR").unwrap_or_else(|_| "http://127.0.0.1:8201".to_owned());
    let token = Credentials::token(env::var("KVD_TOKEN")?);
    let client = Client::builder(address).credentials(token).connect().await?;
    writeln!(std::io::stdout(), "{}", count(&client).await?)?;
    Ok(())
}

async fn count(client: &Client) -> Result<u64, Error> {
    let kv = client.kv("secret");
    loop {
        let (counts, version) = match kv.get("counter").await {
            Ok(secret) => (secret.decode::<BTreeMap<String, u64>>()?, secret.facts.version),
            Err(Error::Deleted { version }) => (BTreeMap::new(), version),
            Err(Error::NotFound) => (BTreeMap::new(), 0),
            Err(error) => return Err(error),
        };
        let count = counts.get("count").copied().unwrap_or_default();
        let next = BTreeMap::from([("count", count + 1)]);
        match kv.put_if("counter", &next, version).await {
            Ok(_) => return Ok(count + 1),
            Err(Error::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
}

//! Starts kvd from its container image, for the tests of that image.
//!
//! The tests need a container engine and the image that `deploy/Containerfile` describes: `cargo xtask integration
//! containers` builds that image, names it in `KVD_IMAGE`, and runs them.

use anyhow::{Context as _, Result, bail, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::{env, fs, os::unix::fs::PermissionsExt as _};
use tempfile::TempDir;
use testcontainers::{
    ContainerAsync, GenericImage, ImageExt as _,
    core::{ExecCommand, IntoContainerPort as _, Mount, WaitFor},
    runners::AsyncRunner as _,
};

/// The configuration that the containers are given: the store on the volume, one listener without TLS.
const CONFIGURATION: &str = r#"
storage "rocksdb" { path = "/var/lib/kvd/data" }
listener "tcp" {
  address     = "0.0.0.0:8200"
  tls_disable = true
}
"#;

/// A running container, as confined as the files in `deploy` confine it: no capability, no new privileges, and
/// nothing to write to but the volume.
pub struct Server {
    container: ContainerAsync<GenericImage>,
    client: Client,
    address: String,
    // The configuration is mounted from here, so it has to outlive the container.
    _configuration: TempDir,
}

impl Server {
    /// Starts a server that keeps its data in `volume`, and waits until it says that it answers.
    ///
    /// # Errors
    /// When there is no container engine, no image, or the server does not start.
    pub async fn start(volume: &str) -> Result<Self> {
        let image = env::var("KVD_IMAGE").context("KVD_IMAGE does not name the image")?;
        let (name, tag) = image.rsplit_once(':').context("KVD_IMAGE has no tag")?;
        let configuration = tempfile::tempdir()?;
        let file = configuration.path().join("kvd.hcl");
        fs::write(&file, CONFIGURATION)?;
        // The program runs as a user of the container's own, who must be able to read it.
        fs::set_permissions(configuration.path(), fs::Permissions::from_mode(0o755))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644))?;

        let container = GenericImage::new(name, tag)
            .with_exposed_port(8200.tcp())
            .with_wait_for(WaitFor::message_on_stdout("started!"))
            .with_mount(Mount::volume_mount(volume, "/var/lib/kvd"))
            .with_mount(Mount::bind_mount(file.display().to_string(), "/etc/kvd/kvd.hcl"))
            .with_readonly_rootfs(true)
            .with_cap_drop("ALL")
            .with_security_opt("no-new-privileges")
            .start()
            .await?;
        let port = container.get_host_port_ipv4(8200.tcp()).await?;
        let address = format!("http://{}:{port}", container.get_host().await?);
        Ok(Self { container, client: Client::new(), address, _configuration: configuration })
    }

    /// Asks the server; the status and the JSON of its answer, `Null` where there is no body.
    ///
    /// # Errors
    /// When there is no answer, or it is not JSON.
    pub async fn ask(&self, method: Method, path: &str, token: &str, body: &Value) -> Result<(u16, Value)> {
        let request = self.client.request(method, format!("{}/v1/{path}", self.address));
        let answer = request.header("X-Vault-Token", token).body(body.to_string()).send().await?;
        let (status, text) = (answer.status().as_u16(), answer.text().await?);
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? };
        Ok((status, body))
    }

    /// Initialises the server with one key share; the share and the root token.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn initialise(&self) -> Result<(String, String)> {
        let shares = json!({"secret_shares": 1, "secret_threshold": 1});
        let (status, answer) = self.ask(Method::PUT, "sys/init", "", &shares).await?;
        let (Some(share), Some(token)) = (answer["keys"][0].as_str(), answer["root_token"].as_str()) else {
            bail!("sys/init was answered with {status}");
        };
        Ok((share.to_owned(), token.to_owned()))
    }

    /// Unseals the server.
    ///
    /// # Errors
    /// When the server refuses the share.
    pub async fn unseal(&self, share: &str) -> Result<()> {
        let (status, answer) = self.ask(Method::PUT, "sys/unseal", "", &json!({"key": share})).await?;
        ensure!(answer["sealed"] == false, "sys/unseal was answered with {status}");
        Ok(())
    }

    /// Runs the command line inside the container against its server; its exit status and its standard output.
    ///
    /// # Errors
    /// When the command cannot be run.
    pub async fn command(&self, arguments: &[&str]) -> Result<(i64, String)> {
        let program = ["/usr/local/bin/kvd"].iter().chain(arguments).map(ToString::to_string);
        let command = ExecCommand::new(program).with_env_vars([("VAULT_ADDR", "http://127.0.0.1:8200")]);
        let mut result = self.container.exec(command).await?;
        let output = String::from_utf8(result.stdout_to_vec().await?)?;
        let status = result.exit_code().await?.context("the command has not ended")?;
        Ok((status, output))
    }

    /// Stops the server as an engine does, with SIGTERM and half a minute, and removes the container; its exit status.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn stop(self) -> Result<i64> {
        self.container.stop_with_timeout(Some(30)).await?;
        let status = self.container.exit_code().await?.context("the server has not ended")?;
        self.container.rm().await?;
        Ok(status)
    }
}

//! `cargo xtask serve`: from a fresh checkout to a running server that keeps its data.
//!
//! This process becomes the server in the end, so that Ctrl-C and signals reach kvd itself. What has to be done
//! once it answers (initialising, unsealing) is done by a second process of this program, `serve-open`.

use crate::{http, prerequisites, shell};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::{
    fs,
    io::{ErrorKind, Write as _},
    net::TcpListener,
    os::unix::{
        fs::{DirBuilderExt as _, OpenOptionsExt as _},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// Where to listen and where to keep everything.
pub(crate) struct Options {
    address: String,
    folder: PathBuf,
}

impl Options {
    /// Reads the arguments after `serve`.
    ///
    /// # Errors
    /// When there are others.
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self> {
        let mut options = Self { address: "127.0.0.1:8200".to_owned(), folder: shell::root().join(".kvd") };
        for pair in arguments.chunks(2) {
            match pair {
                ["--listen", address] => (*address).clone_into(&mut options.address),
                ["--folder", folder] => options.folder = std::path::absolute(folder)?,
                _ => bail!("serve takes --listen ADDRESS and --folder FOLDER"),
            }
        }
        Ok(options)
    }
}

/// Installs, builds, and becomes the server.
///
/// # Errors
/// When something is missing, does not build, or the address is taken.
pub(crate) fn serve(options: &Options) -> Result<()> {
    check_address(&options.address)?;
    prerequisites::install()?;
    shell::cargo(&["build", "--release", "--package", "kvd"])?;
    let kvd = shell::target().join("release/kvd");
    let config = write_config(options)?;
    open_in_background(options)?;
    let error = Command::new(&kvd).arg("server").arg(format!("-config={}", config.display())).exec();
    Err(anyhow!(error).context(format!("{} cannot be started", kvd.display())))
}

/// Asked before anything is built: waiting ten minutes to hear that the port is taken is no fun.
fn check_address(address: &str) -> Result<()> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "something listens at {address} already (perhaps a kvd that you started before).\nStop it, or choose \
             another address: cargo xtask serve --listen 127.0.0.1:8210"
        ),
        Err(error) => Err(anyhow!(error).context(format!("{address} cannot be listened at"))),
    }
}

fn write_config(options: &Options) -> Result<PathBuf> {
    let folder = &options.folder;
    // Whoever can read this folder can unseal the store in it.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join("kvd.hcl");
    let text = format!(
        "# Written by `cargo xtask serve` at each start.\nstorage \"rocksdb\" {{\n  path = {}\n}}\n\nlistener \"tcp\" {{\n  \
         address     = {}\n  tls_disable = true\n}}\n\napi_addr  = {}\nlog_level = \"warn\"\n",
        json!(folder.join("data")),
        json!(options.address),
        json!(format!("http://{}", options.address))
    );
    fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}

/// Starts `serve-open` as nobody's child: the server that this process becomes knows nothing of it and would never
/// ask how it ended.
fn open_in_background(options: &Options) -> Result<()> {
    let this = std::env::current_exe().context("this program cannot be found")?;
    let started = Command::new("sh")
        .args(["-c", "\"$@\" &", "sh"])
        .arg(this)
        .arg("serve-open")
        .arg(std::process::id().to_string())
        .args([options.folder.as_os_str(), options.address.as_ref()])
        .status()?;
    if !started.success() {
        bail!("the helper that initialises and unseals cannot be started");
    }
    Ok(())
}

/// Waits for the server, initialises it when it is new, unseals it, and says how to use it.
///
/// # Errors
/// When the server does not answer, or refuses.
pub(crate) fn open(server: &str, folder: &Path, address: &str) -> Result<()> {
    let keys = folder.join("unseal.json");
    // Without an answer the server has ended, and has said why.
    let Some(status) = wait_for(server, address)? else { return Ok(()) };
    let fresh = status["initialized"] == false;
    if fresh {
        let wanted = json!({"secret_shares": 1, "secret_threshold": 1});
        let answer = http::demand(address, "PUT", "sys/init", "", &wanted)?;
        let kept = json!({"unseal_key": answer["keys_base64"][0], "root_token": answer["root_token"]});
        write_private(&keys, &kept)?;
    }
    let kept = fs::read(&keys).with_context(|| {
        format!("the store was initialised, but {} is gone: unseal it with your own key", keys.display())
    })?;
    let kept: Value = serde_json::from_slice(&kept)?;
    if fresh || status["sealed"] == true {
        http::demand(address, "PUT", "sys/unseal", "", &json!({"key": kept["unseal_key"]}))?;
    }
    let root = kept["root_token"].as_str().unwrap_or_default();
    if fresh {
        let engine = json!({"type": "kv", "options": {"version": "2"}});
        http::demand(address, "POST", "sys/mounts/secret", root, &engine)?;
    }
    welcome(folder, address, &kept, fresh);
    Ok(())
}

/// What the server says of its seal, once it answers; nothing when the process `server` is gone.
fn wait_for(server: &str, address: &str) -> Result<Option<Value>> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        match http::ask(address, "GET", "sys/seal-status", "", &Value::Null) {
            Ok(answer) => return Ok(Some(answer.body)),
            Err(_) if !Path::new("/proc").join(server).exists() => return Ok(None),
            Err(error) if Instant::now() > until => return Err(error.context("the server did not start")),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn write_private(path: &Path, value: &Value) -> Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{value:#}")?;
    file.sync_all()?;
    Ok(())
}

fn welcome(folder: &Path, address: &str, kept: &Value, fresh: bool) {
    let text = |name: &str| kept[name].as_str().unwrap_or_default().to_owned();
    let kvd = shell::target().join("release/kvd");
    let kvd = kvd.display();
    let state = if fresh {
        "a new store, with secrets (KV version 2) at secret/"
    } else {
        "your store from last time"
    };
    println!(
        "\nkvd answers at http://{address} with {state}.\n\n\
         Unseal key: {}\nRoot token: {}\n\n\
         This is for trying it out: both stand in {}, readable for you alone, so that the\n\
         next start can unseal by itself. A server that matters is unsealed by people who each keep a share.\n\n\
         Try, in another terminal:\n\n\
         \x20   export VAULT_ADDR=http://{address} VAULT_TOKEN={}\n\
         \x20   {kvd} kv put -mount=secret hello who=world\n\
         \x20   {kvd} kv get -mount=secret hello\n\n\
         Ctrl-C stops the server; `cargo xtask serve` starts it again with the same data.",
        text("unseal_key"),
        text("root_token"),
        folder.join("unseal.json").display(),
        text("root_token"),
    );
}

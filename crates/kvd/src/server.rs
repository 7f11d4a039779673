//! The `server` command: flags and configuration in, a running server out, and what signals do to it.

use crate::{
    app::{App, storage_name},
    banner,
    config::{self, Config, Layer, Loaded},
    dev,
    flags::{self, DevFlags, ServerFlags},
    hardening,
    listener::Door,
    pid_file::PidFile,
    signals::{Event, Signals},
    telemetry::Logs,
};
use anyhow::{Context as _, Result, bail};
use kvd_cli::{Environment, ServerCommand, flags::FlagGroup};
use kvd_core::{DevOptions, DevVault, Vault};
use kvd_http::TlsReloader;
use kvd_types::Secret;
use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::PathBuf,
    sync::Arc,
};

/// The exit status of a server that could not start.
const FAILED: u8 = 1;

/// The `server` command of the program.
#[derive(Default)]
pub struct Server {
    /// The environment variables of the process.
    pub environment: Environment,
}

impl ServerCommand for Server {
    fn flags(&self) -> &'static [&'static FlagGroup] {
        &flags::GROUPS
    }

    fn run(&self, arguments: Vec<OsString>) -> u8 {
        let Err(error) = start(arguments, &self.environment) else { return 0 };
        // The log may not run yet, or its reader may not read; this is the one line that must be seen.
        _ = writeln!(io::stderr(), "Error starting the server: {error:#}");
        FAILED
    }
}

fn start(arguments: Vec<OsString>, environment: &Environment) -> Result<()> {
    hardening::harden().context("the process cannot be protected from being dumped")?;
    let arguments = arguments.into_iter().map(|argument| argument.into_string().ok());
    let arguments: Vec<_> = arguments.collect::<Option<_>>().context("the arguments must be UTF-8 text")?;
    let mut flags = ServerFlags::parse(arguments)?;
    if let Some(dev) = &mut flags.dev {
        dev.complete(|name| variable(&format!("KVD_{name}")).or_else(|| variable(&format!("VAULT_{name}"))));
    }
    let sources = Sources { paths: paths(&flags)?, flags: flags.settings };
    let Loaded { mut config, warnings } = sources.load()?;
    let authority = match &flags.dev {
        Some(dev) => dev::apply(dev, &mut config)?,
        None => None,
    };
    let logs = Logs::start(&config)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    if config.disable_mlock == Some(false) {
        hardening::lock_all_memory().context(
            "disable_mlock = false asks for all memory to be locked, and the operating system refuses \
             (LimitMEMLOCK=infinity or the capability IPC_LOCK allow it)",
        )?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let _pid_file = config.pid_file.as_deref().map(PidFile::write).transpose().context("pid_file")?;
        let mut signals = Signals::listen()?;
        let app = App::build(&config).await?;
        logs.follow(&app.vault);
        announce(&config, &app, flags.dev.as_ref(), authority, environment).await?;
        let reloaded = Reloaded::of(&app);
        let stop = async {
            while signals.next().await == Event::Reload {
                reloaded.reload(&sources, &logs);
            }
            tracing::info!("stopping: running requests are finished first");
        };
        tokio::select! {
            ended = app.run(stop) => ended,
            () = impatience(Signals::listen()?) => bail!("stopped at once, since a second signal came"),
        }
    })
}

/// Resolves when the server was told to stop for the second time.
async fn impatience(mut signals: Signals) {
    let mut stops = 0;
    while stops < 2 {
        stops += u8::from(signals.next().await == Event::Stop);
    }
}

/// The files and folders of the flags, or of the variable that stands in for them.
fn paths(flags: &ServerFlags) -> Result<Vec<PathBuf>> {
    if !flags.config.is_empty() {
        return Ok(flags.config.clone());
    }
    match variable("KVD_CONFIG_PATH").or_else(|| variable("VAULT_CONFIG_PATH")) {
        Some(path) => Ok(vec![path.into()]),
        None if flags.dev.is_some() => Ok(Vec::new()),
        None => bail!("Must specify at least one config path using -config"),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where the configuration comes from, so that it can be read again.
struct Sources {
    paths: Vec<PathBuf>,
    flags: Layer,
}

impl Sources {
    fn load(&self) -> Result<Loaded> {
        Ok(config::load(&self.paths, Layer::of_environment(variable)?, self.flags.clone())?)
    }
}

/// Prints what people and scripts wait for, after setting up a development server.
async fn announce(
    config: &Config,
    app: &App,
    dev: Option<&DevFlags>,
    authority: Option<PathBuf>,
    environment: &Environment,
) -> Result<()> {
    let Some(first) = app.doors.first() else { return Ok(()) };
    let address = first.url();
    let mut text = banner::started(&banner::Overview {
        api_addr: config.api_addr.as_deref().unwrap_or(&address),
        listeners: config.listener.iter().zip(app.doors.iter().map(|door| door.address)).collect(),
        cluster_addr: config.cluster_addr.as_deref(),
        log_level: config.log_level.name(),
        mlock: config.disable_mlock == Some(false),
        storage: storage_name(config.storage.kind),
        version: kvd_cli::COMPATIBLE_VERSION,
    });
    if let Some(dev) = dev {
        let made = set_up(&app.vault, dev).await?;
        if !dev.no_store_token {
            kvd_cli::store_token(environment, &address, made.root_token.expose())
                .map_err(anyhow::Error::msg)
                .context("the root token cannot be kept for the command line")?;
        }
        let authority = authority.map(|file| file.display().to_string());
        text.push_str(&banner::development(&made, dev, &address, authority.as_deref()));
    }
    // Whoever started the server may have closed its output; that is no reason not to run.
    _ = io::stdout().write_all(text.as_bytes());
    _ = io::stdout().flush();
    Ok(())
}

async fn set_up(vault: &Vault, dev: &DevFlags) -> Result<DevVault> {
    let options = DevOptions { root_token: dev.root_token_id.clone().map(Secret::new), kv_v1: dev.kv_v1 };
    vault.start_dev(options).await.context("the development server cannot be set up")
}

/// What a SIGHUP reaches.
struct Reloaded {
    vault: Vault,
    certificates: Vec<Arc<TlsReloader>>,
}

impl Reloaded {
    fn of(app: &App) -> Self {
        let certificates = app.doors.iter().filter_map(|Door { tls, .. }| tls.clone()).collect();
        Self { vault: app.vault.clone(), certificates }
    }

    /// Takes over what can change at run time. What cannot be read leaves the old state in force.
    fn reload(&self, sources: &Sources, logs: &Logs) {
        match sources.load() {
            Ok(Loaded { config, .. }) => {
                let level = kvd_core::LogLevel::parse(config.log_level.name());
                self.vault.set_log_level(level.unwrap_or(kvd_core::LogLevel::Info));
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the configuration was not read again")
            }
        }
        for certificate in &self.certificates {
            if let Err(error) = certificate.reload() {
                tracing::error!(%error, "a certificate was not read again; the old one stays in use");
            }
        }
        logs.reopen();
        self.vault.reopen_audit();
        tracing::info!("reloaded");
    }
}

//! A development server for one exam.

use super::scratch::Scratch;
use anyhow::{Context as _, Result, bail};
use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

/// The root token of these servers.
pub(crate) const TOKEN: &str = "root";

/// A server in memory, unsealed, with `secret/` as KV version 2. It ends with this value.
pub(crate) struct Server {
    process: Child,
    _stdout: BufReader<ChildStdout>,
    /// Where it listens, with the scheme.
    pub(crate) url: String,
    /// Where it speaks gRPC, if it does.
    pub(crate) grpc: Option<String>,
}

impl Server {
    /// Starts a server on a free port and waits until it answers. Its log goes to a file of the exam's name.
    ///
    /// # Errors
    /// When it ends instead.
    pub(crate) fn start(scratch: &Scratch, exam: &str) -> Result<Self> {
        Self::start_with(scratch, exam, &[])
    }

    /// The same with further flags.
    ///
    /// # Errors
    /// When it ends instead.
    pub(crate) fn start_with(scratch: &Scratch, exam: &str, flags: &[String]) -> Result<Self> {
        let log = File::create(scratch.folder("logs")?.join(format!("{exam}.log")))?;
        let mut process = scratch
            .command(scratch.vault())
            .args(["server", "-dev", "-dev-no-store-token", "-dev-listen-address=127.0.0.1:0"])
            .arg(format!("-dev-root-token-id={TOKEN}"))
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("kvd cannot be started")?;
        let mut stdout = BufReader::new(process.stdout.take().context("kvd has no standard output")?);
        let mut banner = String::new();
        while !banner.contains("Development mode") {
            if stdout.read_line(&mut banner)? == 0 {
                _ = process.wait();
                bail!("the server ended before it answered:\n{banner}");
            }
        }
        let address = banner.split_once("VAULT_ADDR='").and_then(|(_, rest)| rest.split('\'').next());
        let url = address.context("the server does not say where it listens")?.to_owned();
        let grpc = banner.split_once("grpc (addr: \"").and_then(|(_, rest)| rest.split('"').next());
        let grpc = grpc.map(str::to_owned);
        Ok(Self { process, _stdout: stdout, url, grpc })
    }

    /// Tells a command where the server is, as clients expect to be told.
    pub(crate) fn introduce<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("VAULT_ADDR", &self.url).env("VAULT_TOKEN", TOKEN)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the server has ended by itself, which the exam has noticed.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

//! Starts the program and looks after it.

use crate::client::{Answer, ask};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};
use tempfile::TempDir;

/// The program, ready to be given arguments. The environment is empty, so that nothing of this machine reaches it.
pub(crate) fn kvd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvd"));
    command.env_clear();
    command
}

/// A folder with a configuration: a durable store, a listener on a free port, and whatever else is given.
pub(crate) struct Installation {
    pub(crate) folder: TempDir,
}

impl Installation {
    pub(crate) fn new(further: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "storage \"rocksdb\" {{ path = \"{0}/data\" }}\nlistener \"tcp\" {{\n  address = \"127.0.0.1:0\"\n  \
             tls_disable = true\n}}\n{1}\n",
            folder.path().display(),
            further.replace("FOLDER", folder.path().to_str().unwrap())
        );
        fs::write(folder.path().join("kvd.hcl"), text).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = kvd();
        command.arg("server").arg(format!("-config={}", self.path("kvd.hcl").display()));
        command
    }

    pub(crate) fn start(&self) -> Running {
        Running::start(self.command(), &self.path("stderr"))
    }
}

/// A running server. It is killed when a test ends without stopping it.
pub(crate) struct Running {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    /// What it printed until it was ready.
    pub(crate) banner: String,
    /// Where it listens.
    pub(crate) address: String,
}

impl Running {
    /// Starts a server, with its log in a file, and waits until it says that it answers.
    pub(crate) fn start(mut command: Command, log: &Path) -> Self {
        let log = fs::OpenOptions::new().append(true).create(true).open(log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut banner = String::new();
        let last = if command.get_args().any(|argument| argument == "-dev") {
            "Development mode"
        } else {
            "started!"
        };
        while !banner.contains(last) {
            let read = stdout.read_line(&mut banner).unwrap();
            assert!(read > 0, "the server ended: {banner}");
        }
        let (_, rest) = banner.split_once("tcp (addr: \"").unwrap();
        let address = rest.split('"').next().unwrap().to_owned();
        Self { child, _stdout: stdout, banner, address }
    }

    pub(crate) fn ask(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        ask(&self.address, method, path, token, body)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// Stops the server with a signal and waits for its end.
    pub(crate) fn stop(mut self, signal: rustix::process::Signal) -> ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail when the server has ended already, which is what most tests want.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Runs the program to its end; its exit status and what it wrote to standard output and standard error.
pub(crate) fn finish(mut command: Command) -> (Option<i32>, String, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (child.wait().unwrap().code(), stdout, stderr)
}

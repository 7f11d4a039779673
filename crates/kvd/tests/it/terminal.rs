//! What is different on a terminal: questions without echo, colours, line ends, bars and completion.
//!
//! The program `script` gives each command a terminal of its own.

use crate::program::{Running, kvd};
use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::symlink,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// A development server, and a home folder to type in.
struct Desk {
    server: Running,
    home: TempDir,
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = kvd();
        command.args([
            "server",
            "-dev",
            "-dev-listen-address=127.0.0.1:0",
            "-dev-root-token-id=root",
            "-dev-no-store-token",
        ]);
        let server = Running::start(command, &home.path().join("stderr"));
        symlink(env!("CARGO_BIN_EXE_kvd"), home.path().join("kvd")).unwrap();
        Self { server, home }
    }

    /// Runs a command with pipes, as scripts do.
    fn prepare(&self, typed: &str) {
        let mut command = Command::new("sh");
        self.introduce(&mut command).args(["-c", typed]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Starts a command on a terminal.
    fn terminal(&self, typed: &str, variables: &[(&str, &str)]) -> Terminal {
        let mut command = Command::new("script");
        self.introduce(&mut command)
            .args(["--quiet", "--return", "--command", typed, "/dev/null"])
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        Terminal { process: command.spawn().unwrap(), seen: String::new() }
    }

    fn introduce<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", self.home.path().display()))
            .env("HOME", self.home.path())
            .env("TERM", "dumb")
            .env("SHELL", "/bin/sh")
            .env("NO_PROXY", "*")
            .env("VAULT_TOKEN", "root")
            .env("VAULT_ADDR", format!("http://{}", self.server.address))
    }
}

/// A terminal with a command on it.
struct Terminal {
    process: Child,
    /// Everything it has shown.
    seen: String,
}

impl Terminal {
    /// Reads until the terminal shows a text.
    fn wait_for(&mut self, text: &str) {
        let mut bytes = [0; 512];
        while !self.seen.contains(text) {
            let count = self.process.stdout.as_mut().unwrap().read(&mut bytes).unwrap();
            assert!(count > 0, "no {text:?} in {:?}", self.seen);
            self.seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    }

    fn types(&mut self, keys: &str) {
        let stdin = self.process.stdin.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Waits until nothing that is typed would be shown.
    fn wait_until_silent(&self, device: &str) {
        loop {
            let output = Command::new("stty").args(["-a", "-F", device]).output().unwrap();
            if String::from_utf8_lossy(&output.stdout).contains("-echo ") {
                return;
            }
            std::thread::yield_now();
        }
    }

    /// Everything that was shown, after the command has ended.
    fn end(mut self) -> String {
        let mut rest = Vec::new();
        self.process.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
        self.seen.push_str(&String::from_utf8_lossy(&rest));
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
        self.seen
    }
}

#[test]
fn a_password_is_asked_for_and_never_shown() {
    let desk = Desk::new();
    desk.prepare("kvd auth enable userpass && kvd write auth/userpass/users/ann password=hunter2");
    let mut terminal = desk.terminal("tty; kvd login -no-store -method=userpass username=ann", &[]);
    terminal.wait_for("\n");
    let device = terminal.seen.lines().next().unwrap().trim().to_owned();
    terminal.wait_for("Password (will be hidden): ");
    terminal.wait_until_silent(&device);
    terminal.types("hunter2\n");
    let seen = terminal.end();
    assert!(seen.contains("token_meta_username    ann"), "{seen}");
    assert!(!seen.contains("hunter2"), "{seen}");
}

#[test]
fn a_token_is_asked_for_and_never_shown() {
    let desk = Desk::new();
    let mut terminal = desk.terminal("tty; kvd login -no-store", &[("VAULT_TOKEN", "")]);
    terminal.wait_for("\n");
    let device = terminal.seen.lines().next().unwrap().trim().to_owned();
    terminal.wait_for("Token (will be hidden): ");
    terminal.wait_until_silent(&device);
    terminal.types("root\n");
    let seen = terminal.end();
    assert!(seen.contains("token_policies       [\"root\"]"), "{seen}");
}

#[test]
fn errors_are_red_on_a_terminal_only_and_single_values_get_a_line_end() {
    let desk = Desk::new();
    desk.prepare("kvd kv put secret/a x=1");
    let red = "\x1b[0;31mNo value found at secret/data/b\x1b[0m";
    assert!(desk.terminal("kvd kv get secret/b", &[]).end().contains(red));
    for off in ["NO_COLOR", "VAULT_CLI_NO_COLOR"] {
        let seen = desk.terminal("kvd kv get secret/b", &[(off, "1")]).end();
        assert!(seen.contains("No value found") && !seen.contains('\x1b'), "{seen:?}");
    }
    let piped = desk.terminal("kvd kv get secret/b 2>&1 | cat", &[]).end();
    assert!(piped.contains("No value found") && !piped.contains('\x1b'), "{piped:?}");
    assert_eq!(desk.terminal("kvd kv get -field=x secret/a", &[]).end(), "1\r\n");
    assert_eq!(desk.terminal("kvd kv get -field=x secret/a | cat", &[]).end(), "1");
}

#[test]
fn what_takes_long_shows_a_bar_on_a_terminal_only() {
    let desk = Desk::new();
    desk.prepare("kvd kv put secret/from/a x=1 && kvd kv put secret/from/b x=1");
    let seen = desk.terminal("kvd kv copy secret/from/ secret/to/", &[]).end();
    for part in ["░ 0/2", "█░", " 1/2", "█ 2/2", "Success! Copied 2 secrets to: secret/to/"] {
        assert!(seen.contains(part), "no {part:?} in {seen:?}");
    }
    let piped = desk.terminal("kvd kv copy secret/from/ secret/again/ 2>&1 | cat", &[]).end();
    assert!(piped.contains("Copied 2 secrets") && !piped.contains('█'), "{piped:?}");
}

#[test]
fn the_tab_key_completes_commands_and_flags() {
    let desk = Desk::new();
    let mut terminal = desk.terminal("bash --norc --noprofile -i", &[]);
    terminal.types("source <(kvd completion bash); echo re''ady\n");
    terminal.wait_for("ready");
    terminal.types("kvd kv rollb\t");
    terminal.wait_for("kvd kv rollback");
    terminal.types("-vers\t");
    terminal.wait_for("-version");
    terminal.types("\x15exit\n");
    terminal.end();
}

#[test]
fn an_editor_changes_a_secret_on_the_terminal() {
    let desk = Desk::new();
    desk.prepare("kvd kv put secret/a x=1");
    let editor = desk.home.path().join("editor");
    fs::write(&editor, "#!/bin/sh\ntest -t 0 && printf '{\"x\": \"edited\"}' > \"$1\"\n").unwrap();
    desk.prepare(&format!("chmod +x {}", editor.display()));
    let seen = desk.terminal("kvd kv edit secret/a", &[("EDITOR", editor.to_str().unwrap())]).end();
    assert!(seen.contains("version            2"), "{seen}");
    assert_eq!(desk.terminal("kvd kv get -field=x secret/a", &[]).end(), "edited\r\n");
}

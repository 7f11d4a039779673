//! Programs of ours that use clients of others: each in the client's own language, below `xtask/integration`.

use super::{
    Setting,
    report::{Outcome, Verdict, lines_of_program},
    server::Server,
};
use crate::shell;
use anyhow::{Context as _, Result};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// The versions of the clients.
pub(crate) const HVAC: &str = "hvac==2.4.0";
const NODE_VAULT: &str = "node-vault@0.12.0";

/// The program that uses `github.com/hashicorp/vault/api`; its version stands in go.mod beside it.
pub(crate) fn go_api(setting: &Setting) -> Result<Vec<Verdict>> {
    let mut command = setting.scratch.command("go");
    command.args(["run", "."]).current_dir(folder("go"));
    answer(setting, "go-api", &mut command)
}

/// The program that uses node-vault.
pub(crate) fn node_vault(setting: &Setting) -> Result<Vec<Verdict>> {
    let modules = install_node_vault(setting)?;
    let mut command = setting.scratch.command("node");
    command.arg(folder("node").join("program.js")).env("NODE_PATH", modules);
    answer(setting, "node-vault", &mut command)
}

/// The program that uses hvac.
pub(crate) fn hvac(setting: &Setting) -> Result<Vec<Verdict>> {
    let python = setting.scratch.python(&[HVAC])?;
    let mut command = setting.scratch.command(python);
    command.arg(folder("python").join("program.py"));
    answer(setting, "hvac-program", &mut command)
}

/// Installs node-vault; the folder that `node` finds it in.
pub(crate) fn install_node_vault(setting: &Setting) -> Result<PathBuf> {
    let folder = setting.scratch.folder("node")?;
    fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
    let quiet = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"];
    setting.scratch.run(setting.scratch.command("npm").args(quiet).arg(NODE_VAULT).current_dir(&folder))?;
    Ok(folder.join("node_modules"))
}

/// Where programs in a language lie.
pub(crate) fn folder(language: &str) -> PathBuf {
    shell::root().join("xtask/integration").join(language)
}

/// Runs a program against a server of its own and reads its verdicts. A program that breaks off adds one that says so.
pub(crate) fn answer(setting: &Setting, exam: &str, command: &mut Command) -> Result<Vec<Verdict>> {
    let server = Server::start(&setting.scratch, exam)?;
    verdicts(server.introduce(command))
}

/// Runs a program that knows where its server is, and reads its verdicts.
pub(crate) fn verdicts(command: &mut Command) -> Result<Vec<Verdict>> {
    let shown = format!("{command:?}");
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("{shown} cannot be started"))?;
    let mut verdicts = lines_of_program(&String::from_utf8_lossy(&output.stdout));
    let failed = |verdict: &Verdict| matches!(verdict.outcome, Outcome::Failed(_));
    if !output.status.success() && !verdicts.iter().any(failed) {
        let why = Outcome::Failed(format!("the program ended with {}", output.status));
        verdicts.push(Verdict { name: "to the end".to_owned(), outcome: why });
    }
    Ok(verdicts)
}

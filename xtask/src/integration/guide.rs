//! The programs of a document, cut out and run as they are printed there.

use super::{
    Setting,
    programs::{self, HVAC},
    report::{Outcome, Verdict},
    server::Server,
};
use anyhow::{Context as _, Result};
use std::{fs, path::Path, process::Command};

/// A program that the document prints, known by the file name in its first lines.
struct Program {
    file: &'static str,
    /// Parts of what it prints that must appear, in this order.
    prints: &'static [&'static str],
}

const PROGRAMS: [Program; 4] = [
    Program {
        file: "vault_kv_example.py",
        prints: &[
            "Secret written to myapp/database, version: 1",
            "Secret written to myapp/database, version: 2",
            "Read myapp/database version 2",
            "Latest password: rotated_password_v2",
            "Read myapp/database version 1",
            "Version 1 password: initial_password_v1",
            "Current version: 2",
            "Oldest version: 0",
            "secrets at myapp",
            "Deleted versions [1] of myapp/database",
            "Recovered versions [1] of myapp/database",
        ],
    },
    Program {
        file: "main.go",
        prints: &[
            "Secret written, version: 1",
            "Host: db.example.com",
            "Password: supersecret",
            "Version 1 data: map[host:db.example.com password:supersecret port:5432 username:app_user]",
            "Current version: 1",
            "Oldest version: 0",
            "Secret deleted (soft delete)",
            "Version 1 recovered",
        ],
    },
    Program {
        file: "vault-kv.js",
        prints: &[
            "Secret written to myapp/config, version: 1",
            "Secret written to myapp/config, version: 2",
            "Read myapp/config version 2",
            "rotated-api-key",
            "Read myapp/config version 1",
            "my-secret-api-key",
            "Found 1 secrets at myapp",
            "Deleted versions 1 of myapp/config",
            "Recovered versions 1 of myapp/config",
        ],
    },
    Program { file: "cas_example.py", prints: &["Updated myapp/config to version 1"] },
];

/// Runs the programs of the document that was named; without one there is nothing to run, which the table shows.
pub(crate) fn run(setting: &Setting) -> Result<Vec<Verdict>> {
    let Some(guide) = &setting.guide else {
        let outcome = Outcome::Skipped("no --guide was given".to_owned());
        return Ok(vec![Verdict { name: "programs".to_owned(), outcome }]);
    };
    let text = fs::read_to_string(guide).with_context(|| format!("{} cannot be read", guide.display()))?;
    let folder = setting.scratch.folder("guide")?;
    let mut verdicts = Vec::new();
    for program in &PROGRAMS {
        let outcome = match code(&text, program.file) {
            None => Outcome::Failed("the document has no such program".to_owned()),
            Some(code) => {
                let file = folder.join(program.file);
                fs::write(&file, code)?;
                judge(program.prints, &printed(setting, &file)?)
            }
        };
        verdicts.push(Verdict { name: program.file.to_owned(), outcome });
    }
    Ok(verdicts)
}

/// What a program prints when it runs against a server of its own, and how it ends.
fn printed(setting: &Setting, file: &Path) -> Result<String> {
    let mut command = interpreter(setting, file)?;
    let server = Server::start(&setting.scratch, "guide")?;
    let output = server.introduce(&mut command).output().context("the program cannot be started")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let ending = if output.status.success() { "" } else { "\nit failed:\n" };
    let complaints = if output.status.success() { String::new() } else { text(&output.stderr) };
    Ok(format!("{}{ending}{complaints}", text(&output.stdout)))
}

fn interpreter(setting: &Setting, file: &Path) -> Result<Command> {
    let scratch = &setting.scratch;
    let mut command = match file.extension().and_then(|ending| ending.to_str()) {
        Some("py") => scratch.command(scratch.python(&[HVAC])?),
        Some("js") => {
            let mut command = scratch.command("node");
            command.env("NODE_PATH", programs::install_node_vault(setting)?);
            command
        }
        Some(_) | None => {
            // The versions of our own program's go.mod, so that both speak of the same client.
            let mut command = scratch.command("go");
            command.args(["run", "-mod=readonly"]).current_dir(programs::folder("go"));
            command
        }
    };
    command.arg(file);
    Ok(command)
}

fn judge(wanted: &[&str], printed: &str) -> Outcome {
    let mut rest = printed;
    for part in wanted {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return Outcome::Failed(format!("it does not print {part:?}; it prints:\n{printed}")),
        }
    }
    if printed.contains("\nit failed:\n") { Outcome::Failed(printed.to_owned()) } else { Outcome::Passed }
}

/// The block of code whose first line is a comment with this file name.
fn code<'t>(document: &'t str, file: &str) -> Option<&'t str> {
    document.split("\n```").find_map(|block| {
        let (_, code) = block.split_once('\n')?;
        let first = code.lines().next()?;
        (first.trim_start_matches(['#', '/', ' ']) == file).then_some(code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_their_first_line() {
        let document = "a\n```python\n# x.py\nprint(1)\n```\nb\n```go\n// main.go\npackage main\n```\n";
        assert_eq!(code(document, "x.py"), Some("# x.py\nprint(1)"));
        assert_eq!(code(document, "main.go"), Some("// main.go\npackage main"));
        assert_eq!(code(document, "y.py"), None);
    }

    #[test]
    fn lines_must_come_in_order_and_the_program_must_end_well() {
        assert_eq!(judge(&["a", "b"], "a\nb\n"), Outcome::Passed);
        assert!(matches!(judge(&["b", "a"], "a\nb\n"), Outcome::Failed(_)));
        assert!(matches!(judge(&["a"], "a\n\nit failed:\nx"), Outcome::Failed(_)));
    }
}

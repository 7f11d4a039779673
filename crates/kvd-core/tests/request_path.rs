//! A request path with a stage left out, or with two stages swapped, does not compile.
//!
//! The list of stages is read from the source, so it cannot drift from what is tested. All its mutants are compiled
//! at once, each as a function of its own in a copy of this crate: a mutant in which the compiler finds nothing to
//! complain about fails the test, and so does a complaint about the list as it stands.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const PIPELINE: &str = "src/pipeline/mod.rs";
const SIGNATURE: &str =
    "async fn run(vault: &Arc<Inner>, call: &Call, trail: &Trail) -> Result<Reply, Stop> {";

/// The lines of the list, in order; the last one hands the call to its engine.
fn stages(source: &str) -> Vec<String> {
    let body = source.split_once(SIGNATURE).expect("the list of stages").1;
    let body = body.split_once("\n}").expect("the end of the list").0;
    let code = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    code.map(str::to_owned).collect()
}

/// All lists that must not compile, by what was done to them.
fn mutants(stages: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut mutants = BTreeMap::new();
    let last = stages.len() - 1;
    for left_out in 0..last {
        let mut list = stages.to_vec();
        let what = list.remove(left_out);
        mutants.insert(format!("without {what}"), list);
    }
    for first in 0..last {
        for second in first + 1..last {
            let mut list = stages.to_vec();
            list.swap(first, second);
            mutants.insert(format!("with {} and {} swapped", stages[first], stages[second]), list);
        }
    }
    mutants
}

/// A workspace around a copy of this crate, whose other crates are those of the real workspace.
fn copy_crate() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().and_then(Path::parent).unwrap();
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("request-path");
    let inner = copy.join("crates/kvd-core");
    let _ = fs::remove_dir_all(copy.join("crates"));
    fs::create_dir_all(&inner).unwrap();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let manifest: String = manifest
        .lines()
        .filter(|line| {
            !line.starts_with("members") && !line.starts_with("kvd-core") && !line.starts_with("kvd-testkit")
        })
        .map(|line| line.replace("path = \"crates/", &format!("path = \"{}/crates/", root.display())) + "\n")
        .collect();
    let manifest = manifest.replace("[workspace]", "[workspace]\nmembers = [\"crates/kvd-core\"]");
    fs::write(copy.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock")).unwrap();
    let own = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    fs::write(inner.join("Cargo.toml"), own.split("[dev-dependencies]").next().unwrap()).unwrap();
    copy_folder(&here.join("src"), &inner.join("src"));
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The lines of the pipeline's file in which the compiler finds types that do not fit, and all other errors.
fn compile(copy: &Path) -> (BTreeSet<usize>, Vec<String>) {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--lib", "--quiet", "--message-format", "short"])
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .current_dir(copy)
        .output()
        .unwrap();
    let (mut mismatches, mut others) = (BTreeSet::new(), Vec::new());
    for line in String::from_utf8_lossy(&output.stderr).lines().filter(|l| l.contains("error")) {
        let place =
            line.split_once("pipeline/mod.rs:").and_then(|(_, rest)| rest.split(':').next()?.parse().ok());
        match place {
            Some(place) if line.contains("error[E0308]") => {
                mismatches.insert(place);
            }
            _ => others.push(line.to_owned()),
        }
    }
    (mismatches, others)
}

#[test]
fn leaving_a_stage_out_or_swapping_two_does_not_compile() {
    let copy = copy_crate();
    let file = copy.join("crates/kvd-core").join(PIPELINE);
    let source = fs::read_to_string(&file).unwrap();
    let stages = stages(&source);
    assert!(
        stages.len() >= 7,
        "a path of {} stages is not the one that this test was written for",
        stages.len()
    );

    let mut text = source;
    let mut places = BTreeMap::new();
    for (number, (what, list)) in mutants(&stages).into_iter().enumerate() {
        let start = text.lines().count() + 1;
        let name = format!("async fn mutant_{number}(");
        text.push_str(&format!("{}\n{}\n}}\n", SIGNATURE.replace("async fn run(", &name), list.join("\n")));
        places.insert(what, start..=text.lines().count());
    }
    fs::write(&file, text).unwrap();

    let (mismatches, others) = compile(&copy);
    let others: Vec<_> = others.iter().filter(|e| !e.contains("could not compile")).collect();
    assert!(others.is_empty(), "errors of another kind: {others:#?}");
    let first_mutant = places.values().map(|p| *p.start()).min().unwrap();
    assert!(mismatches.iter().all(|line| *line >= first_mutant), "the list as it stands does not compile");
    for (what, place) in &places {
        assert!(mismatches.iter().any(|line| place.contains(line)), "the path compiles {what}");
    }
}

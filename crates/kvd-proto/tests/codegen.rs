//! The committed code says what the definitions say. `cargo xtask codegen` has this test write it.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use prost::Message as _;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

const OPENING: &str =
    "//! Generated from proto/kvd/v1 by `cargo xtask codegen`; change the definitions there instead.\n\n";

/// The definitions, in the order of their names.
fn definitions(root: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(root.join("kvd/v1")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "proto")).collect();
    files.sort();
    files
}

fn check(name: &str, wanted: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gen").join(name);
    if env::var_os("KVD_WRITE_REFERENCE").is_some() {
        fs::write(&path, wanted).unwrap();
    }
    let found = fs::read(&path).unwrap_or_default();
    assert!(found == wanted, "src/gen/{name} is out of date: run `cargo xtask codegen`");
}

#[test]
fn the_committed_code_is_what_the_definitions_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let mut descriptors = protox::compile(definitions(&root), [&root]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    tonic_prost_build::configure()
        .out_dir(folder.path())
        .build_transport(false)
        .client_mod_attribute(".", "#[cfg(feature = \"client\")]")
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        // A secret must not reach a log by way of a message.
        .skip_debug(["."])
        .compile_fds(descriptors.clone())
        .unwrap();
    let code = fs::read_to_string(folder.path().join("kvd.v1.rs")).unwrap();
    check("kvd.v1.rs", (OPENING.to_owned() + &code).as_bytes());
    // Comments are for people, and people read the definitions.
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    check("kvd.v1.bin", &descriptors.encode_to_vec());
}

//! The pages of docs/reference say what the code says. `cargo xtask codegen` has this test write them.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_types::{Codes, FaultKind};
use std::{env, fmt::Write as _, fs, path::Path};

fn check(page: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(page);
    if env::var_os("KVD_WRITE_REFERENCE").is_some() {
        fs::write(&path, wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/reference/{page} is out of date: run `cargo xtask codegen`");
}

#[test]
fn the_page_of_the_configuration_is_up_to_date() {
    check("configuration.md", &kvd::config::reference::page());
}

#[test]
fn the_page_of_errors_is_up_to_date() {
    let mut page = String::from(
        "<!-- Written by `cargo xtask codegen`; change crates/kvd-types/src/fault.rs instead. -->\n\n# Errors\n\n\
         Every refusal is of one of these kinds. The body of an HTTP answer is `{\"errors\": [\"…\"]}`.\n\n\
         | kind | HTTP status | gRPC code |\n|---|---|---|\n",
    );
    for kind in FaultKind::ALL {
        let Codes { http, grpc } = kind.codes();
        writeln!(page, "| {kind:?} | {http} | {grpc} |").unwrap();
    }
    check("errors.md", &page);
}

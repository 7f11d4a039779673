//! Rules about crates: who uses whom, and what their manifests say.

use super::Tree;
use crate::layers::{DEV_ONLY, KEEPERS, MayUse, ROOMS, Room};
use serde_json::Value;

/// A dependency as a manifest names it.
struct Use<'a> {
    from: &'a str,
    to: &'a str,
    in_tests: bool,
}

fn packages(tree: &Tree) -> impl Iterator<Item = &Value> {
    tree.metadata["packages"].as_array().into_iter().flatten()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

fn uses(tree: &Tree) -> impl Iterator<Item = Use<'_>> {
    packages(tree).flat_map(|package| {
        package["dependencies"].as_array().into_iter().flatten().map(|dependency| Use {
            from: name(package),
            to: name(dependency),
            in_tests: dependency["kind"] == "dev",
        })
    })
}

fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// Every crate stands in the table, and uses what the table lets it use.
pub(super) fn layers(tree: &Tree) -> Vec<String> {
    let mut findings: Vec<String> = packages(tree)
        .filter(|package| room(name(package)).is_none())
        .map(|package| format!("{} has no place in xtask/src/layers.rs", name(package)))
        .collect();
    for Use { from, to, in_tests } in uses(tree) {
        let (Some(user), Some(used)) = (room(from), room(to)) else { continue };
        if in_tests {
            continue;
        }
        let named = match user.may_use {
            MayUse::Everything => true,
            MayUse::Only(names) => names.contains(&to),
        };
        if DEV_ONLY.contains(&to) && !DEV_ONLY.contains(&from) {
            findings.push(format!("{from} uses {to}, which only tests may use"));
        } else if !named || used.floor >= user.floor {
            findings.push(format!("{from} may not use {to}"));
        }
    }
    findings
}

/// Libraries that are the business of a few crates are named by no other.
pub(super) fn keepers(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for keeper in KEEPERS {
        for Use { from, to, in_tests } in uses(tree) {
            if to == keeper.library && !in_tests && !keeper.crates.contains(&from) {
                findings.push(format!("{from} may not use {to}: {}", keeper.reason));
            }
        }
    }
    findings
}

/// Crates take lints and versions from the workspace, which says what each library is for.
pub(super) fn manifests(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_ending("/Cargo.toml") {
        if !text.contains("[lints]\nworkspace = true") {
            findings.push(format!("{path} does not take the lints of the workspace"));
        }
        let sections = text.split("\n[").filter(|section| {
            section.starts_with("dependencies]") || section.starts_with("dev-dependencies]")
        });
        for line in sections.flat_map(|section| section.lines().skip(1)) {
            // A crate that names itself turns on a feature of its own for its tests.
            let inherited = line.contains("workspace = true") || line.contains("path = \".\"");
            if line.contains('=') && !line.starts_with('#') && !inherited {
                findings.push(format!("{path}: `{line}` does not take its version from the workspace"));
            }
        }
    }
    let workspace = tree.file("Cargo.toml").unwrap_or_default();
    let dependencies = workspace.split("\n[").find(|section| section.starts_with("workspace.dependencies]"));
    for line in dependencies.unwrap_or_default().lines().skip(1) {
        let ours = line.contains("path = ");
        if line.contains(" = ") && !line.starts_with('#') && !ours && !line.contains("# ") {
            findings.push(format!("Cargo.toml: `{line}` does not say what it is for"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::tree;
    use serde_json::json;

    fn with_dependency(from: &str, to: &str, kind: Value) -> Tree {
        let package = json!({"name": from, "dependencies": [{"name": to, "kind": kind}]});
        Tree { metadata: json!({"packages": [package]}), ..tree(&[]) }
    }

    #[test]
    fn each_wrong_dependency_is_found() {
        for (from, to, wanted) in [
            ("kvd-http", "kvd-core", "kvd-http may not use kvd-core"),
            ("kvd-core", "kvd-secrets", "kvd-core may not use kvd-secrets"),
            ("kvd-secrets", "kvd-core", "kvd-secrets may not use kvd-core"),
            ("kvd-types", "kvd", "kvd-types may not use kvd"),
            ("kvd", "kvd-testkit", "kvd uses kvd-testkit, which only tests may use"),
            ("kvd-new", "serde", "kvd-new has no place in xtask/src/layers.rs"),
        ] {
            assert_eq!(layers(&with_dependency(from, to, Value::Null)), [wanted]);
        }
    }

    #[test]
    fn right_dependencies_and_those_of_tests_are_left_alone() {
        for (from, to, kind) in [
            ("kvd-http", "kvd-types", Value::Null),
            ("kvd", "kvd-core", Value::Null),
            ("kvd-core", "kvd-testkit", json!("dev")),
            ("kvd-core", "kvd-secrets", json!("dev")),
            ("kvd-core", "tokio", Value::Null),
        ] {
            assert_eq!(layers(&with_dependency(from, to, kind)), Vec::<String>::new(), "{from} {to}");
        }
    }

    #[test]
    fn the_table_itself_only_allows_lower_floors() {
        for user in ROOMS {
            let MayUse::Only(names) = user.may_use else { continue };
            for used in names {
                assert!(room(used).is_some_and(|used| used.floor < user.floor), "{} {used}", user.name);
            }
        }
    }

    #[test]
    fn a_library_in_the_wrong_hands_is_found() {
        let findings = keepers(&with_dependency("kvd-core", "rocksdb", Value::Null));
        assert_eq!(findings, ["kvd-core may not use rocksdb: only stores know the disk"]);
        assert_eq!(
            keepers(&with_dependency("kvd-storage-rocksdb", "rocksdb", Value::Null)),
            Vec::<String>::new()
        );
        assert_eq!(keepers(&with_dependency("kvd-core", "hyper", json!("dev"))), Vec::<String>::new());
    }

    #[test]
    fn careless_manifests_are_found() {
        let manifest = "[package]\nname = \"a\"\n\n[dependencies]\nserde = \"1\"\ntokio.workspace = true\n";
        let workspace = "[workspace]\n\n[workspace.dependencies]\nserde = \"1\"\ntokio = \"1\" # runtime\nkvd = { path = \"x\" }\n";
        let findings = manifests(&tree(&[("crates/a/Cargo.toml", manifest), ("Cargo.toml", workspace)]));
        assert_eq!(
            findings,
            [
                "crates/a/Cargo.toml does not take the lints of the workspace",
                "crates/a/Cargo.toml: `serde = \"1\"` does not take its version from the workspace",
                "Cargo.toml: `serde = \"1\"` does not say what it is for",
            ]
        );
    }
}

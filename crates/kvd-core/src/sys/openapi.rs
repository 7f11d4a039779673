//! `sys/internal/specs/openapi` and `?help=1`: what the route tables say, for programs and for people.

use super::routes::route;
use crate::{
    house::House,
    mount::{Family, Mount},
};
use kvd_backend::{Access, Field, FieldKind, Fields, Request, Route, RouteTable};
use kvd_json::Writer;
use kvd_types::{Fault, Operation, Reply};
use std::collections::BTreeMap;

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[route(
    "internal/specs/openapi",
    Access::Open,
    &[
        (Operation::Read, |h, r| Box::pin(document(h, r))),
        (Operation::Write, |h, r| Box::pin(document(h, r))),
    ],
    &[],
    "All endpoints of the mounts that the caller may know of.",
)]);

/// The version of the OpenAPI specification that the documents follow.
const OPENAPI: &str = "3.0.2";

async fn document(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    // Which mounts there are is told only to who may know.
    let state = house.caller(request).await?.ok_or_else(Fault::permission_denied)?;
    let acl = house.unsealed.policies.acl(&state).await?;
    let table = house.unsealed.mounts.table();
    let known = table.iter().filter(|m| acl.is_root() || acl.has_access_below(&m.info.path));
    let known = known.cloned().collect::<Vec<_>>();
    Ok(Reply::bare(|w| {
        write_document(w, &house.vault.settings.version, known.iter().map(|mount| (&**mount, None)));
    }))
}

/// The help for a path: what its route is for, or which routes the mount has.
pub(crate) fn help(version: &str, mount: &Mount, number: Option<usize>) -> Reply {
    let text = match number {
        Some(number) => help_of(&mount.facts(number)),
        None => {
            let lines = (0..mount.routes()).map(|number| {
                let facts = mount.facts(number);
                format!("    {}\n        {}\n", facts.pattern.0, facts.summary)
            });
            format!("The paths of this mount ({}):\n\n{}", mount.record.kind, lines.collect::<String>())
        }
    };
    Reply::bare(|w| {
        w.key("help");
        w.string(&text);
        w.key("openapi");
        w.begin_object();
        write_document(w, version, std::iter::once((mount, number)));
        w.end_object();
        w.key("see_also");
        w.null();
    })
}

fn help_of(facts: &Route<()>) -> String {
    let fields = match facts.fields {
        Fields::Any => "    any\n        The members are the caller's own data.\n".to_owned(),
        Fields::Named(fields) => fields
            .iter()
            .map(|f| format!("    {} ({})\n        {}\n", f.name, kind_name(f.kind), f.summary))
            .collect(),
    };
    format!("{}\n\n## PATH\n\n    {}\n\n## PARAMETERS\n\n{fields}", facts.summary, facts.pattern.0)
}

/// A document about `mounts`; of each, one route or all of them.
fn write_document<'m>(
    w: &mut Writer,
    version: &str,
    mounts: impl Iterator<Item = (&'m Mount, Option<usize>)>,
) {
    let mut paths = BTreeMap::new();
    for (mount, only) in mounts {
        for number in (0..mount.routes()).filter(|n| only.is_none_or(|only| only == *n)) {
            let facts = mount.facts(number);
            let path = format!("/{}{}", mount.info.path, facts.pattern.0.replace("*}", "}"));
            paths.entry(path).or_insert((mount, facts, mount.operations(number)));
        }
    }
    w.key("components");
    w.begin_object();
    w.end_object();
    w.key("info");
    w.begin_object();
    w.key("description");
    w.string("HTTP API that gives you full access to Vault. All API routes are prefixed with `/v1/`.");
    w.key("title");
    w.string("HashiCorp Vault API");
    w.key("version");
    w.string(version);
    w.end_object();
    w.key("openapi");
    w.string(OPENAPI);
    w.key("paths");
    w.begin_object();
    for (path, (mount, facts, operations)) in &paths {
        w.key(path);
        write_path(w, mount, facts, operations);
    }
    w.end_object();
}

fn write_path(w: &mut Writer, mount: &Mount, facts: &Route<()>, operations: &[Operation]) {
    w.begin_object();
    let has = |wanted: &[Operation]| operations.iter().any(|o| wanted.contains(o));
    let methods = [
        ("delete", has(&[Operation::Delete])),
        ("get", has(&[Operation::Read, Operation::List, Operation::Scan])),
        ("patch", has(&[Operation::Patch])),
        ("post", has(&[Operation::Write])),
    ];
    for (method, _) in methods.iter().filter(|(method, there)| *there && *method == "delete") {
        write_method(w, method, mount, facts, operations);
    }
    w.key("description");
    w.string(facts.summary);
    for (method, _) in methods.iter().filter(|(method, there)| *there && *method == "get") {
        write_method(w, method, mount, facts, operations);
    }
    write_parameters(w, facts);
    for (method, _) in methods.iter().filter(|(m, there)| *there && matches!(*m, "patch" | "post")) {
        write_method(w, method, mount, facts, operations);
    }
    if facts.access == Access::Sudo {
        w.key("x-vault-sudo");
        w.bool(true);
    }
    if facts.access == Access::Open {
        w.key("x-vault-unauthenticated");
        w.bool(true);
    }
    w.end_object();
}

/// The parts of the path that its pattern names.
fn write_parameters(w: &mut Writer, facts: &Route<()>) {
    let names = facts.pattern.0.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'));
    let names = names.map(|n| n.trim_end_matches('*')).collect::<Vec<_>>();
    if names.is_empty() {
        return;
    }
    w.key("parameters");
    w.begin_array();
    for name in names {
        w.begin_object();
        w.key("in");
        w.string("path");
        w.key("name");
        w.string(name);
        w.key("required");
        w.bool(true);
        w.key("schema");
        write_type(w, "string");
        w.end_object();
    }
    w.end_array();
}

fn write_method(w: &mut Writer, method: &str, mount: &Mount, facts: &Route<()>, operations: &[Operation]) {
    w.key(method);
    w.begin_object();
    if method == "get" && operations.contains(&Operation::List) {
        w.key("parameters");
        w.begin_array();
        w.begin_object();
        w.key("in");
        w.string("query");
        w.key("name");
        w.string("list");
        w.key("schema");
        write_type(w, "string");
        w.end_object();
        w.end_array();
    }
    if matches!(method, "patch" | "post") {
        w.key("requestBody");
        w.begin_object();
        w.key("content");
        w.begin_object();
        w.key(if method == "patch" { "application/merge-patch+json" } else { "application/json" });
        w.begin_object();
        w.key("schema");
        write_schema(w, facts.fields);
        w.end_object();
        w.end_object();
        w.end_object();
    }
    w.key("responses");
    w.begin_object();
    w.key("default");
    w.begin_object();
    w.key("description");
    w.string("The answer, or why there is none.");
    w.end_object();
    w.end_object();
    w.key("summary");
    w.string(facts.summary);
    w.key("tags");
    w.strings([match mount.record.family {
        Family::Auth => "auth",
        Family::Secrets if mount.is_system() => "system",
        Family::Secrets => "secrets",
    }]);
    w.end_object();
}

fn write_schema(w: &mut Writer, fields: Fields) {
    w.begin_object();
    if let Fields::Named(fields) = fields {
        w.key("properties");
        w.begin_object();
        let mut sorted: Vec<&Field> = fields.iter().collect();
        sorted.sort_by_key(|field| field.name);
        for field in sorted {
            w.key(field.name);
            w.begin_object();
            w.key("description");
            w.string(field.summary);
            if field.kind == FieldKind::List {
                w.key("items");
                write_type(w, "string");
            }
            w.key("type");
            w.string(kind_name(field.kind));
            w.end_object();
        }
        w.end_object();
    }
    w.key("type");
    w.string("object");
    w.end_object();
}

fn write_type(w: &mut Writer, name: &str) {
    w.begin_object();
    w.key("type");
    w.string(name);
    w.end_object();
}

fn kind_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::String | FieldKind::Duration => "string",
        FieldKind::Int => "integer",
        FieldKind::Bool => "boolean",
        FieldKind::List => "array",
        FieldKind::Map => "object",
    }
}

//! All endpoints below `sys/`, one line each.

use super::{audit, capabilities, internal_ui, mounts, policies, seal, tune};
use crate::{house::House, mount::Family};
use kvd_backend::{Access, Field, FieldKind, Fields, Handler, Pattern, Route, RouteTable};
use kvd_types::{
    Operation,
    Operation::{Delete, List, Read, Write},
};

const fn field(name: &'static str, kind: FieldKind, summary: &'static str) -> Field {
    Field::new(name, kind, summary)
}

const MOUNT: &[Field] = &[
    field("config", FieldKind::Map, "Settings such as lease times."),
    field("description", FieldKind::String, "What it is for."),
    field("external_entropy_access", FieldKind::Bool, "Kept for clients; changes nothing."),
    field("local", FieldKind::Bool, "Whether it stays on this cluster."),
    field("options", FieldKind::Map, "Options of the engine, such as its version."),
    field("plugin_name", FieldKind::String, "Another name of type."),
    field("plugin_version", FieldKind::String, "Kept for clients; there is one version of each engine."),
    field("seal_wrap", FieldKind::Bool, "Kept for clients; everything is sealed."),
    field("type", FieldKind::String, "The type of engine."),
];

const TUNE: &[Field] = &[
    field("allowed_response_headers", FieldKind::List, "Headers that the engine may set."),
    field(
        "audit_non_hmac_request_keys",
        FieldKind::List,
        "Members of bodies that audit lines show in clear.",
    ),
    field(
        "audit_non_hmac_response_keys",
        FieldKind::List,
        "Members of answers that audit lines show in clear.",
    ),
    field("default_lease_ttl", FieldKind::String, "How long leases last."),
    field("description", FieldKind::String, "What it is for."),
    field("listing_visibility", FieldKind::String, "unauth to show it to callers without a token."),
    field("max_lease_ttl", FieldKind::String, "How long leases last at most."),
    field("options", FieldKind::Map, "Options of the engine."),
    field("passthrough_request_headers", FieldKind::List, "Headers that the engine may see."),
    field("plugin_version", FieldKind::String, "Kept for clients."),
    field("token_type", FieldKind::String, "The type of tokens that an auth method makes."),
    field("user_lockout_config", FieldKind::Map, "When failed logins lock a user out."),
];

const POLICY: &[Field] = &[field("policy", FieldKind::String, "The text of the policy, or base64 of it.")];
const POLICY_OLD: &[Field] = &[
    field("policy", FieldKind::String, "The text of the policy."),
    field("rules", FieldKind::String, "The old name of policy."),
];
const PATHS: &[Field] = &[
    field("accessor", FieldKind::String, "The accessor of a token."),
    field("path", FieldKind::List, "The old name of paths."),
    field("paths", FieldKind::List, "The paths to look at."),
    field("token", FieldKind::String, "The token."),
];
const DEVICE: &[Field] = &[
    field("description", FieldKind::String, "What it is for."),
    field("local", FieldKind::Bool, "Whether it stays on this cluster."),
    field("options", FieldKind::Map, "Options of the device, such as file_path."),
    field("type", FieldKind::String, "file, syslog or socket."),
];
const INPUT: &[Field] = &[field("input", FieldKind::String, "The text to hash.")];

type Operations = &'static [(Operation, Handler<House>)];

const fn route(
    pattern: &'static str,
    access: Access,
    operations: Operations,
    fields: &'static [Field],
    summary: &'static str,
) -> Route<House> {
    Route {
        pattern: Pattern(pattern),
        operations,
        exists: None,
        access,
        fields: Fields::Named(fields),
        summary,
    }
}

use Access::{Open, Sudo, Token};

/// All endpoints of `sys/` that need an unsealed vault.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[
    route("seal", Sudo, &[(Write, |h, r| Box::pin(seal::seal(h, r)))], &[], "Seals the vault."),
    route("step-down", Sudo, &[(Write, |h, r| Box::pin(seal::step_down(h, r)))], &[], "Gives up the lead."),
    route(
        "mounts",
        Token,
        &[(Read, |h, _| Box::pin(mounts::list(h, Family::Secrets)))],
        &[],
        "All secrets engines.",
    ),
    route(
        "mounts/auth/{path}/tune",
        Token,
        &[
            (Read, |h, r| Box::pin(tune::read(h, r, Family::Auth))),
            (Write, |h, r| Box::pin(tune::write(h, r, Family::Auth))),
        ],
        TUNE,
        "The settings of an auth method.",
    ),
    route(
        "mounts/{path*}/tune",
        Token,
        &[
            (Read, |h, r| Box::pin(tune::read(h, r, Family::Secrets))),
            (Write, |h, r| Box::pin(tune::write(h, r, Family::Secrets))),
        ],
        TUNE,
        "The settings of a secrets engine.",
    ),
    route(
        "mounts/{path*}",
        Token,
        &[
            (Read, |h, r| Box::pin(mounts::read(h, r, Family::Secrets))),
            (Write, |h, r| Box::pin(mounts::enable(h, r, Family::Secrets))),
            (Delete, |h, r| Box::pin(mounts::disable(h, r, Family::Secrets))),
        ],
        MOUNT,
        "One secrets engine.",
    ),
    route("auth", Token, &[(Read, |h, _| Box::pin(mounts::list(h, Family::Auth)))], &[], "All auth methods."),
    route(
        "auth/{path*}/tune",
        Sudo,
        &[
            (Read, |h, r| Box::pin(tune::read(h, r, Family::Auth))),
            (Write, |h, r| Box::pin(tune::write(h, r, Family::Auth))),
        ],
        TUNE,
        "The settings of an auth method.",
    ),
    route(
        "auth/{path*}",
        Sudo,
        &[
            (Read, |h, r| Box::pin(mounts::read(h, r, Family::Auth))),
            (Write, |h, r| Box::pin(mounts::enable(h, r, Family::Auth))),
            (Delete, |h, r| Box::pin(mounts::disable(h, r, Family::Auth))),
        ],
        MOUNT,
        "One auth method.",
    ),
    route(
        "policies/acl",
        Token,
        &[(List, |h, r| Box::pin(policies::list(h, r)))],
        &[],
        "The names of all policies.",
    ),
    route(
        "policies/acl/{name*}",
        Token,
        &[
            (Read, |h, r| Box::pin(policies::read(h, r))),
            (Write, |h, r| Box::pin(policies::write(h, r))),
            (Delete, |h, r| Box::pin(policies::delete(h, r))),
        ],
        POLICY,
        "One policy.",
    ),
    route(
        "policy",
        Token,
        &[
            (Read, |h, r| Box::pin(policies::list_old(h, r))),
            (List, |h, r| Box::pin(policies::list_old(h, r))),
        ],
        &[],
        "The names of all policies, in the old form.",
    ),
    route(
        "policy/{name*}",
        Token,
        &[
            (Read, |h, r| Box::pin(policies::read_old(h, r))),
            (Write, |h, r| Box::pin(policies::write_old(h, r))),
            (Delete, |h, r| Box::pin(policies::delete(h, r))),
        ],
        POLICY_OLD,
        "One policy, in the old form.",
    ),
    route(
        "capabilities",
        Token,
        &[(Write, |h, r| Box::pin(capabilities::of_token(h, r)))],
        PATHS,
        "What a token may do.",
    ),
    route(
        "capabilities-self",
        Token,
        &[(Write, |h, r| Box::pin(capabilities::of_own(h, r)))],
        PATHS,
        "What the caller may do.",
    ),
    route(
        "capabilities-accessor",
        Token,
        &[(Write, |h, r| Box::pin(capabilities::of_accessor(h, r)))],
        PATHS,
        "What the token with an accessor may do.",
    ),
    route(
        "internal/ui/mounts",
        Open,
        &[(Read, |h, r| Box::pin(internal_ui::all(h, r)))],
        &[],
        "The mounts that the caller may know of.",
    ),
    route(
        "internal/ui/mounts/{path*}",
        Open,
        &[(Read, |h, r| Box::pin(internal_ui::one(h, r)))],
        &[],
        "The mount that a path is below.",
    ),
    route("audit", Sudo, &[(Read, |h, r| Box::pin(audit::list(h, r)))], &[], "All audit devices."),
    route(
        "audit/{path*}",
        Sudo,
        &[(Write, |h, r| Box::pin(audit::enable(h, r))), (Delete, |h, r| Box::pin(audit::disable(h, r)))],
        DEVICE,
        "One audit device.",
    ),
    route(
        "audit-hash/{path*}",
        Token,
        &[(Write, |h, r| Box::pin(audit::hash(h, r)))],
        INPUT,
        "What an audit device shows for a text.",
    ),
]);

//! Who may depend on whom, as data. `cargo xtask tidy` holds it against what cargo says.
//!
//! A crate may use crates of lower floors only, and of those only the ones named here. What this buys: doors do
//! not know the house, the house does not know its tenants, and only one room may hold a key.

/// A crate and its place in the house.
pub(crate) struct Room {
    /// The crate.
    pub(crate) name: &'static str,
    /// How high it stands; a crate only uses lower ones.
    pub(crate) floor: u8,
    /// The crates of ours that it may use.
    pub(crate) may_use: MayUse,
}

/// The crates of ours that a crate may use.
#[derive(Clone, Copy)]
pub(crate) enum MayUse {
    /// Every crate of a lower floor.
    Everything,
    /// These.
    Only(&'static [&'static str]),
}

use MayUse::{Everything, Only};

/// The crates that only tests may use.
pub(crate) const DEV_ONLY: &[&str] = &["kvd-testkit", "kvd-fuzz"];

/// The house, from the ground up.
pub(crate) const ROOMS: &[Room] = &[
    // Words: no I/O, no async runtime, no web framework.
    Room { name: "kvd-json", floor: 0, may_use: Only(&[]) },
    Room { name: "kvd-hcl", floor: 0, may_use: Only(&[]) },
    Room { name: "kvd-types", floor: 1, may_use: Only(&["kvd-json"]) },
    // Contracts.
    Room { name: "kvd-storage", floor: 2, may_use: Only(&["kvd-types"]) },
    // Mechanisms: each usable alone.
    Room { name: "kvd-barrier", floor: 3, may_use: Only(&["kvd-types", "kvd-storage"]) },
    Room { name: "kvd-storage-rocksdb", floor: 3, may_use: Only(&["kvd-types", "kvd-storage"]) },
    Room { name: "kvd-policy", floor: 3, may_use: Only(&["kvd-types", "kvd-hcl", "kvd-json"]) },
    Room { name: "kvd-audit", floor: 3, may_use: Only(&["kvd-types", "kvd-json"]) },
    // Ports.
    Room { name: "kvd-backend", floor: 4, may_use: Only(&["kvd-types", "kvd-json", "kvd-storage"]) },
    // Tenants and the house: neither knows the other.
    Room {
        name: "kvd-secrets",
        floor: 5,
        may_use: Only(&["kvd-types", "kvd-json", "kvd-storage", "kvd-backend"]),
    },
    Room {
        name: "kvd-auth",
        floor: 5,
        may_use: Only(&["kvd-types", "kvd-json", "kvd-storage", "kvd-backend"]),
    },
    Room {
        name: "kvd-core",
        floor: 5,
        may_use: Only(&[
            "kvd-types",
            "kvd-hcl",
            "kvd-json",
            "kvd-storage",
            "kvd-barrier",
            "kvd-policy",
            "kvd-audit",
            "kvd-backend",
        ]),
    },
    // The way out: whoever has to ask somebody outside does so through its port.
    Room { name: "kvd-outbound", floor: 5, may_use: Only(&["kvd-types", "kvd-backend"]) },
    // Doors: they know calls and replies, not the house behind them.
    Room { name: "kvd-proto", floor: 2, may_use: Only(&[]) },
    Room { name: "kvd-edge", floor: 5, may_use: Only(&["kvd-types"]) },
    Room { name: "kvd-http", floor: 6, may_use: Only(&["kvd-types", "kvd-json", "kvd-edge"]) },
    Room { name: "kvd-grpc", floor: 6, may_use: Only(&["kvd-types", "kvd-json", "kvd-edge", "kvd-proto"]) },
    Room { name: "kvd-cli", floor: 6, may_use: Only(&["kvd-types", "kvd-audit"]) },
    // For applications: nothing of the server.
    Room { name: "kvd-client", floor: 6, may_use: Only(&["kvd-types", "kvd-proto"]) },
    // The wiring introduces everybody to everybody.
    Room { name: "kvd", floor: 7, may_use: Everything },
    // For tests and for the people who work here.
    Room { name: "kvd-testkit", floor: 7, may_use: Everything },
    Room { name: "kvd-fuzz", floor: 8, may_use: Everything },
    Room { name: "kvd-bench", floor: 0, may_use: Only(&[]) },
    Room { name: "xtask", floor: 0, may_use: Only(&[]) },
];

/// A library that only some crates may name, because what it does is their business alone.
pub(crate) struct Keeper {
    /// The library.
    pub(crate) library: &'static str,
    /// The crates that may name it.
    pub(crate) crates: &'static [&'static str],
    /// Why nobody else may.
    pub(crate) reason: &'static str,
}

/// The libraries with keepers.
pub(crate) const KEEPERS: &[Keeper] = &[
    Keeper {
        library: "tonic",
        crates: &["kvd-proto", "kvd-grpc", "kvd-client"],
        reason: "only doors and clients know a wire",
    },
    Keeper { library: "rocksdb", crates: &["kvd-storage-rocksdb"], reason: "only stores know the disk" },
    Keeper { library: "axum", crates: &["kvd-http"], reason: "only doors know a web framework" },
    Keeper {
        library: "hyper",
        crates: &["kvd-edge", "kvd-http", "kvd-grpc", "kvd-bench"],
        reason: "only doors know connections",
    },
    Keeper {
        library: "ring",
        crates: &["kvd-barrier", "kvd-audit", "kvd-core", "kvd-auth"],
        reason: "cryptography is reviewed where it stands: sealing, the hiding of audit values, tokens, secret ids",
    },
    Keeper { library: "vsss-rs", crates: &["kvd-barrier"], reason: "only the barrier splits keys" },
    Keeper {
        library: "reqwest",
        crates: &["kvd-cli", "kvd-outbound"],
        reason: "the server calls nobody but by the port that bounds time, size and where a call may go",
    },
];

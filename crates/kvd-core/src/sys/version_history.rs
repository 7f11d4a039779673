//! `sys/version-history`: the versions of the program that have opened this vault.

use super::routes::route;
use crate::house::House;
use kvd_backend::{Access, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply, Timestamp};
use serde::{Deserialize, Serialize};

/// Versions in the order in which they came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct VersionHistory(Vec<Installed>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Installed {
    version: String,
    since_nanos: i64,
}

impl VersionHistory {
    /// The newest version.
    pub(crate) fn present(&self) -> Option<&str> {
        self.0.last().map(|installed| installed.version.as_str())
    }

    /// The same with one more version; one that is there already moves to the end.
    pub(crate) fn with(&self, version: String, now: Timestamp) -> Self {
        let mut history = self.clone();
        history.0.retain(|installed| installed.version != version);
        history.0.push(Installed { version, since_nanos: now.nanos() });
        history
    }
}

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[route(
    "version-history",
    Access::Token,
    &[(Operation::List, |h, r| Box::pin(list(h, r)))],
    &[],
    "The versions of the program that have opened this vault.",
)]);

async fn list(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let history = house.unsealed.versions.get();
    let mut named: Vec<(&Installed, Option<&str>)> = Vec::new();
    let mut previous = None;
    for installed in &history.0 {
        named.push((installed, previous));
        previous = Some(installed.version.as_str());
    }
    Ok(Reply::object(|w| {
        w.key("key_info");
        w.begin_object();
        for (installed, previous) in &named {
            w.key(&installed.version);
            w.begin_object();
            w.key("build_date");
            // Known of the program that runs, not of those before it.
            let runs = installed.version == house.vault.settings.version;
            w.string(if runs { &house.vault.settings.build_date } else { "" });
            w.key("previous_version");
            w.string_or_null(*previous);
            w.key("timestamp_installed");
            w.display(Timestamp::from_nanos(installed.since_nanos));
            w.end_object();
        }
        w.end_object();
        w.key("keys");
        w.strings(history.0.iter().map(|installed| &installed.version));
    }))
}

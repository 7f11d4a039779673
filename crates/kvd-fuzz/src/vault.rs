//! A vault of the thread's own, which all inputs of a run go to, one after the other.

use kvd_json::Object;
use kvd_testkit::{TestVault, Told};
use kvd_types::Operation;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

pub(crate) use kvd_testkit::Told as Answer;

thread_local! {
    /// The vault: version 2 at `secret/`, version 1 at `kv/`.
    pub(crate) static HOUSE: House = House::build();
}

/// A vault, and what runs it.
pub(crate) struct House {
    runtime: Runtime,
    vault: TestVault,
}

impl House {
    fn build() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let vault = runtime.block_on(TestVault::start());
        let made = vault.call("root", Operation::Write, "sys/mounts/kv", json!({ "type": "kv" }));
        runtime.block_on(made).unwrap();
        Self { runtime, vault }
    }

    /// Calls as root.
    pub(crate) fn call(&self, operation: Operation, path: &str, data: Object) -> Answer {
        let mut call = self.vault.request("root", operation, path, &Value::Null);
        call.data = data;
        Told::of(&self.runtime.block_on(self.vault.vault.serve(call)))
    }
}

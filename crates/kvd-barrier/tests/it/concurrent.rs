//! Many at once, over the store that development servers use: keys rotate while records are written and listed.

use crate::house::params;
use kvd_barrier::{Barrier, LockPolicy};
use kvd_storage::{MemoryStore, Page, Slot, Store, Table, View, ViewError, ViewTx, transact};
use kvd_types::{NamespaceId, SystemClock, SystemEntropy, Timestamp, ViewId};
use std::sync::Arc;

const WRITERS: u8 = 6;
const WRITES: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_rotate_under_writers_and_nothing_is_lost() {
    let store = Arc::new(MemoryStore::in_memory().unwrap());
    let made = Barrier::initialize(&*store, &SystemEntropy, &SystemClock, params(1, 1)).await.unwrap();
    let open = || async {
        let store = Arc::clone(&store) as Arc<dyn Store>;
        Barrier::unseal(store, Arc::new(SystemEntropy), &made.key, LockPolicy::Attempt).await.unwrap()
    };
    let barrier = open().await;
    let writers = (0..WRITERS).map(|writer| {
        let view = barrier.view(NamespaceId::ROOT, ViewId::fixed(1));
        tokio::spawn(async move {
            for i in 0..WRITES {
                let path = format!("shared/w{writer}/n{i}");
                let written = transact(&view, move |tx: &mut dyn ViewTx| {
                    let slot = Slot::at(Table::Heads, &path);
                    tx.link(slot)?;
                    tx.put(slot, path.as_bytes())?;
                    // The folder of the others comes and goes with what only this writer keeps there.
                    let passing = format!("passing/w{writer}");
                    let passing = Slot::at(Table::Heads, &passing);
                    match i % 2 {
                        0 => tx.link(passing).and_then(|()| tx.put(passing, b"").map(drop)),
                        _ => {
                            tx.delete(passing);
                            tx.unlink(passing)
                        }
                    }
                });
                written.await.map_err(|e: ViewError| e.to_string()).unwrap();
            }
        })
    });
    let writers = writers.collect::<Vec<_>>();
    for i in 0..20 {
        barrier.rotate(Timestamp::from_seconds(i)).await.unwrap();
        if i % 5 == 0 {
            barrier.rotate_root().await.unwrap();
        }
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    barrier.settle_counts().await.unwrap();

    let counted = barrier.key_terms();
    let reopened = open().await;
    for (before, after) in counted.iter().zip(reopened.key_terms()) {
        assert_eq!((before.term, before.installed), (after.term, after.installed));
        assert!((before.encryptions..=before.encryptions + 2 * 4096).contains(&after.encryptions));
    }
    let view = reopened.view(NamespaceId::ROOT, ViewId::fixed(1));
    let list = async |folder: &str| view.list(Table::Heads, folder, Page::default()).await.unwrap();
    assert_eq!(list("").await, ["shared/"]);
    assert_eq!(list("shared/").await.len(), usize::from(WRITERS));
    for writer in 0..WRITERS {
        let records = view.list_records(Table::Heads, &format!("shared/w{writer}/")).await.unwrap();
        assert_eq!(records.len(), WRITES);
        for (name, opened) in records {
            assert_eq!(opened.plain.expose(), format!("shared/w{writer}/{name}").as_bytes());
        }
    }
}

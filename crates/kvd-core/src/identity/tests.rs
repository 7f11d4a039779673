//! Visits, as the transactions of logins make them.

use super::{
    IdentityStore, Resolved, Visitor,
    record::{Alias, Group, GroupKind, Metadata},
    records::{self, By, slot},
};
use crate::{identity::generations::Touched, tx};
use kvd_barrier::{Barrier, LockPolicy, ShareParams};
use kvd_storage::{MemoryStore, Stamp, View};
use kvd_types::{FaultKind, NamespaceId, SystemClock, SystemEntropy, Timestamp};
use std::sync::Arc;

const MOUNT: &str = "auth_test_00000001";
const OTHER_MOUNT: &str = "auth_test_00000002";
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

struct Fixture {
    barrier: Arc<Barrier>,
    store: IdentityStore,
}

impl Fixture {
    async fn start() -> Self {
        let store = Arc::new(MemoryStore::in_memory().unwrap());
        let params = ShareParams::new(1, 1).unwrap();
        let made = Barrier::initialize(&*store, &SystemEntropy, &SystemClock, params).await.unwrap();
        let barrier =
            Barrier::unseal(store, Arc::new(SystemEntropy), &made.key, LockPolicy::Attempt).await.unwrap();
        let store = IdentityStore::new(&barrier);
        Self { barrier, store }
    }

    async fn visit(&self, mount: &str, metadata: Option<Metadata>, groups: &[&str]) -> Resolved {
        let groups = groups.iter().map(|&group| group.to_owned()).collect();
        let visitor = Visitor::new(&SystemEntropy, mount, "ann", metadata, groups).unwrap();
        let resolved = tx::transact(&self.barrier, move |tx| visitor.resolve(tx, NOW)).await.unwrap();
        self.store.changed(&resolved.touched);
        resolved
    }

    /// An external group with one policy, both of the name `name`, which is also that of its alias on the mount.
    async fn group(&self, name: &str, mount: &str) {
        let id = format!("{name} of {mount}");
        let mut group = Group::new(id.clone(), id, GroupKind::External, NOW);
        group.policies = Some(vec![name.to_owned()]);
        group.alias =
            Some(Alias::new(format!("alias of {}", group.id), name.to_owned(), mount.to_owned(), NOW));
        let change = self.store.change(move |tx| {
            records::save_group(tx, None, &group)?;
            Ok((Touched::All, ()))
        });
        change.await.unwrap();
    }

    /// The sealings of the records that a visit reads.
    async fn stamps(&self, entity: &str) -> Vec<Stamp> {
        let view = self.barrier.view(NamespaceId::ROOT, crate::seal::views::IDENTITY);
        let (folder, name) = By::Alias { mount: MOUNT, name: "ann" }.place();
        let mut stamps = Vec::new();
        for slot in [slot(records::ENTITIES, entity), slot(&folder, &name)] {
            stamps.push(view.get(slot).await.unwrap().unwrap().stamp);
        }
        stamps
    }
}

fn metadata(value: &str) -> Option<Metadata> {
    Some(Metadata::from([("k".to_owned(), value.to_owned())]))
}

#[tokio::test]
async fn a_visit_that_says_what_is_known_writes_nothing() {
    let fixture = Fixture::start().await;
    let first = fixture.visit(MOUNT, metadata("v"), &[]).await;
    assert!(first.is_new);
    let before = fixture.stamps(&first.entity_id).await;
    for (value, touches) in [("v", false), ("w", true), ("w", false)] {
        let again = fixture.visit(MOUNT, metadata(value), &[]).await;
        assert_eq!((again.entity_id.as_str(), again.is_new), (first.entity_id.as_str(), false));
        assert_eq!(again.touched != Touched::Nobody, touches, "{value}");
    }
    let after = fixture.stamps(&first.entity_id).await;
    assert_eq!(
        (before[0] != after[0], before[1] == after[1]),
        (true, true),
        "the entity once, its index never"
    );
}

#[tokio::test]
async fn v020_external_groups_hold_exactly_whom_the_last_visit_put_there() {
    let fixture = Fixture::start().await;
    for name in ["a", "b"] {
        fixture.group(name, MOUNT).await;
    }
    fixture.group("a", OTHER_MOUNT).await;
    let entity = fixture.visit(MOUNT, None, &[]).await.entity_id;
    for (groups, expected) in [
        (&["a", "b"][..], &["a", "b"][..]),
        (&["A"], &["a"]),
        (&["b", "unknown"], &["b"]),
        (&["b", "b"], &["b"]),
        (&[], &[]),
    ] {
        fixture.visit(MOUNT, None, groups).await;
        assert_eq!(fixture.store.policies(&entity).await.unwrap(), expected, "{groups:?}");
    }
}

#[tokio::test]
async fn a_disabled_entity_gets_no_further_visit() {
    let fixture = Fixture::start().await;
    let id = fixture.visit(MOUNT, None, &[]).await.entity_id;
    let entity = fixture.store.entity(&id).await.unwrap().unwrap();
    let change = fixture.store.change(move |tx| {
        let disabled = super::record::Entity { disabled: true, ..entity.clone() };
        records::save_entity(tx, Some(&entity), &disabled)?;
        Ok((Touched::Entity(disabled.id), ()))
    });
    change.await.unwrap();
    let visitor = Visitor::new(&SystemEntropy, MOUNT, "ann", metadata("v"), Vec::new()).unwrap();
    let refused = tx::transact(&fixture.barrier, move |tx| visitor.resolve(tx, NOW)).await.unwrap_err();
    assert_eq!(kvd_types::Fault::from(refused).kind, FaultKind::PermissionDenied);
    assert!(fixture.store.standing(&id).await.unwrap().unwrap().is_disabled());
}

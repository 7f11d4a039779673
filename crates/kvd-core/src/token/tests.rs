//! The store of tokens by itself: what a change costs, and how it holds when there are very many tokens.

use super::{
    entry::{LoginOrigin, Parent, TokenState},
    records,
    store::{NewToken, TokenHash, TokenStore},
    tree::STEP,
};
use crate::{fault::TxFault, identity::IdentityStore, random, tx};
use kvd_barrier::{Barrier, LockPolicy, ShareParams};
use kvd_storage::MemoryStore;
use kvd_testkit::{ManualClock, SeededEntropy};
use kvd_types::{Clock, Entropy, Fault, Secret, Timestamp};
use std::{sync::Arc, time::Duration};

const HOUR: Duration = Duration::from_secs(3600);

/// A store of tokens over a barrier of its own; nothing is mounted and nothing sweeps.
struct Rig {
    store: Arc<MemoryStore>,
    tokens: TokenStore,
    entropy: Arc<SeededEntropy>,
    clock: ManualClock,
}

impl Rig {
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::in_memory().unwrap());
        let entropy = Arc::new(SeededEntropy::new(7));
        let clock = ManualClock::default();
        let params = ShareParams::new(1, 1).unwrap();
        let made = Barrier::initialize(&*store, &*entropy, &clock, params).await.unwrap();
        let opened = Barrier::unseal(
            Arc::clone(&store) as _,
            Arc::clone(&entropy) as _,
            &made.key,
            LockPolicy::Attempt,
        );
        let barrier = opened.await.unwrap();
        let identity = Arc::new(IdentityStore::new(&barrier));
        let tokens = TokenStore::new(&barrier, Arc::default(), &identity).unwrap();
        Self { store, tokens, entropy, clock }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn make(&self, new: NewToken) -> (Secret<String>, Arc<TokenState>) {
        self.tokens.create(&*self.entropy, self.now(), new).await.unwrap()
    }

    /// Makes many tokens in a few commits, one for each of `parents`; gives their states.
    async fn make_many(&self, parents: impl Iterator<Item = Parent>) -> Vec<TokenHash> {
        let mut made = Vec::new();
        let parents: Vec<_> = parents.collect();
        for part in parents.chunks(1000) {
            let mut new = Vec::new();
            for parent in part {
                let token = random::token(&*self.entropy).unwrap();
                let accessor = random::base62(&*self.entropy, 24).unwrap().expose().clone();
                let child = NewToken { parent: Some(parent.clone()), ..token_for(HOUR) };
                let (mut entry, _) = child.into_entry(self.now());
                entry.accessor = accessor;
                new.push((self.tokens.hash(token.expose()), entry));
            }
            made.extend(new.iter().map(|(hash, _)| *hash));
            let work = move |tx: &mut kvd_barrier::BarrierTx<'_>| {
                new.iter().try_for_each(|(hash, entry)| records::insert(tx, *hash, entry, None))
            };
            tx::transact(&self.tokens.barrier, work).await.unwrap();
        }
        made
    }

    /// Makes a chain of tokens below `first`, the last one at the end.
    async fn make_chain(&self, first: &TokenState, length: usize) -> TokenHash {
        let mut entries = Vec::new();
        let mut parent = Parent::of(first);
        let mut last = first.hash;
        for number in 0..length {
            let (mut entry, _) = NewToken { parent: Some(parent), ..token_for(HOUR) }.into_entry(self.now());
            entry.accessor = random::base62(&*self.entropy, 24).unwrap().expose().clone();
            last = self.tokens.hash(&format!("link {number}"));
            parent = Parent { hash: last.to_hex(), accessor: entry.accessor.clone() };
            entries.push((last, entry));
        }
        let work = move |tx: &mut kvd_barrier::BarrierTx<'_>| {
            entries.iter().try_for_each(|(hash, entry)| records::insert(tx, *hash, entry, None))
        };
        tx::transact(&self.tokens.barrier, work).await.unwrap();
        last
    }

    async fn is_good(&self, hash: TokenHash) -> bool {
        let found = self.tokens.by_hash(hash).await.unwrap();
        self.tokens.living(found, self.now()).await.unwrap().is_some()
    }

    /// How many commits `work` takes.
    async fn commits<T>(&self, work: impl Future<Output = T>) -> u64 {
        let before = self.store.counters().flushes;
        work.await;
        self.store.counters().flushes - before
    }

    async fn count(&self) -> usize {
        self.tokens.accessors().await.unwrap().len()
    }
}

fn token_for(ttl: Duration) -> NewToken {
    NewToken {
        policies: vec!["default".to_owned()],
        path: "auth/token/create".to_owned(),
        ttl: Some(ttl),
        renewable: true,
        ..NewToken::default()
    }
}

#[tokio::test]
async fn one_commit_makes_a_token_and_one_revokes_it_with_its_children() {
    let rig = Rig::new().await;
    let (_, parent) = rig.make(token_for(HOUR)).await;
    let child =
        NewToken { parent: Some(Parent::of(&parent)), wraps: Some(Secret::new(vec![1])), ..token_for(HOUR) };
    assert_eq!(rig.commits(rig.make(child)).await, 1);
    rig.make_many(std::iter::repeat_n(Parent::of(&parent), 50)).await;
    assert_eq!(rig.commits(rig.tokens.revoke_tree(parent.hash)).await, 1);
    assert_eq!(rig.count().await, 0);
    assert!(!rig.tokens.remove_left().await.unwrap());
}

#[tokio::test]
async fn of_a_hundred_thousand_children_none_is_good_once_the_parent_is_revoked() {
    const WIDE: usize = 100_000;
    let rig = Rig::new().await;
    let (_, parent) = rig.make(token_for(HOUR)).await;
    let children = rig.make_many(std::iter::repeat_n(Parent::of(&parent), WIDE)).await;
    let some = || children.iter().step_by(997);
    for child in some() {
        assert!(rig.is_good(*child).await);
    }
    assert_eq!(rig.commits(rig.tokens.revoke_tree(parent.hash)).await, 1);
    for child in some() {
        assert!(!rig.is_good(*child).await);
    }
    let left = rig.count().await;
    assert!(left >= WIDE - STEP, "the first commit took {} tokens", WIDE - left);
    // The rest goes in steps, each of which takes no more than its share.
    let mut steps = 0;
    while rig.tokens.remove_left().await.unwrap() {
        steps += 1;
    }
    assert_eq!((rig.count().await, steps), (0, left.div_ceil(STEP)));
}

#[tokio::test]
async fn of_a_chain_of_ten_thousand_none_is_good_once_the_first_is_revoked() {
    const DEEP: usize = 10_000;
    let rig = Rig::new().await;
    let (_, first) = rig.make(token_for(HOUR)).await;
    let last = rig.make_chain(&first, DEEP).await;
    assert!(rig.is_good(last).await);
    assert_eq!(rig.commits(rig.tokens.revoke_tree(first.hash)).await, 1);
    assert!(!rig.is_good(last).await);
    while rig.tokens.remove_left().await.unwrap() {}
    assert_eq!(rig.count().await, 0);
}

#[tokio::test]
async fn a_later_token_of_the_same_text_has_none_of_the_earlier_ones_children() {
    let rig = Rig::new().await;
    let named = || NewToken { id: Some(Secret::new("chosen".to_owned())), ..token_for(HOUR) };
    let (_, parent) = rig.make(named()).await;
    let children = rig.make_many(std::iter::repeat_n(Parent::of(&parent), 3 * STEP)).await;
    let of_parent = NewToken { parent: Some(Parent::of(&parent)), ..token_for(HOUR) };
    let (batch, _) = rig.tokens.create_batch(&*rig.entropy, rig.now(), of_parent).unwrap();
    assert!(rig.tokens.present(&batch, rig.now()).await.unwrap().is_some());
    rig.tokens.revoke_tree(parent.hash).await.unwrap();
    let (_, again) = rig.make(named()).await;
    let own = rig.make_many(std::iter::once(Parent::of(&again))).await;
    let mut good = 0;
    for child in &children {
        good += usize::from(rig.is_good(*child).await);
    }
    assert_eq!(good, 0);
    assert!(rig.tokens.present(&batch, rig.now()).await.unwrap().is_none());
    while rig.tokens.remove_left().await.unwrap() {}
    assert!(rig.is_good(own[0]).await && rig.is_good(again.hash).await);
    assert_eq!(rig.count().await, 2);
}

#[tokio::test]
async fn children_of_a_released_parent_go_on_however_many_they_are() {
    let rig = Rig::new().await;
    let (_, parent) = rig.make(token_for(HOUR)).await;
    let children = rig.make_many(std::iter::repeat_n(Parent::of(&parent), 2 * STEP + 1)).await;
    rig.tokens.revoke_orphan(parent.hash).await.unwrap();
    assert!(!rig.is_good(parent.hash).await);
    for child in &children {
        let state = rig.tokens.by_hash(*child).await.unwrap().unwrap();
        assert!(state.parent.is_none() && rig.is_good(*child).await);
    }
}

#[tokio::test]
async fn what_ended_is_refused_before_the_sweep_and_swept_in_steps() {
    const ENDED: usize = 5 * STEP;
    let rig = Rig::new().await;
    let (_, living) = rig.make(token_for(10 * HOUR)).await;
    let ended = rig.make_many(std::iter::repeat_n(Parent::of(&living), ENDED)).await;
    rig.clock.advance(HOUR);
    assert!(!rig.is_good(ended[0]).await && rig.is_good(living.hash).await);
    let minute = records::due_minute(rig.now().nanos());
    let mut left = rig.count().await;
    while rig.tokens.remove_due(minute, rig.now()).await.unwrap() {
        let after = rig.count().await;
        assert!(left - after <= STEP);
        left = after;
    }
    assert_eq!(rig.count().await, 1);
}

#[tokio::test]
async fn tokens_that_nobody_uses_take_no_memory() {
    let rig = Rig::new().await;
    let (_, parent) = rig.make(token_for(2 * HOUR)).await;
    let children = rig.make_many(std::iter::repeat_n(Parent::of(&parent), 1000)).await;
    for child in &children {
        assert!(rig.tokens.entry(*child).await.unwrap().is_some());
    }
    rig.clock.advance(HOUR);
    let minute = records::due_minute(rig.now().nanos());
    while rig.tokens.remove_due(minute, rig.now()).await.unwrap() {}
    assert_eq!(rig.tokens.in_memory(), 0);
    rig.is_good(parent.hash).await;
    assert_eq!(rig.tokens.in_memory(), 1);
}

#[tokio::test]
async fn v035_a_login_that_is_refused_at_its_last_step_makes_no_token() {
    let rig = Rig::new().await;
    let refuse = |_: &mut kvd_barrier::BarrierTx<'_>| Err(TxFault::from(Fault::permission_denied()));
    let made = rig.tokens.create_if(&*rig.entropy, rig.now(), token_for(HOUR), refuse).await;
    assert!(made.is_err());
    assert_eq!(rig.count().await, 0);
}

#[tokio::test]
async fn a_login_without_its_mount_is_good_for_nothing_nor_is_what_it_made() {
    let rig = Rig::new().await;
    let login = Some(LoginOrigin { mount: [9; 8], subject: "bob".to_owned() });
    let (_, state) = rig.make(NewToken { login: login.clone(), ..token_for(HOUR) }).await;
    let child = rig.make_many(std::iter::once(Parent::of(&state))).await;
    assert!(!rig.is_good(state.hash).await && !rig.is_good(child[0]).await);
    let new = NewToken { login, ..token_for(HOUR) };
    let (batch, _) = rig.tokens.create_batch(&*rig.entropy as &dyn Entropy, rig.now(), new).unwrap();
    assert!(rig.tokens.present(&batch, rig.now()).await.unwrap().is_none());
}

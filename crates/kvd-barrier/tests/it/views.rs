//! Views: what is stored is read, listed and removed, in one view and no other.

use crate::house::*;
use kvd_storage::{Page, Peek, Slot, Table, Verdict, View, ViewError, ViewTx};
use kvd_types::{NamespaceId, ViewId};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

#[test]
fn what_was_stored_is_read_in_every_way() {
    let mut house = House::new(1);
    let view = house.view(1);
    let stamp = view.put("team/app/password", b"s3cret");
    let slot = Slot::at(Table::Heads, "team/app/password");
    let opened = now(view.0.get(slot)).unwrap().unwrap();
    assert_eq!((opened.plain.expose().as_slice(), opened.stamp), (&b"s3cret"[..], stamp));
    let Peek::Known(Some(peeked)) = view.0.peek(slot).unwrap() else { panic!("it is there") };
    assert_eq!((peeked.plain.expose().as_slice(), peeked.stamp), (&b"s3cret"[..], stamp));
    let seen = view.run(|tx| Ok(tx.get(Slot::at(Table::Heads, "team/app/password"))?.map(|o| o.stamp)));
    assert_eq!(seen, Some(stamp));
    for absent in ["team/app/Password", "team/app/password/", "team/app", "password", ""] {
        assert!(view.get(absent).unwrap().is_none(), "{absent}");
        assert!(matches!(view.0.peek(Slot::at(Table::Heads, absent)), Ok(Peek::Known(None))), "{absent}");
    }
    drop(view);
    house.reopen();
    assert_eq!(house.view(1).get("team/app/password").unwrap().unwrap(), b"s3cret");
}

#[test]
fn every_sealing_has_another_stamp_and_the_last_one_stays() {
    let house = House::new(2);
    let first = house.view(1).put("a", b"same");
    let second = house.view(1).put("a", b"same");
    assert_ne!(first, second);
    let opened = now(house.view(1).0.get(Slot::at(Table::Heads, "a"))).unwrap().unwrap();
    assert_eq!(opened.stamp, second);
}

#[test]
fn values_and_names_of_any_bytes_and_sizes_come_back() {
    let house = House::new(3);
    let view = house.view(1);
    let long = "n".repeat(70_000);
    for (name, size) in [("", 0), ("a", 1), ("ä\0\n\u{202e}", 65_536), (long.as_str(), 3_000_000), ("..", 15)]
    {
        let value = (0..size).map(|i: u32| i.to_le_bytes()[0]).collect::<Vec<_>>();
        view.put(name, &value);
        assert_eq!(view.get(name).unwrap(), Some(value));
    }
    assert_eq!(view.list(""), ["", "..", "a", &long, "ä\0\n\u{202e}"]);
}

#[test]
fn folders_come_and_go_with_what_is_in_them() {
    let house = House::new(4);
    let view = house.view(1);
    view.put("a/b/c", b"1");
    view.put("a/d", b"2");
    view.put("a", b"3");
    assert_eq!(view.list(""), ["a", "a/"]);
    assert_eq!(view.list("a/"), ["b/", "d"]);
    assert_eq!(view.list("a/b/"), ["c"]);
    assert_eq!(view.list("a/b/c/"), [""; 0]);
    view.remove("a/b/c");
    assert_eq!(view.list("a/"), ["d"]);
    view.remove("a/d");
    assert_eq!(view.list(""), ["a"]);
    view.remove("a");
    assert_eq!(house.store.keys(Table::Heads).len(), 0, "no marker is left behind");
}

#[test]
fn pages_of_a_listing_begin_after_a_name_and_end_at_a_limit() {
    let house = House::new(5);
    let view = house.view(1);
    for name in ["b", "a", "c", "d/x", "B"] {
        view.put(name, b"");
    }
    let check = |after: Option<&'static str>, limit, expected: &[&str]| {
        let page = Page { after, limit };
        assert_eq!(now(view.0.list(Table::Heads, "", page)).unwrap(), expected, "{page:?}");
        assert_eq!(view.run(move |tx| tx.list(Table::Heads, "", page)), expected, "{page:?}");
    };
    check(None, None, &["B", "a", "b", "c", "d/"]);
    check(Some("a"), None, &["b", "c", "d/"]);
    check(Some("aa"), Some(2), &["b", "c"]);
    check(None, Some(1), &["B"]);
    check(None, Some(0), &[]);
    check(Some("z"), Some(9), &[]);
}

#[test]
fn a_folder_of_several_scans_is_listed_wholly_and_its_records_come_along() {
    let house = House::new(6);
    let names = (0..700).map(|i| format!("n{i:04}")).collect::<Vec<_>>();
    let written = names.clone();
    house.view(1).run(move |tx| {
        for name in &written {
            tx.put(Slot::at(Table::Heads, name), name.as_bytes())?;
        }
        tx.link(Slot::at(Table::Heads, "folder/x"))
    });
    let view = house.view(1);
    let records = now(view.0.list_records(Table::Heads, "")).unwrap();
    let found =
        records.iter().map(|(name, o)| (name.as_str(), o.plain.expose().as_slice())).collect::<Vec<_>>();
    let expected = names.iter().map(|n| (n.as_str(), n.as_bytes()));
    assert_eq!(found, [("folder/", &b""[..])].into_iter().chain(expected).collect::<Vec<_>>());
    assert_eq!(view.list("").len(), 701);
}

#[test]
fn versions_are_not_names_and_go_together_without_their_record() {
    let house = House::new(7);
    let view = house.view(1);
    view.run(|tx| {
        let slot = Slot::at(Table::Heads, "a/b");
        tx.link(slot)?;
        tx.put(slot, b"head")?;
        for version in 1..=600 {
            tx.put(slot.version(version), &version.to_be_bytes())?;
        }
        tx.put(Slot::at(Table::Heads, "a/c"), b"")?;
        tx.put(Slot { version: u64::MAX, ..Slot::at(Table::Bodies, "a/b") }, b"other table").map(drop)
    });
    let version = |n| now(view.0.get(Slot::at(Table::Heads, "a/b").version(n))).unwrap();
    assert_eq!(version(600).unwrap().plain.expose().as_slice(), 600_u64.to_be_bytes());
    assert_eq!(view.list("a/"), ["b", "c"]);
    view.run(|tx| {
        tx.delete_versions(Slot::at(Table::Heads, "a/b"));
        Ok(())
    });
    assert!(version(1).is_none() && version(600).is_none());
    assert_eq!(view.get("a/b").unwrap().unwrap(), b"head");
    let other = Slot { version: u64::MAX, ..Slot::at(Table::Bodies, "a/b") };
    assert!(now(view.0.get(other)).unwrap().is_some());
}

#[test]
fn a_folder_with_nothing_but_versions_left_is_empty() {
    let house = House::new(8);
    let view = house.view(1);
    view.run(|tx| {
        let slot = Slot::at(Table::Heads, "a/b");
        tx.link(slot)?;
        for version in 0..5 {
            tx.put(slot.version(version), b"")?;
        }
        Ok(())
    });
    view.remove("a/b");
    assert_eq!(view.list(""), [""; 0]);
}

#[test]
fn views_never_see_each_other_and_one_is_cleared_alone() {
    let house = House::new(9);
    let namespaced =
        |namespace, view| TestView(Arc::new(house.barrier.view(NamespaceId(namespace), ViewId::fixed(view))));
    let views =
        [(0, 1), (0, 2), (1, 1), (0x6b76_642f, 1)].map(|(namespace, view)| namespaced(namespace, view));
    for (i, view) in views.iter().enumerate() {
        view.put("a/same", &[u8::try_from(i).unwrap()]);
        for table in Table::ALL {
            view.run(move |tx| tx.put(Slot::at(table, "b"), b"").map(drop));
        }
    }
    let rows = house.store.snapshot().len();
    for (i, view) in views.iter().enumerate() {
        assert_eq!(view.get("a/same").unwrap().unwrap(), [u8::try_from(i).unwrap()]);
        assert_eq!(view.list(""), ["a/", "b"]);
    }
    views[1].run(|tx| {
        tx.clear();
        Ok(())
    });
    assert_eq!(views[1].list(""), [""; 0]);
    assert_eq!(house.store.snapshot().len(), rows - 7);
    assert_eq!(views[0].list(""), ["a/", "b"]);
    let key = join(&house.store, &house.entropy, &house.shares).unwrap();
    assert!(unseal(&house.store, &house.entropy, &key).is_ok());
}

#[test]
fn several_views_change_as_one_whole_or_not_at_all() {
    let house = House::new(10);
    let change = |verdict: Result<Verdict, fn() -> ViewError>| {
        now(house.barrier.transact(Box::new(move |tx| {
            tx.view(NamespaceId::ROOT, ViewId::fixed(1)).put(Slot::at(Table::Heads, "a"), b"1")?;
            tx.view(NamespaceId::ROOT, ViewId::fixed(2)).put(Slot::at(Table::Tokens, "b"), b"2")?;
            verdict.map_err(|error| error())
        })))
    };
    let before = house.store.snapshot();
    assert!(matches!(
        change(Err(|| ViewError::Malformed { what: "a test" })),
        Err(ViewError::Malformed { .. })
    ));
    assert!(change(Ok(Verdict::Abandon)).is_ok());
    house.store.fail_commits.store(true, Ordering::Relaxed);
    assert!(matches!(change(Ok(Verdict::Commit)), Err(ViewError::Store(_))));
    house.store.fail_commits.store(false, Ordering::Relaxed);
    assert_eq!(house.store.snapshot(), before);

    house.store.run_twice.store(true, Ordering::Relaxed);
    let commits = house.store.commits.load(Ordering::Relaxed);
    assert!(change(Ok(Verdict::Commit)).is_ok());
    assert_eq!(house.store.commits.load(Ordering::Relaxed), commits + 1);
    assert_eq!(house.view(1).get("a").unwrap().unwrap(), b"1");
    assert!(now(house.view(2).0.get(Slot::at(Table::Tokens, "b"))).unwrap().is_some());
}

#[test]
fn without_randomness_nothing_is_sealed() {
    let house = House::new(11);
    house.view(1).put("a", b"old");
    let before = house.store.snapshot();
    house.entropy.exhausted.store(true, Ordering::Relaxed);
    let view = house.view(1).0;
    let work = |tx: &mut dyn ViewTx| tx.put(Slot::at(Table::Heads, "a"), b"new").map(|_| Verdict::Commit);
    assert!(matches!(now(view.transact(Box::new(work))), Err(ViewError::Entropy(_))));
    assert_eq!(house.store.snapshot(), before);
    assert_eq!(house.view(1).get("a").unwrap().unwrap(), b"old", "reading needs none");
}

#[test]
fn nothing_readable_reaches_the_store() {
    let house = House::new(12);
    let view = house.view(1);
    let canaries = (0..300).map(|i| format!("canary{i:03}")).collect::<Vec<_>>();
    for three in canaries.chunks(3) {
        view.put(&format!("{}/{}", three[0], three[1]), three[2].as_bytes());
    }
    now(house.barrier.settle_counts()).unwrap();
    let shares = house.shares.iter().map(|s| s.expose()[..32].to_vec()).collect::<Vec<_>>();
    for ((_, key), value) in house.store.snapshot() {
        for bytes in [key, value] {
            assert!(!bytes.windows(6).any(|w| w == b"canary"));
            assert!(!bytes.windows(32).any(|w| shares.iter().any(|s| s == w)));
        }
    }
}

#[test]
fn a_thousand_writes_to_one_place_leave_one_row() {
    let house = House::new(13);
    for i in 0..1000_u32 {
        house.view(1).put("a", &i.to_be_bytes());
    }
    assert_eq!(house.store.keys(Table::Heads).len(), 1);
}

/// A step of a random life of a view.
#[derive(Clone, Debug)]
enum Step {
    Put(String, u8),
    Remove(String),
    Clear,
    Reopen,
}

fn paths() -> impl Strategy<Value = String> {
    // Few names, so that steps meet; empty parts are not clean paths, but must not confuse folders either.
    "([abA]|bb|ä)(/([ab]|))?(/[ab])?(/[ab])?".prop_filter("a name", |p| !p.ends_with('/'))
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (paths(), any::<u8>()).prop_map(|(path, value)| Step::Put(path, value)),
        6 => paths().prop_map(Step::Remove),
        1 => Just(Step::Clear),
        1 => Just(Step::Reopen),
    ]
}

/// What a listing shows, from nothing but the paths that there are.
fn expected_listing(model: &BTreeMap<String, u8>, folder: &str) -> Vec<String> {
    let below = model.keys().filter_map(|path| path.strip_prefix(folder));
    let names = below.map(|rest| rest.find('/').map_or(rest, |i| &rest[..=i]).to_owned());
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_view_behaves_like_a_map_of_paths(seed: u64, life in prop::collection::vec(steps(), 1..60)) {
        let mut house = House::with(seed, params(1, 1));
        house.view(2).put("a/b", b"untouched");
        let mut model = BTreeMap::new();
        for step in life {
            match step {
                Step::Put(path, value) => {
                    house.view(1).put(&path, &[value]);
                    model.insert(path, value);
                }
                // Folders of what is not there may be unlinked too.
                Step::Remove(path) => {
                    house.view(1).remove(&path);
                    model.remove(&path);
                }
                Step::Clear => {
                    house.view(1).run(|tx| { tx.clear(); Ok(()) });
                    model.clear();
                }
                Step::Reopen => house.reopen(),
            }
            let view = house.view(1);
            for folder in ["", "a/", "b/", "a//", "a/b/", "A/a/", "a/b/a/", "ä/"] {
                prop_assert_eq!(view.list(folder), expected_listing(&model, folder), "{}", folder);
                let inside = view.run(move |tx| tx.list(Table::Heads, folder, Page::default()));
                prop_assert_eq!(inside, expected_listing(&model, folder), "{}", folder);
            }
            for (path, value) in &model {
                prop_assert_eq!(view.get(path).unwrap(), Some(vec![*value]));
            }
        }
        prop_assert_eq!(house.view(2).get("a/b").unwrap().unwrap(), b"untouched");
        prop_assert_eq!(house.view(2).list(""), ["a/"]);
    }
}

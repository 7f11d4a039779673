//! The format on disk, frozen: a whole small vault as it was written once must open for ever.
//!
//! `tests/vectors/vault.json` holds rows (table, key, value), shares and what is in them, in hex. All of it was made from
//! a seed, so that writing it anew must give the same bytes.

use crate::house::*;
use kvd_storage::{Slot, Table, View};
use serde_json::{Value, json};

const SEED: u64 = 0x6B76_6400_0001;

fn make() -> (House, Value) {
    let house = House::with(SEED, params(5, 3));
    let view = house.view(1);
    view.put("team/app", b"{\"password\":\"s3cret\"}");
    view.run(|tx| tx.put(Slot::at(Table::Bodies, "team/app").version(2), b"second").map(drop));
    now(house.barrier.settle_counts()).unwrap();
    let rows = house.store.snapshot().into_iter();
    let rows = rows.map(|((table, key), value)| json!([table.name(), hex::encode(key), hex::encode(value)]));
    let shares = house.shares.iter().map(|share| hex::encode(share.expose())).collect::<Vec<_>>();
    let vault = json!({ "rows": rows.collect::<Vec<_>>(), "shares": shares });
    (house, vault)
}

fn published() -> Value {
    serde_json::from_str(include_str!("../vectors/vault.json")).unwrap()
}

#[test]
fn the_published_vault_opens() {
    let vault = published();
    let text = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let mut rows = Rows::new();
    for row in vault["rows"].as_array().unwrap() {
        let table = Table::ALL.into_iter().find(|t| t.name() == row[0]).unwrap();
        rows.insert((table, text(&row[1])), text(&row[2]));
    }
    let shares = vault["shares"].as_array().unwrap().iter().map(|s| text(s).into()).collect::<Vec<_>>();
    let (store, entropy) = (ShownStore::with(rows), SeededEntropy::new(1));
    let key = join(&store, &entropy, &shares[1..4]).unwrap();
    let barrier = unseal(&store, &entropy, &key).unwrap();
    assert_eq!(barrier.damaged_records(), [""; 0]);
    let status = barrier.key_status().unwrap();
    assert_eq!((status.term, status.installed.seconds(), status.encryptions), (1, 1_700_000_000, 3));
    let house = House { store, entropy, shares, barrier };
    let view = house.view(1);
    assert_eq!(view.list(""), ["team/"]);
    assert_eq!(view.list("team/"), ["app"]);
    assert_eq!(view.get("team/app").unwrap().unwrap(), b"{\"password\":\"s3cret\"}");
    let body = now(view.0.get(Slot::at(Table::Bodies, "team/app").version(2))).unwrap().unwrap();
    assert_eq!(body.plain.expose(), b"second");
}

#[test]
fn the_published_vault_is_what_is_written() {
    let (_, made) = make();
    assert_eq!(made, published(), "the format has changed: {}", serde_json::to_string_pretty(&made).unwrap());
}

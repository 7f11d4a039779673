//! Many clients at once, through the sockets of the program.

use crate::{dev::start, program::Running};
use serde_json::{Value, json};
use std::{collections::BTreeMap, thread};

const WRITERS: usize = 64;
const ROUNDS: u64 = 6;

/// What a writer has won: the number of each version that it made.
fn write_in_turn(server: &Running, writer: usize) -> Vec<u64> {
    let mut won = Vec::new();
    for cas in 0..ROUNDS {
        let body = json!({ "data": { "writer": writer }, "options": { "cas": cas } });
        let answer = server.ask("POST", "secret/data/k", "root", &body);
        match answer.status {
            200 => won.push(answer.body["data"]["version"].as_u64().unwrap()),
            400 => {
                assert!(answer.body["errors"][0].as_str().unwrap().contains("did not match"), "{answer:?}")
            }
            _ => panic!("{answer:?}"),
        }
    }
    won
}

#[test]
fn of_64_clients_that_write_with_check_and_set_exactly_one_wins_each_version() {
    let home = tempfile::tempdir().unwrap();
    let server = start(&["-dev-root-token-id=root", "-dev-no-store-token"], home.path());
    let won: Vec<(usize, Vec<u64>)> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|w| {
                (
                    w,
                    scope.spawn({
                        let server = &server;
                        move || write_in_turn(server, w)
                    }),
                )
            })
            .collect();
        writers.into_iter().map(|(w, handle)| (w, handle.join().unwrap())).collect()
    });
    let mut winners = BTreeMap::new();
    for (writer, numbers) in won {
        for number in numbers {
            let other = winners.insert(number, writer);
            assert_eq!(other, None, "version {number} was won twice");
        }
    }
    let newest = *winners.keys().last().unwrap();
    assert!(winners.keys().copied().eq(1..=newest), "{winners:?}");
    for (number, writer) in winners {
        let read = server.ask("GET", &format!("secret/data/k?version={number}"), "root", &Value::Null);
        assert_eq!(read.body["data"]["data"], json!({ "writer": writer }), "version {number}");
    }
}

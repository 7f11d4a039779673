//! P-06: once the vault is sealed, no key and no share of it is left in the memory of the process.
//!
//! A program of its own, so that no other test's memory is searched; Linux only, as it reads `/proc/self/mem`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how tests and their helpers fail")]
#![cfg(all(test, target_os = "linux"))]

#[path = "it/house.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod house;

use house::*;
use std::{
    fs::File,
    io::{BufRead, BufReader},
    os::unix::fs::FileExt,
};

/// Looked for under a mask, so that what looks is not what is found.
const MASK: u8 = 0xA5;
const SEED: u64 = 77;

/// The keys that the seed makes, in the order in which they are drawn: unseal key, root key, seed, data key.
fn masked_keys() -> Vec<Vec<u8>> {
    let entropy = SeededEntropy::new(SEED);
    let draw = |length| {
        let mut bytes = vec![0; length];
        kvd_types::Entropy::fill(&*entropy, &mut bytes).unwrap();
        bytes.iter_mut().for_each(|b| *b ^= MASK);
        bytes
    };
    draw(16); // the vault's identity
    draw(16); // the name of the share set
    (0..4).map(|_| draw(32)).collect()
}

/// How often each of the masked needles is in writable memory.
fn occurrences(needles: &[Vec<u8>]) -> Vec<usize> {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = BufReader::new(File::open("/proc/self/maps").unwrap());
    let mut counts = vec![0; needles.len()];
    let mut block = vec![0; 1 << 16];
    let mut first = [false; 256];
    needles.iter().for_each(|needle| first[usize::from(needle[0])] = true);
    for line in maps.lines().map(Result::unwrap).filter(|line| line.contains(" rw-p ")) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut at = from;
        while at < to {
            let Ok(length @ 32..) = memory.read_at(&mut block, at) else { break };
            block[..length].iter_mut().for_each(|b| *b ^= MASK);
            for start in 0..=length - 32 {
                if !first[usize::from(block[start])] {
                    continue;
                }
                for (count, needle) in counts.iter_mut().zip(needles) {
                    *count += usize::from(block[start..start + 32] == **needle);
                }
            }
            // The block itself lies in memory: it must not be found when it comes to its own place.
            block.fill(0);
            at += length as u64 - 31;
        }
    }
    counts
}

#[test]
fn no_key_is_left_after_sealing() {
    let needles = masked_keys();
    let house = House::with(SEED, params(3, 2));
    house.view(1).put("a/b", b"value");
    let shares =
        house.shares.iter().map(|s| s.expose()[..32].iter().map(|b| b ^ MASK).collect()).collect::<Vec<_>>();
    let all = [needles.clone(), shares].concat();
    let open = occurrences(&all);
    assert!(open[..4].iter().all(|count| *count > 0), "the search finds what is there: {open:?}");
    now(house.barrier.rotate(kvd_types::Timestamp::EPOCH)).unwrap();
    now(house.barrier.settle_counts()).unwrap();
    drop(house);
    let sealed = occurrences(&all);
    assert_eq!(sealed, vec![0; all.len()]);
}

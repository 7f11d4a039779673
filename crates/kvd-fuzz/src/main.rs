//! Tries to break a target: `kvd-fuzz TARGET SECONDS [SEED]`.

#![expect(clippy::print_stdout, reason = "the findings are for people")]

use kvd_fuzz::{Mutator, TARGETS, Target};
use std::{
    error::Error,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    panic::catch_unwind,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = "kvd-fuzz TARGET SECONDS [SEED]";
    let [name, seconds, seed @ ..] = arguments.as_slice() else { return Err(usage.into()) };
    let target = TARGETS.iter().find(|target| target.name == name).ok_or("there is no such target")?;
    let seed = match seed.first() {
        Some(seed) => seed.parse()?,
        None => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
    };
    let until = Instant::now() + Duration::from_secs(seconds.parse()?);
    println!("{name}: seed {seed}");
    let (mutator, mut seeds) = (Mutator::new(seed), target.seeds()?);
    let (mut tried, mut broken) = (0_u64, 0_u64);
    while Instant::now() < until {
        let input = mutator.next(&seeds);
        tried += 1;
        if catch_unwind(|| (target.run)(&input)).is_err() {
            broken += 1;
            keep(target, &input)?;
        } else if tried.is_multiple_of(512) && seeds.len() < 4096 {
            // Changes of changes reach further.
            seeds.push(input);
        }
    }
    println!("{name}: {tried} inputs, {broken} broke something");
    if broken == 0 { Ok(()) } else { Err("what broke something is kept among the seeds".into()) }
}

fn keep(target: &Target, input: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    fs::write(target.folder().join(format!("broke-{:016x}", hasher.finish())), input)?;
    Ok(())
}

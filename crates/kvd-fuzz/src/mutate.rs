//! Changes of inputs, from a seed.

use kvd_testkit::SeededEntropy;

/// Pieces that mean something to one of the targets, so that changes get past the first character.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1e400",
    "1.10",
    "\"a\":",
    "{\"a\":null}",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "é",
    "\u{200b}",
    "\n",
    "\t",
    "%2e",
    "%2f",
    "..",
    "/",
    "//",
    "%",
    "*",
    "+",
    "path \"a\" {",
    "capabilities = [\"read\"]",
    "<<E\n",
    "${",
    "/*",
    "\"options\":",
    "\"cas\":",
    "9223372036854775808",
];
/// Most bytes of an input.
const MOST: usize = 16 << 10;

/// Makes inputs out of seeds.
pub struct Mutator {
    dice: SeededEntropy,
}

impl Mutator {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self { dice: SeededEntropy::new(seed) }
    }

    /// One of `seeds` with a few changes.
    pub fn next(&self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.one_of(seeds);
        for _ in 0..=self.dice.below(4) {
            self.change(&mut input, seeds);
        }
        input.truncate(MOST);
        input
    }

    fn one_of(&self, seeds: &[Vec<u8>]) -> Vec<u8> {
        if seeds.is_empty() { Vec::new() } else { self.dice.pick(seeds).clone() }
    }

    fn place(&self, input: &[u8]) -> usize {
        usize::try_from(self.dice.below(input.len() as u64 + 1)).unwrap_or(0)
    }

    fn change(&self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let (a, b) = (self.place(input), self.place(input));
        let (from, to) = (a.min(b), a.max(b));
        match self.dice.below(7) {
            0 => {
                if let Some(byte) = input.get_mut(from) {
                    *byte ^= 1 << self.dice.below(8);
                }
            }
            1 => drop(input.splice(from..from, self.dice.pick(&PIECES).bytes())),
            2 => drop(input.splice(from..to.min(from + 8), self.dice.pick(&PIECES).bytes())),
            3 => drop(input.drain(from..to)),
            4 => {
                let twice = input[from..to].to_vec();
                drop(input.splice(from..from, twice));
            }
            5 => {
                let other = self.one_of(seeds);
                let cut = self.place(&other);
                drop(input.splice(from..to, other[cut..].iter().copied()));
            }
            _ => {
                if let Some(byte) = input.get_mut(from) {
                    *byte = u8::try_from(self.dice.below(256)).unwrap_or(0);
                }
            }
        }
    }
}

//! Overwrites what held a secret, at the speed of memory.

use std::hint::black_box;

/// What can be overwritten in place before it is given back.
pub trait Wipe {
    /// Overwrites everything, spare room included, and leaves it empty.
    fn wipe(&mut self);
}

impl Wipe for Vec<u8> {
    fn wipe(&mut self) {
        self.clear();
        // What an earlier, longer content has left behind lies in the spare room.
        self.resize(self.capacity(), 0);
        // The compiler must take it that somebody looks at the zeros, so it cannot leave the writing out.
        black_box(self.as_mut_slice());
        self.clear();
    }
}

impl Wipe for String {
    fn wipe(&mut self) {
        let mut bytes = std::mem::take(self).into_bytes();
        bytes.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_spare_room_are_overwritten() {
        let mut bytes = b"hunter2hunter2".to_vec();
        bytes.truncate(3);
        bytes.wipe();
        assert!(bytes.is_empty());
        bytes.resize(14, 1);
        let mut text = "hunter2".to_owned();
        text.wipe();
        assert_eq!(text, "");
    }
}

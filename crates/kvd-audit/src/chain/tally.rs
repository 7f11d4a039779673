//! The lines since the last record: a tag for each, and a digest over all.

use ring::digest::{Context, SHA256, digest};

/// How much of a line's hash is its tag.
pub(super) const TAG: usize = 8;

/// The beginning of the SHA-256 of one line: enough to tell where a log went wrong.
pub(super) type Tag = [u8; TAG];

/// Counts lines. Blank ones do not count: a line that a crash has torn is ended with a line break later on.
pub(super) struct Tally {
    tags: Vec<u8>,
    all: Context,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self { tags: Vec::new(), all: Context::new(&SHA256) }
    }

    /// Adds the lines of `text`, the last of which may lack its line break.
    pub(super) fn add(&mut self, text: &[u8]) {
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.add_line(line);
        }
    }

    /// Adds one line, without its line break.
    pub(super) fn add_line(&mut self, line: &[u8]) -> Tag {
        let hash = digest(&SHA256, line);
        let mut tag = [0; TAG];
        tag.copy_from_slice(&hash.as_ref()[..TAG]);
        self.all.update(hash.as_ref());
        self.tags.extend_from_slice(&tag);
        tag
    }

    pub(super) fn lines(&self) -> u64 {
        (self.tags.len() / TAG) as u64
    }

    /// The tags, one after the other.
    pub(super) fn tags(&self) -> &[u8] {
        &self.tags
    }

    /// The tag of the last line.
    pub(super) fn last(&self) -> Option<Tag> {
        self.tags.last_chunk().copied()
    }

    /// The SHA-256 of the hashes of all lines.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut sum = [0; 32];
        sum.copy_from_slice(self.all.clone().finish().as_ref());
        sum
    }
}

/// The tag of one line, without its line break.
pub(super) fn tag_of(line: &[u8]) -> Tag {
    let mut tag = [0; TAG];
    tag.copy_from_slice(&digest(&SHA256, line).as_ref()[..TAG]);
    tag
}

/// The SHA-256 of `bytes`.
pub(super) fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}

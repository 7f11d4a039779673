//! One record of a chain, as one line of JSON whose last member is the signature of all that stands before it.

use super::tally::{TAG, Tag, Tally};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kvd_json::{Limits, Object, Writer};
use kvd_types::Timestamp;
use ring::signature::{ED25519, UnparsedPublicKey};
use std::fmt;

/// What stands between a record and its signature.
const SIGNATURE: &str = ",\"signature\":\"";

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A log begins: a new file, or an old one that no chain has covered so far.
    Open,
    /// More lines of the same log.
    Checkpoint,
    /// The log goes on after an interruption; lines that had no record yet are taken up as they were found.
    Resume,
    /// Nothing follows until the log is opened again.
    End,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Checkpoint => "checkpoint",
            Self::Resume => "resume",
            Self::End => "end",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Open, Self::Checkpoint, Self::Resume, Self::End].into_iter().find(|kind| kind.name() == name)
    }
}

/// The key that checks signatures; its text is base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Reads a key as [`fmt::Display`] prints it.
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// How many records stand before it in the file.
    pub(super) number: u64,
    pub(super) kind: Kind,
    pub(super) time: Timestamp,
    /// The hash of the record before it; zeros where there is none.
    pub(super) previous: [u8; 32],
    /// Whose signature it bears.
    pub(super) key: PublicKey,
    /// Where in the log its section begins, in bytes; the section is what lies between two records of kind `open`.
    pub(super) offset: u64,
    /// Lines of the section so far.
    pub(super) lines: u64,
    /// Where in the log these lines end, in bytes.
    pub(super) bytes: u64,
    /// The SHA-256 of the hashes of the lines since the record before it.
    pub(super) digest: [u8; 32],
    /// The tags of these lines.
    pub(super) tags: Vec<u8>,
    /// The tag of the last line of the section, which a start finds its place by; none while it has no line.
    pub(super) last: Option<Tag>,
}

impl Record {
    /// The record with the lines of `tally` on top of what `self` stands for.
    pub(super) fn next(
        &self,
        kind: Kind,
        time: Timestamp,
        bytes: u64,
        tally: &Tally,
        hash: [u8; 32],
    ) -> Self {
        Self {
            number: self.number + 1,
            kind,
            time,
            previous: hash,
            key: self.key,
            offset: self.offset,
            lines: self.lines + tally.lines(),
            bytes,
            digest: tally.digest(),
            tags: tally.tags().to_vec(),
            last: tally.last().or(self.last),
        }
    }

    /// The record as a line without its line break, signed by `sign`.
    pub(super) fn render(&self, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> String {
        let mut w = Writer::with_capacity(512 + self.tags.len() * 2);
        w.begin_object();
        w.key("record");
        w.int(int(self.number));
        w.key("type");
        w.string(self.kind.name());
        w.key("time");
        w.display(self.time);
        w.key("previous");
        w.string(&hex::encode(self.previous));
        w.key("key");
        w.display(self.key);
        w.key("offset");
        w.int(int(self.offset));
        w.key("lines");
        w.int(int(self.lines));
        w.key("bytes");
        w.int(int(self.bytes));
        w.key("digest");
        w.string(&hex::encode(self.digest));
        w.key("tags");
        w.string(&STANDARD.encode(&self.tags));
        w.key("last");
        w.string_or_null(self.last.map(hex::encode).as_deref());
        w.end_object();
        let mut text = String::from_utf8_lossy(&w.finish().into_bytes()).into_owned();
        text.pop();
        let signature = STANDARD.encode(sign(text.as_bytes()));
        text.push_str(SIGNATURE);
        text.push_str(&signature);
        text.push_str("\"}");
        text
    }

    /// Reads a line that [`Record::render`] wrote; none when it is none, or its signature is not that of its key.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let (signed, signature) = text.rsplit_once(SIGNATURE)?;
        let signature = STANDARD.decode(signature.strip_suffix("\"}")?).ok()?;
        let object = Object::parse(line, &Limits::default()).ok()?;
        let number = |name| object.get(name)?.as_number()?.parse::<u64>().ok();
        let text = |name| object.get(name)?.as_str();
        let hash = |name| <[u8; 32]>::try_from(hex::decode(&*text(name)?).ok()?).ok();
        let record = Self {
            number: number("record")?,
            kind: Kind::parse(&text("type")?)?,
            time: Timestamp::parse(&text("time")?)?,
            previous: hash("previous")?,
            key: PublicKey::parse(&text("key")?)?,
            offset: number("offset")?,
            lines: number("lines")?,
            bytes: number("bytes")?,
            digest: hash("digest")?,
            tags: STANDARD.decode(&*text("tags")?).ok().filter(|tags| tags.len() % TAG == 0)?,
            last: text("last").and_then(|tag| hex::decode(&*tag).ok()?.try_into().ok()),
        };
        let key = UnparsedPublicKey::new(&ED25519, record.key.0);
        key.verify(signed.as_bytes(), &signature).ok().map(|()| record)
    }
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! Reads and writes the small binary records of engines: fixed widths, little end first.

use kvd_storage::ViewError;

/// A record taken apart from its front.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Starts at the front of a record of `what`, which stands in the error when it is too short.
    pub(crate) fn new(record: &'a [u8], what: &'static str) -> Self {
        Self { rest: record, what }
    }

    /// The error of a record that makes no sense.
    pub(crate) fn malformed(&self) -> ViewError {
        ViewError::Malformed { what: self.what }
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8], ViewError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(|| self.malformed())?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ViewError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| self.malformed())?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, ViewError> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, ViewError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ViewError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, ViewError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, ViewError> {
        self.array().map(i64::from_le_bytes)
    }

    /// A text with its length in front.
    pub(crate) fn text(&mut self) -> Result<&'a str, ViewError> {
        let len = usize::try_from(self.u32()?).map_err(|_| self.malformed())?;
        let bytes = self.bytes(len)?;
        std::str::from_utf8(bytes).map_err(|_| self.malformed())
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Makes sure that nothing is left over.
    pub(crate) fn end(self) -> Result<(), ViewError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed()) }
    }
}

/// Appends a text with its length in front; texts longer than 4 GiB cannot come in through any door.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

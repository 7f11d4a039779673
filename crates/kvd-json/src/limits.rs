//! How large and how deep a text may be.

/// Bounds that hold before anything is built from a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deepest nesting of objects and arrays, the outermost one included.
    pub depth: usize,
    /// Most strings, names of members included.
    pub strings: usize,
    /// Most members and array elements together.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, strings: 10_000, nodes: 100_000 }
    }
}

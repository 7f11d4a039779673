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
    /// Most bytes that a reader which builds a tree would need, by Vault's estimate: 16 for each value, and besides
    /// 1 for null and booleans, 8 for a number, 16 and its length for a string, 24 for an array, 72 for an object.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, strings: 10_000, nodes: 100_000, memory: (32 << 20) + (512 << 10) }
    }
}

//! Canonical JSON text: checked, measured and rewritten in one pass, without a tree.

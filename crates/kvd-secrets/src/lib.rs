//! The secrets engines: one folder and one line each.

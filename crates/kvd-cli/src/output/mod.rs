//! What people and scripts see: tables, JSON, YAML and single fields.

pub(crate) mod columns;
mod field;
mod format;
pub(crate) mod heading;
mod json;
pub(crate) mod progress;
mod screen;
mod secret;
pub(crate) mod variables;
pub(crate) mod wrap;
mod yaml;

pub(crate) use field::{print_field, print_secret_field};
pub(crate) use format::Format;
pub(crate) use json::compact as compact_json;
pub use screen::Streams;
pub(crate) use screen::{Input, Screen};
pub(crate) use secret::{print_data, print_list, print_secret, print_warnings};

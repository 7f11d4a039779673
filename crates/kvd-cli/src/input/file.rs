//! Files that arguments point to.

use std::{fs, io, path::Path};

/// Reads a whole file as text.
///
/// # Errors
/// Why it cannot be opened, with its name, or that it is not UTF-8.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| open_error(&path.display().to_string(), &error))?;
    String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8 text", path.display()))
}

/// Why a file could not be opened, in the words of Go: `open x: no such file or directory`.
pub(crate) fn open_error(path: &str, error: &io::Error) -> String {
    let text = error.to_string();
    // Rust adds the number of the error and starts with a capital.
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let lower: String = letters.next().map(|first| first.to_lowercase().collect()).unwrap_or_default();
    format!("open {path}: {lower}{}", letters.as_str())
}

//! Headings between equal signs.

use serde_json::{Map, Value};

/// A title between equal signs, about as wide as `total` bytes; at least two signs on each side.
pub(crate) fn heading(title: &str, total: usize) -> String {
    // Bytes, not letters: the original measures paths and keys that way.
    let signs = match total.saturating_sub(title.len() + 2) {
        0 => 4,
        signs => signs,
    };
    let side = "=".repeat(signs.div_ceil(2));
    format!("{side} {title} {side}")
}

/// The heading above a table of keys and values: as wide as the longest key, the gap and the word "Value".
pub(crate) fn heading_for(title: &str, data: &Map<String, Value>) -> String {
    let longest = data.keys().map(String::len).max().unwrap_or(0);
    heading(title, longest + 4 + 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_the_known_widths() {
        let cases = [
            ("Secret Path", "secret/data/myapp/database", 7),
            ("Secret Path", "secret/data/myapp/certificate", 8),
            ("Secret Path", "secret/data/myapp/api", 4),
            ("Secret Path", "secret/data/myapp/config", 6),
            ("Secret Path", "secret/data/x", 2),
            ("Secret Path", "secret/data/app", 1),
            ("Secret Path", "secret/data/sp ace/é", 4),
            ("Metadata Path", "secret/metadata/myapp/database", 8),
            ("Metadata Path", "secret/metadata/m", 1),
        ];
        for (title, path, signs) in cases {
            let side = "=".repeat(signs);
            assert_eq!(heading(title, path.len()), format!("{side} {title} {side}"), "{path}");
        }
    }

    #[test]
    fn headings_of_tables_follow_the_longest_key() {
        let cases: [(&str, &[&str], usize); 8] = [
            ("Metadata", &["created_time", "custom_metadata", "version"], 7),
            ("Data", &["host", "port", "username", "password"], 6),
            ("Data", &["key"], 3),
            ("Data", &[], 2),
            ("Data", &["längerer-name"], 9),
            ("Metadata", &["delete_version_after"], 10),
            ("Version 1", &["deletion_time"], 6),
            ("Version 10", &["deletion_time"], 5),
        ];
        for (title, keys, signs) in cases {
            let data = keys.iter().map(|&key| (key.to_owned(), Value::Null)).collect();
            let side = "=".repeat(signs);
            assert_eq!(heading_for(title, &data), format!("{side} {title} {side}"), "{title}");
        }
    }
}

//! URLs the way Go's `net/url` and `path` packages build them.
//!
//! Errors and curl commands show the URL, so it has to be the same letters; and a path that a person types must
//! reach the server as that path, whatever is in it.

/// Joins an address, a path below `/v1/` and parameters.
pub(super) fn join(address: &str, path: &str, query: &[(String, String)]) -> String {
    let (origin, prefix) = split_origin(address);
    let mut url = format!("{origin}{}", encode_path(&clean(&format!("{prefix}/v1/{path}"))));
    let mut parameters: Vec<_> = query.iter().collect();
    parameters.sort_by_key(|(name, _)| name);
    for (index, (name, value)) in parameters.into_iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(&encode_query(name));
        url.push('=');
        url.push_str(&encode_query(value));
    }
    url
}

/// Scheme and authority, and the path after them.
pub(super) fn split_origin(address: &str) -> (&str, &str) {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find('/').map_or(address.len(), |at| start + at);
    address.split_at(end)
}

/// The shortest path with the same meaning: no empty elements, `.` or `..`, and no slash at the end.
pub(crate) fn clean(path: &str) -> String {
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." => {
                elements.pop();
            }
            element => elements.push(element),
        }
    }
    format!("/{}", elements.join("/"))
}

fn encode_path(path: &str) -> String {
    encode(path, |byte| b"-_.~$&+,/:;=@".contains(&byte))
}

fn encode_query(text: &str) -> String {
    encode(text, |byte| b"-_.~ ".contains(&byte)).replace(' ', "+")
}

fn encode(text: &str, kept: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_built_as_go_builds_them() {
        let none: &[(&str, &str)] = &[];
        for (address, path, query, expected) in [
            ("http://h:1", "secret/data/a", none, "http://h:1/v1/secret/data/a"),
            ("http://h:1/", "secret", none, "http://h:1/v1/secret"),
            ("https://h/base/", "a//b/../c/", none, "https://h/base/v1/a/c"),
            ("http://h", "sp ace/é%?#", none, "http://h/v1/sp%20ace/%C3%A9%25%3F%23"),
            ("http://h", "a:b@c=d&e+f*", none, "http://h/v1/a:b@c=d&e+f%2A"),
            ("http://h", "../../x", none, "http://h/x"),
            ("http://h", "a", &[("z", "1"), ("b", "x y&ü")], "http://h/v1/a?b=x+y%26%C3%BC&z=1"),
        ] {
            let query: Vec<_> = query.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect();
            assert_eq!(join(address, path, &query), expected);
        }
    }
}

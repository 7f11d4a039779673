//! Paths of calls: what is let through is one path to everybody.

use kvd_types::ApiPath;

/// Decodes the input as what stands behind `/v1/`.
pub(crate) fn run(input: &[u8]) {
    let Ok(raw) = std::str::from_utf8(input) else { return };
    let Ok(path) = ApiPath::decode(raw) else { return };
    let text = path.as_str();
    let body = text.strip_suffix('/').unwrap_or(text);
    for segment in body.split('/') {
        assert!(!matches!(segment, "." | ".."), "{raw:?} leads out of its folder");
        assert!(!segment.is_empty() || text.is_empty(), "{raw:?} has an empty segment");
    }
    assert!(!text.chars().any(char::is_control), "{raw:?} has control characters");
    // Checked again it is the same, and so it is when all of it is escaped: decoding happens exactly once.
    assert_eq!(ApiPath::checked(text.to_owned()).as_ref(), Ok(&path), "{raw:?}");
    let escaped: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert_eq!(ApiPath::decode(&escaped).as_ref(), Ok(&path), "{raw:?}");
    let folder = path.clone().into_folder();
    assert!(folder.is_folder() && folder == folder.clone().into_folder(), "{raw:?}");
    assert_eq!(folder.as_str().trim_end_matches('/'), body, "{raw:?}");
}

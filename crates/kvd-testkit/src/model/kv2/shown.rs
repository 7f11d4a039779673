//! What clients are shown of the model, as canonical text.

use super::{Data, Secret};
use kvd_types::GoDuration;

/// The data of a version.
pub(super) fn data(data: &Data) -> String {
    let members: Vec<String> = data.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// A list of names.
pub(super) fn keys(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("{{\"keys\":[{}]}}", quoted.join(","))
}

/// The names of a version's data, without the values.
pub(super) fn subkeys(data: &Data) -> String {
    let members: Vec<String> = data.keys().map(|name| format!("\"{name}\":null")).collect();
    format!("\"subkeys\":{{{}}}", members.join(","))
}

/// The metadata of a secret, but for who did what.
pub(super) fn metadata(secret: &Secret) -> String {
    let custom: Vec<String> = secret.custom.iter().map(|(k, v)| format!("\"{k}\":\"{v}\"")).collect();
    let custom = if custom.is_empty() { "null".to_owned() } else { format!("{{{}}}", custom.join(",")) };
    format!(
        "{{\"cas_required\":{},\"created_time\":\"{}\",\"current_metadata_version\":{},\"current_version\":{},\
         \"custom_metadata\":{custom},\"delete_version_after\":\"{}\",\"max_versions\":{},\
         \"metadata_cas_required\":false,\"oldest_version\":{},\"updated_time\":\"{}\",\"versions\":{{{}}}}}",
        secret.cas_required,
        secret.created,
        secret.metadata_version,
        secret.current,
        GoDuration(secret.delete_version_after * 1_000_000_000),
        secret.max_versions,
        secret.oldest,
        secret.updated,
        versions(secret)
    )
}

/// Sorted by the texts of their numbers, as the names of any object are.
fn versions(secret: &Secret) -> String {
    let mut shown: Vec<(String, String)> = secret
        .versions
        .iter()
        .map(|(number, v)| {
            let deletion = v.deletion.map_or_else(String::new, |t| t.to_string());
            let text = format!(
                "\"{number}\":{{\"created_time\":\"{}\",\"deletion_time\":\"{deletion}\",\"destroyed\":{}}}",
                v.created,
                v.data.is_none()
            );
            (number.to_string(), text)
        })
        .collect();
    shown.sort();
    shown.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}

/// The text without the members that say who did something, which the model does not know.
pub(super) fn without_authors(text: &str) -> String {
    let mut out = text.to_owned();
    for name in ["\"created_by\":", "\"deleted_by\":", "\"last_updated_by\":"] {
        while let Some(start) = out.find(name) {
            let value = start + name.len();
            let rest = out.get(value..).unwrap_or_default();
            let length = if rest.starts_with('{') {
                rest.find('}').map_or(rest.len(), |end| end + 1)
            } else {
                "null".len()
            };
            // The comma behind it goes too: these members never stand last.
            out.replace_range(start..=value + length, "");
        }
    }
    out
}

//! The body of a call that makes a token.

use super::lifetime::Wish;
use kvd_backend::{Input, field_error};
use kvd_json::Kind;
use kvd_types::{Fault, TokenKind};
use std::{collections::BTreeMap, time::Duration};

/// What a body asks for, read and checked.
pub(super) struct Asked {
    pub(super) id: Option<String>,
    pub(super) policies: Option<Vec<String>>,
    pub(super) meta: Option<BTreeMap<String, String>>,
    pub(super) no_parent: bool,
    pub(super) no_default_policy: bool,
    pub(super) renewable: bool,
    pub(super) display_name: String,
    pub(super) num_uses: u64,
    pub(super) wish: Wish,
    pub(super) entity_alias: Option<String>,
    /// None where the caller leaves it open.
    pub(super) kind: Option<TokenKind>,
}

impl Asked {
    /// # Errors
    /// When a member is of the wrong type, or a time or number is negative.
    pub(super) fn read(input: Input<'_>) -> Result<Self, Fault> {
        let positive = |name: &str, text: &'static str| -> Result<Duration, Fault> {
            match input.signed_duration(name)? {
                Some(n) if n < 0 => Err(Fault::invalid(text)),
                Some(n) => Ok(Duration::from_secs(u64::try_from(n / 1_000_000_000).unwrap_or_default())),
                None => Ok(Duration::ZERO),
            }
        };
        let mut ttl = positive("ttl", "ttl must be positive")?;
        if ttl.is_zero() {
            ttl = positive("lease", "lease must be positive")?;
        }
        let num_uses = input.int("num_uses")?.unwrap_or(0);
        Ok(Self {
            id: input.string("id")?.map(|s| s.into_owned()).filter(|s| !s.is_empty()),
            policies: names(input, "policies")?,
            meta: metadata(input)?,
            no_parent: input.bool("no_parent")?.unwrap_or(false),
            no_default_policy: input.bool("no_default_policy")?.unwrap_or(false),
            // A null is the zero of its type, as for every client of Vault.
            renewable: input.bool("renewable")?.unwrap_or(!input.has("renewable")),
            display_name: input.string("display_name")?.unwrap_or_default().into_owned(),
            num_uses: u64::try_from(num_uses)
                .map_err(|_| Fault::invalid("number of uses cannot be negative"))?,
            wish: Wish {
                ttl,
                period: positive("period", "period must be positive")?,
                explicit_max: positive("explicit_max_ttl", "explicit_max_ttl must be positive")?,
            },
            entity_alias: input.string("entity_alias")?.map(|a| a.into_owned()).filter(|a| !a.is_empty()),
            kind: match input.string("type")?.as_deref() {
                None | Some("") => None,
                Some("service") => Some(TokenKind::Service),
                Some("batch") => Some(TokenKind::Batch),
                Some(_) => return Err(Fault::invalid("invalid 'token_type' value")),
            },
        })
    }
}

/// A list of names. One text is one name, commas and all. Nothing is asked for by an empty text or list; a list of
/// empty names asks for none of the parent's.
fn names(input: Input<'_>, field: &str) -> Result<Option<Vec<String>>, Fault> {
    let names = match input.raw(field).and_then(|value| value.as_str()) {
        Some(name) if name.is_empty() => None,
        Some(name) => Some(vec![name.into_owned()]),
        None => input.list(field)?,
    };
    Ok(names.filter(|names| !names.is_empty()))
}

/// A map of texts, one text of pairs `key=value` with commas between them, or a list of such pairs.
fn metadata(input: Input<'_>) -> Result<Option<BTreeMap<String, String>>, Fault> {
    const FIELD: &str = "meta";
    let pairs = match input.raw(FIELD) {
        Some(value) if value.kind() == Kind::Object => return input.map(FIELD),
        Some(value) => match value.as_str() {
            Some(text) => text.split(',').map(str::to_owned).collect(),
            None => input.list(FIELD)?.unwrap_or_default(),
        },
        None => return Ok(None),
    };
    let pair = |pair: &String| {
        let (key, value) = pair.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    };
    let map: Option<BTreeMap<_, _>> = pairs.iter().map(pair).collect();
    map.map(|map| Some(map).filter(|map| !map.is_empty())).ok_or_else(|| field_error(FIELD))
}

//! `sys/config/ui/headers`: headers for the pages of a user interface.

use super::routes::{field, route};
use crate::house::House;
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_json::Writer;
use kvd_types::{Body, Fault, Operation, Reply};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names as HTTP writes them by custom, and their values.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct UiHeaders(BTreeMap<String, Vec<String>>);

const HEADER: &[Field] = &[
    field("multivalue", FieldKind::Bool, "Whether to show all values instead of the first one."),
    field("values", FieldKind::List, "The values."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "config/ui/headers",
        Access::Token,
        &[(Operation::List, |h, r| Box::pin(list(h, r)))],
        &[],
        "The headers of the user interface.",
    ),
    route(
        "config/ui/headers/{header}",
        Access::Sudo,
        &[
            (Operation::Read, |h, r| Box::pin(read(h, r))),
            (Operation::Write, |h, r| Box::pin(write(h, r))),
            (Operation::Delete, |h, r| Box::pin(delete(h, r))),
        ],
        HEADER,
        "One header of the user interface.",
    ),
]);

async fn list(house: &House, _: Request<'_>) -> Result<Reply, Fault> {
    let headers = house.unsealed.ui_headers.get();
    Reply::listing(headers.0.keys())
}

async fn read(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let headers = house.unsealed.ui_headers.get();
    let values = headers.0.get(&canonical(request.params.get("header"))).ok_or_else(Fault::absent)?;
    let all = Input::new(request.data()).bool("multivalue")?.unwrap_or(false);
    Ok(Reply::object(|w| {
        if all {
            w.key("values");
            w.strings(values);
        } else {
            w.key("value");
            w.string(values.first().map_or("", String::as_str));
        }
    }))
}

async fn write(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = canonical(request.params.get("header"));
    let values = Input::new(request.data()).list("values")?.unwrap_or_default();
    if values.is_empty() {
        return Err(Fault::invalid("header and values must be specified"));
    }
    if name.starts_with("X-Vault-") {
        return Err(Fault::invalid("X-Vault headers cannot be set"));
    }
    let edit = |old: &UiHeaders| {
        let mut headers = old.clone();
        headers.0.insert(name, values);
        Ok(headers)
    };
    house.unsealed.ui_headers.edit(edit).await?;
    // An envelope with nothing in it, which is not the same as no answer.
    let mut nothing = Writer::new();
    nothing.null();
    Ok(Reply { body: Body::Data(nothing.finish()), ..Reply::default() })
}

async fn delete(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let name = canonical(request.params.get("header"));
    let edit = |old: &UiHeaders| {
        let mut headers = old.clone();
        headers.0.remove(&name);
        Ok(headers)
    };
    house.unsealed.ui_headers.edit(edit).await?;
    Ok(Reply::empty())
}

/// A header's name with a capital letter at the beginning of each word.
fn canonical(name: &str) -> String {
    let word = |word: &str| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_ascii_uppercase() + &rest.to_ascii_lowercase(),
        None => word.to_owned(),
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_http_writes_them() {
        for (name, want) in
            [("x-mine", "X-Mine"), ("ETAG", "Etag"), ("a--b", "A--B"), ("", ""), ("é-x", "é-X")]
        {
            assert_eq!(canonical(name), want);
        }
    }
}

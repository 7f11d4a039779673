//! `identity/entity/merge`: several entities become one, with all their aliases, groups and tokens.

use super::{
    generations::Touched,
    record::Entity,
    records::{self, MERGED, Relation, slot},
};
use crate::{fault::TxFault, house::House};
use kvd_backend::{Access, Field, FieldKind, Input, Request, Route, RouteTable};
use kvd_storage::ViewTx;
use kvd_types::{Fault, Operation::Write, Reply};

/// The endpoint.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[Route::named(
    "entity/merge",
    Access::Token,
    &[(Write, |h, r| Box::pin(merge(h, r)))],
    &[
        Field::new(
            "conflicting_alias_ids_to_keep",
            FieldKind::List,
            "Which alias to keep where two entities have one of the same mount.",
        ),
        Field::new("force", FieldKind::Bool, "Taken for the sake of old clients; there is nothing to force."),
        Field::new("from_entity_ids", FieldKind::List, "The ids of the entities that go."),
        Field::new("to_entity_id", FieldKind::String, "The id of the entity that stays."),
    ],
    "Makes several entities one.",
)]);

async fn merge(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let to = input.string("to_entity_id")?.unwrap_or_default().into_owned();
    if to.is_empty() {
        return Err(Fault::invalid("missing entity id to merge to"));
    }
    let mut from = input.list("from_entity_ids")?.unwrap_or_default();
    if from.is_empty() {
        return Err(Fault::invalid("missing entity ids to merge from"));
    }
    let keep = input.list("conflicting_alias_ids_to_keep")?.unwrap_or_default();
    if from.len() > 1 && keep.len() > 1 {
        return Err(Fault::invalid(
            "aliases conflicts cannot be resolved with multiple from entity ids - merge one entity at a time",
        ));
    }
    from.sort();
    from.dedup();
    let now = request.now;
    house
        .unsealed
        .identity
        .change(move |tx| {
            let old = records::entity(tx, &to)?
                .ok_or_else(|| Fault::invalid("entity id to merge to is invalid"))?;
            let mut merged = old.clone();
            for id in &from {
                take_in(tx, &mut merged, id, &keep)?;
            }
            merged.updated_nanos = now.nanos();
            records::save_entity(tx, Some(&old), &merged)?;
            Ok((Touched::All, ()))
        })
        .await?;
    Ok(Reply::empty())
}

/// Takes one entity into another. Its policies and metadata go: what the other may do is for the other to say.
fn take_in(tx: &mut dyn ViewTx, into: &mut Entity, id: &str, keep: &[String]) -> Result<(), TxFault> {
    if id == into.id {
        return Err(Fault::invalid("to_entity_id should not be present in from_entity_ids").into());
    }
    let from =
        records::entity(tx, id)?.ok_or_else(|| Fault::invalid("entity id to merge from is invalid"))?;
    let groups = records::names(tx, &Relation::Member.above(id))?;
    records::remove_entity(tx, &from)?;
    for group in groups {
        Relation::Member.join(tx, &into.id, &group)?;
    }
    for mut alias in from.aliases {
        if let Some(mine) = into.alias_on(&alias.mount) {
            // At most one of each mount stays (V-018); which one is not guessed.
            match (keep.contains(&mine.id), keep.contains(&alias.id)) {
                (true, false) => continue,
                (false, true) => into.aliases.retain(|other| other.mount != alias.mount),
                (true, true) | (false, false) => return Err(clash(&into.id, &mine.id, id, &alias.id).into()),
            }
        }
        alias.merged_from.push(id.to_owned());
        into.aliases.push(alias);
    }
    for merged in from.merged_ids.iter().chain([&from.id]) {
        tx.put(slot(MERGED, merged), into.id.as_bytes())?;
        into.merged_ids.push(merged.clone());
    }
    Ok(())
}

fn clash(to: &str, to_alias: &str, from: &str, from_alias: &str) -> Fault {
    Fault::invalid(format!(
        "toEntity and at least one fromEntity have aliases with the same mount accessor, repeat the merge request specifying exactly one fromEntity and the alias to keep: toEntity ID: {to}, fromEntity ID: {from}, conflicting toEntity alias ID: {to_alias}, conflicting fromEntity alias ID: {from_alias}"
    ))
}

//! Many calls in one message.

use super::{Asked, asked, told};
use crate::{
    convert::{header, read, write},
    exchange::Answer,
};
use kvd_json::{Limits, ObjectRef, Value};
use kvd_proto::v1::{
    BatchGetRequest, BatchGetResponse, BatchGetResult, Refusal, SecretVersion, TransactRequest,
    TransactResponse, TransactResult, TransactStep, batch_get_result::Outcome, transact_step::Change,
};
use kvd_types::{Fault, FaultKind, Operation};

pub(super) fn batch_get(m: &BatchGetRequest) -> Result<Asked, Fault> {
    let reads = m.reads.iter().map(asked::get).collect::<Result<Vec<_>, _>>()?;
    let data = write::object(|w| {
        w.key("reads");
        w.begin_array();
        for read in &reads {
            w.begin_object();
            w.key("parameters");
            w.raw(read.data.value());
            write::text(w, "path", &read.path);
            w.end_object();
        }
        w.end_array();
    });
    Ok(Asked::new(Operation::Write, "sys/kv/batch-get".to_owned(), data))
}

pub(super) fn transact(m: &TransactRequest, limits: &Limits) -> Result<Asked, Fault> {
    let steps = m.steps.iter().map(|m| step(m, limits)).collect::<Result<Vec<_>, _>>()?;
    let data = write::object(|w| {
        w.key("steps");
        w.begin_array();
        for (operation, step) in &steps {
            w.begin_object();
            w.key("data");
            w.raw(step.data.value());
            write::text(w, "operation", operation);
            write::text(w, "path", &step.path);
            w.end_object();
        }
        w.end_array();
    });
    Ok(Asked::new(Operation::Write, "sys/kv/transaction".to_owned(), data))
}

/// The name of what a step does, and the call that it would be alone.
fn step(m: &TransactStep, limits: &Limits) -> Result<(&'static str, Asked), Fault> {
    let asked = match m.change.as_ref().ok_or_else(|| Fault::invalid("a step changes nothing"))? {
        Change::Put(m) => asked::put(m, limits)?,
        Change::Patch(m) => asked::patch(m, limits)?,
        Change::Delete(m) => asked::delete(m)?,
        Change::Undelete(m) => asked::undelete(m)?,
        Change::Destroy(m) => asked::destroy(m)?,
        Change::PutMetadata(m) => asked::put_metadata(m)?,
        Change::DeleteMetadata(m) => asked::delete_metadata(m)?,
    };
    let name = match asked.operation {
        Operation::Write => "write",
        Operation::Patch => "patch",
        Operation::Delete => "delete",
        Operation::Read | Operation::List | Operation::Scan | Operation::Header | Operation::Help => {
            return Err(Fault::invalid("a step changes nothing"));
        }
    };
    Ok((name, asked))
}

pub(super) fn read(answer: &Answer) -> BatchGetResponse {
    let results = each(answer, |result| {
        let found = result.get("data").and_then(Value::as_object);
        let outcome = match found {
            Some(found) => {
                let (data, metadata) = told::version(found);
                Outcome::Version(SecretVersion { data, metadata })
            }
            None => Outcome::Refusal(refusal(result)),
        };
        BatchGetResult { outcome: Some(outcome) }
    });
    BatchGetResponse { header: header::of(answer), results }
}

pub(super) fn changed(answer: &Answer) -> TransactResponse {
    let results = each(answer, |result| {
        let made = result.get("data").and_then(Value::as_object);
        TransactResult { metadata: made.map(told::version_metadata) }
    });
    TransactResponse { header: header::of(answer), results }
}

fn each<T>(answer: &Answer, tell: impl Fn(ObjectRef<'_>) -> T) -> Vec<T> {
    let results = read::object(answer).and_then(|object| object.get("results")?.as_array());
    results.into_iter().flatten().filter_map(Value::as_object).map(tell).collect()
}

/// The code of a status comes from the table of faults, as it does for a call of its own.
fn refusal(result: ObjectRef<'_>) -> Refusal {
    let members = read::Members::of(result);
    let status: u16 = members.number("status");
    let kind =
        FaultKind::ALL.into_iter().find(|kind| kind.codes().http == status).unwrap_or(FaultKind::Internal);
    let texts: Vec<_> = members.texts("errors").iter().map(|text| text.trim_end().to_owned()).collect();
    Refusal { code: kind.codes().grpc.into(), message: texts.join("\n") }
}

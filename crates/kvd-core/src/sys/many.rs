//! `sys/kv/batch-get` and `sys/kv/transaction`: many calls in one.
//!
//! Each of them is judged by the policies on its own path, recorded by itself, and counts as a use of the token, as if
//! it had come alone. So the endpoints themselves are open to whoever shows a good token.

use super::routes::{field, route};
use crate::{
    house::House,
    joint::{Joint, Seat},
    pipeline,
};
use futures_util::future::{join, join_all};
use kvd_backend::{Access, FieldKind, Request, RouteTable};
use kvd_json::{Limits, Object, Value, Writer};
use kvd_storage::ViewError;
use kvd_types::{ApiPath, Body, Call, Fault, NoHeaders, Operation, Reply, RequestId, Status};
use std::sync::Arc;

/// The most secrets that one call reads.
const MOST_READS: usize = 1_000;
/// The most changes that take effect together.
const MOST_STEPS: usize = 100;

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "kv/batch-get",
        Access::Open,
        &[(Operation::Write, |h, r| Box::pin(batch_get(h, r)))],
        &[field("reads", FieldKind::List, "Paths, or objects of a `path` and its `parameters`.")],
        "Reads many secrets at once, with a result for each.",
    ),
    route(
        "kv/transaction",
        Access::Open,
        &[(Operation::Write, |h, r| Box::pin(transaction(h, r)))],
        &[field("steps", FieldKind::List, "Objects of an `operation`, a `path` and its `data`.")],
        "Changes several secrets, all of them or none.",
    ),
]);

/// One call of many.
struct Part {
    operation: Operation,
    path: ApiPath,
    data: Object,
}

async fn batch_get(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    known(house, request).await?;
    let reads = listed(request, "reads", MOST_READS)?;
    let parts = reads.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let calls = parts.iter().map(|part| part.call(request)).collect::<Result<Vec<_>, _>>()?;
    let outcomes =
        join_all(calls.into_iter().map(|call| pipeline::serve(Arc::clone(&house.vault), call))).await;
    Ok(results(&parts, &outcomes))
}

async fn transaction(house: &House, request: Request<'_>) -> Result<Reply, Fault> {
    known(house, request).await?;
    let steps = listed(request, "steps", MOST_STEPS)?;
    let parts = steps.into_iter().map(step).collect::<Result<Vec<_>, _>>()?;
    let calls = parts.iter().map(|part| part.call(request)).collect::<Result<Vec<_>, _>>()?;
    let (joint, seats) = Joint::of(parts.len());
    let steps = calls.into_iter().zip(seats).map(|(call, seat)| take_part(house, call, seat));
    let ((), outcomes) = join(joint.settle(&house.unsealed.barrier), join_all(steps)).await;
    match first_fault(outcomes) {
        Ok(outcomes) => Ok(results(&parts, &outcomes)),
        Err((number, fault)) => Err(of_step(number, fault)),
    }
}

/// Takes one step through the request path; a step that hands over no change ends the transaction.
async fn take_part(house: &House, call: Call, seat: Arc<Seat>) -> Result<Reply, Fault> {
    let outcome = pipeline::serve_joint(&house.vault, call, Arc::clone(&seat)).await;
    let idle = seat.is_free();
    seat.leave();
    match outcome {
        Ok(_) if idle => Err(Fault::invalid("this changes nothing that a transaction could hold")),
        outcome => outcome,
    }
}

/// All answers, or the first refusal that is a cause and not a consequence of another one, with its number.
fn first_fault(outcomes: Vec<Result<Reply, Fault>>) -> Result<Vec<Result<Reply, Fault>>, (usize, Fault)> {
    let cause =
        outcomes.iter().position(|outcome| outcome.as_ref().is_err_and(|fault| !is_consequence(fault)));
    let Some(number) = cause.or_else(|| outcomes.iter().position(Result::is_err)) else {
        return Ok(outcomes);
    };
    match outcomes.into_iter().nth(number) {
        Some(Err(fault)) => Err((number, fault)),
        Some(Ok(_)) | None => Err((number, ViewError::Abandoned.into())),
    }
}

/// Whether a step failed only because another one did.
fn is_consequence(fault: &Fault) -> bool {
    let source = fault.source.as_ref().and_then(|source| source.downcast_ref());
    matches!(source, Some(ViewError::Abandoned))
}

/// The refusal of a step, as that of the whole.
fn of_step(number: usize, mut fault: Fault) -> Fault {
    let text = fault.public.first().map_or("not found", |text| text.trim_end());
    let text = text.strip_prefix("1 error occurred:\n\t* ").unwrap_or(text);
    fault.public = vec![format!("step {}: {text}", number + 1).into()];
    fault
}

/// Whoever shows no good token learns nothing, and causes no work.
async fn known(house: &House, request: Request<'_>) -> Result<(), Fault> {
    house.caller(request).await?.map(|_| ()).ok_or_else(Fault::permission_denied)
}

fn listed<'a>(request: Request<'a>, name: &str, most: usize) -> Result<Vec<Value<'a>>, Fault> {
    let list = request.data().get(name).and_then(Value::as_array);
    let list: Vec<_> = list.ok_or_else(|| Fault::invalid(format!("{name} must be a list")))?.collect();
    match list.len() {
        0 => Err(Fault::invalid(format!("{name} is empty"))),
        length if length > most => Err(Fault::invalid(format!("{name} has more than {most} elements"))),
        _ => Ok(list),
    }
}

/// A read: a path, or an object with a path and what would stand in the query.
fn read(given: Value<'_>) -> Result<Part, Fault> {
    if let Some(path) = given.as_str() {
        return Part::new(Operation::Read, path.into_owned(), Object::empty());
    }
    let (path, parameters) = path_and(given, "parameters")?;
    Part::new(Operation::Read, path, parameters)
}

/// A change: what is to be done, where, and with which body.
fn step(given: Value<'_>) -> Result<Part, Fault> {
    let operation = match given.as_object().and_then(|object| object.get("operation")?.as_str()).as_deref() {
        Some("write") => Operation::Write,
        Some("patch") => Operation::Patch,
        Some("delete") => Operation::Delete,
        Some(_) | None => return Err(Fault::invalid("the operation of a step is write, patch or delete")),
    };
    let (path, data) = path_and(given, "data")?;
    Part::new(operation, path, data)
}

fn path_and(given: Value<'_>, name: &str) -> Result<(String, Object), Fault> {
    let object =
        given.as_object().ok_or_else(|| Fault::invalid("an element is neither a path nor an object"))?;
    let path = object.get("path").and_then(Value::as_str);
    let path = path.ok_or_else(|| Fault::invalid("an element has no path"))?.into_owned();
    let data = object.get(name).filter(|data| !data.is_null());
    let data = data.map(|data| Object::parse(data.text().as_bytes(), &Limits::default())).transpose();
    Ok((path, data.map_err(|_| Fault::invalid(format!("{name} is not an object")))?.unwrap_or_default()))
}

impl Part {
    fn new(operation: Operation, path: String, data: Object) -> Result<Self, Fault> {
        Ok(Self { operation, path: ApiPath::checked(path)?, data })
    }

    /// The call of its own that it is, in the name and from the address of the whole.
    fn call(&self, request: Request<'_>) -> Result<Call, Fault> {
        let whole = request.call;
        Ok(Call {
            id: RequestId::draw(&**request.entropy).map_err(Fault::internal)?,
            operation: self.operation,
            namespace: whole.namespace,
            path: self.path.clone(),
            data: self.data.clone(),
            auth: whole.auth.clone(),
            wrap_ttl: None,
            peer: whole.peer.clone(),
            opened: whole.opened,
            headers: Box::new(NoHeaders),
        })
    }
}

/// `{"results": […]}`, one for each part, in their order.
fn results(parts: &[Part], outcomes: &[Result<Reply, Fault>]) -> Reply {
    Reply::object(|w| {
        w.key("results");
        w.begin_array();
        for (part, outcome) in parts.iter().zip(outcomes) {
            w.begin_object();
            match outcome {
                Ok(reply) => write_reply(w, part, reply),
                Err(fault) => write_fault(w, part, fault),
            }
            w.end_object();
        }
        w.end_array();
    })
}

fn write_reply(w: &mut Writer, part: &Part, reply: &Reply) {
    w.key("data");
    match &reply.body {
        Body::Data(text) | Body::Doubled(text) | Body::Bare(text) => w.raw(text.value()),
        Body::Empty | Body::Document { .. } => w.null(),
    }
    w.key("path");
    w.string(part.path.as_str());
    w.key("status");
    w.int(match reply.status {
        Status::Absent => 404,
        Status::Accepted => 202,
        Status::Custom(status) => status.into(),
        Status::Done if matches!(reply.body, Body::Empty) => 204,
        Status::Done => 200,
    });
    if !reply.warnings.is_empty() {
        w.key("warnings");
        w.strings(&reply.warnings);
    }
}

fn write_fault(w: &mut Writer, part: &Part, fault: &Fault) {
    w.key("errors");
    w.strings(&fault.public);
    w.key("path");
    w.string(part.path.as_str());
    w.key("status");
    w.int(fault.kind.codes().http.into());
}

//! What a caller is told: an answer or a refusal, reduced to its status and its text.

use kvd_types::{Body, Fault, Reply, Status};

/// Status and text of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The HTTP status.
    pub status: u16,
    /// The object `data`, or the texts of a refusal.
    pub text: String,
}

impl Told {
    /// What the caller is told of this outcome.
    pub fn of(outcome: &Result<Reply, Fault>) -> Self {
        match outcome {
            Err(fault) => Self { status: fault.kind.codes().http, text: fault.public.join("|") },
            Ok(reply) => Self { status: status(reply), text: text(&reply.body).to_owned() },
        }
    }
}

fn status(reply: &Reply) -> u16 {
    let is_empty = matches!(reply.body, Body::Empty) && reply.warnings.is_empty();
    match reply.status {
        Status::Done if is_empty => 204,
        Status::Done => 200,
        Status::Accepted => 202,
        Status::Absent => 404,
        Status::Custom(status) => status,
    }
}

fn text(body: &Body) -> &str {
    match body {
        Body::Data(text) | Body::Doubled(text) | Body::Bare(text) => text.as_str(),
        Body::Empty | Body::Document { .. } => "",
    }
}

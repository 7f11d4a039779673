//! The header that stands in every answer.

use super::time;
use crate::exchange::Answer;
use kvd_proto::v1::{ResponseHeader, WrapInfo};

/// The header of an answer.
pub(crate) fn of(answer: &Answer) -> Option<ResponseHeader> {
    let wrap_info = answer.reply.wrap.as_deref().map(|wrap| WrapInfo {
        token: wrap.token.expose().clone(),
        accessor: wrap.accessor.clone(),
        ttl: Some(time::duration(wrap.ttl)),
        creation_time: Some(time::timestamp(wrap.created)),
        creation_path: wrap.creation_path.clone(),
        wrapped_accessor: wrap.wrapped_accessor.clone().unwrap_or_default(),
    });
    Some(ResponseHeader {
        request_id: answer.id.to_string(),
        warnings: answer.reply.warnings.iter().map(|warning| warning.clone().into_owned()).collect(),
        wrap_info,
    })
}

//! A refusal on the wire: the code of its kind, and what the caller may read.

use crate::exchange::carry;
use kvd_types::Fault;
use tonic::{Code, Status, metadata::MetadataValue};

/// The status of a refusal; the log learns what the caller must not.
pub(crate) fn status(fault: Fault) -> Status {
    kvd_edge::log_refusal(&fault);
    let texts: Vec<&str> = fault.public.iter().map(|text| text.trim_end()).collect();
    let mut status = Status::new(Code::from_i32(fault.kind.codes().grpc.into()), texts.join("\n"));
    carry(&fault.headers, status.metadata_mut());
    if let Some(seconds) = fault.retry_after_seconds {
        status.metadata_mut().insert("retry-after", MetadataValue::from(seconds));
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_types::FaultKind;

    #[test]
    fn every_kind_of_fault_is_a_code_that_grpc_knows() {
        for kind in FaultKind::ALL {
            let status = status(Fault::new(kind, "text"));
            assert_eq!(i32::from(kind.codes().grpc), status.code() as i32, "{kind:?}");
            assert!(!matches!(status.code(), Code::Ok | Code::Unknown), "{kind:?}");
            assert_eq!(status.message(), "text");
        }
    }

    #[test]
    fn what_only_the_log_may_know_is_not_sent() {
        let status = status(Fault::internal("the disk is gone"));
        assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
    }

    #[test]
    fn when_to_try_again_and_other_headers_are_metadata() {
        let fault = Fault {
            retry_after_seconds: Some(7),
            headers: vec![("x-ratelimit-limit", "5".to_owned()), ("no header", "x".to_owned())],
            ..Fault::new(FaultKind::RateLimited, "slow down")
        };
        let status = status(fault);
        assert_eq!(status.metadata().get("retry-after").unwrap(), "7");
        assert_eq!(status.metadata().get("x-ratelimit-limit").unwrap(), "5");
        assert_eq!(status.metadata().len(), 2);
    }
}

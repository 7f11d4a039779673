//! Requests whose frame is in doubt: refused, since a proxy in front may have read them in another way.

use http::{
    HeaderMap, Method, Version,
    header::{HOST, TRANSFER_ENCODING},
    request::Parts,
};
use kvd_types::{Fault, FaultKind};

/// Checks what hyper lets through: a missing or doubled `Host`, transfer codings that nobody undoes, `CONNECT`.
///
/// `Content-Length` beside `Transfer-Encoding` never gets here: hyper takes the length out, reads the chunks, and
/// closes the connection after the answer, which leaves nothing to smuggle.
///
/// # Errors
/// When the request is to be refused.
pub(crate) fn check(parts: &Parts) -> Result<(), Fault> {
    if parts.method == Method::CONNECT {
        return Err(Fault { kind: FaultKind::UnsupportedOperation, ..Fault::absent() });
    }
    if parts.version <= Version::HTTP_11 {
        let mut hosts = parts.headers.get_all(HOST).iter();
        match (hosts.next(), hosts.next()) {
            (None, _) if parts.version == Version::HTTP_11 => {
                return Err(Fault::invalid("missing required Host header"));
            }
            (_, Some(_)) => return Err(Fault::invalid("too many Host headers")),
            (_, None) => {}
        }
    }
    check_transfer_encoding(&parts.headers)
}

fn check_transfer_encoding(headers: &HeaderMap) -> Result<(), Fault> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(one), None) if one.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        (Some(_), _) => Err(Fault::new(FaultKind::NotImplemented, "unsupported transfer encoding")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn check_parts(version: Version, headers: &[(&str, &str)], want: Option<u16>) {
        let mut request = Request::builder().version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let got = check(&parts).err().map(|fault| fault.kind.codes().http);
        assert_eq!(got, want, "{version:?} {headers:?}");
    }

    #[test]
    fn row_5_4_host_is_needed_once() {
        check_parts(Version::HTTP_11, &[("host", "x")], None);
        check_parts(Version::HTTP_11, &[], Some(400));
        check_parts(Version::HTTP_11, &[("host", "x"), ("host", "y")], Some(400));
        check_parts(Version::HTTP_10, &[], None);
        check_parts(Version::HTTP_10, &[("host", "x"), ("host", "x")], Some(400));
        check_parts(Version::HTTP_2, &[], None);
    }

    #[test]
    fn row_5_4_transfer_codings_but_chunked_are_not_implemented() {
        let host = ("host", "x");
        check_parts(Version::HTTP_11, &[host, ("transfer-encoding", "chunked")], None);
        check_parts(Version::HTTP_11, &[host, ("transfer-encoding", "Chunked")], None);
        check_parts(Version::HTTP_11, &[host, ("transfer-encoding", "gzip, chunked")], Some(501));
        check_parts(
            Version::HTTP_11,
            &[host, ("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")],
            Some(501),
        );
    }
}

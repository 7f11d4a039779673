//! Cross-origin calls: which pages of other origins a browser may let talk to the server.

use crate::respond::{body::ResponseBody, headers::set};
use arc_swap::ArcSwap;
use http::{
    HeaderMap, HeaderValue, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};
use kvd_types::{Fault, FaultKind};
use std::sync::Arc;

const METHODS: [&str; 8] = ["DELETE", "GET", "OPTIONS", "POST", "PUT", "LIST", "SCAN", "PATCH"];
const METHOD_LIST: HeaderValue = HeaderValue::from_static("DELETE,GET,OPTIONS,POST,PUT,LIST,SCAN,PATCH");
/// Seconds for which a browser may remember what it was allowed.
const MAX_AGE: HeaderValue = HeaderValue::from_static("300");

/// A policy that can be changed while requests run; the default is off.
pub type SharedCorsPolicy = Arc<ArcSwap<CorsPolicy>>;

/// What `sys/config/cors` says.
#[derive(Clone, Debug, Default)]
pub struct CorsPolicy {
    /// Off: origins are not looked at, and browsers keep other pages out by themselves.
    pub enabled: bool,
    /// Pages from where may call.
    pub allowed_origins: AllowedOrigins,
    /// Headers that such a page may send, the standard ones included.
    pub allowed_headers: Vec<String>,
    /// Whether the browser may add cookies and client certificates; never granted to any origin at large.
    pub allow_credentials: bool,
}

/// Whose pages may call.
#[derive(Clone, Debug)]
pub enum AllowedOrigins {
    /// Everybody's (`*`).
    Any,
    /// Those of exactly these origins (scheme, host, port).
    Listed(Vec<String>),
}

impl Default for AllowedOrigins {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

/// What the policy says about one request.
pub(crate) enum Verdict {
    /// It does not come from another origin, or the policy is off.
    Unasked,
    /// It may go on; its answer says so.
    Granted(Grant),
    /// It was only a question; this is the answer.
    Answered(Response<ResponseBody>),
}

/// The headers that tell a browser to hand the answer to the page.
pub(crate) struct Grant {
    origin: HeaderValue,
    credentials: bool,
}

impl Grant {
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, self.origin);
        set(headers, VARY, HeaderValue::from_static("Origin"));
        if self.credentials {
            set(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

/// Holds a request against the policy.
///
/// # Errors
/// When its origin is not allowed.
pub(crate) fn check(policy: &CorsPolicy, method: &Method, headers: &HeaderMap) -> Result<Verdict, Fault> {
    let Some(origin) = headers.get(ORIGIN).filter(|o| policy.enabled && !o.is_empty()) else {
        return Ok(Verdict::Unasked);
    };
    let (allowed, any) = match &policy.allowed_origins {
        AllowedOrigins::Any => (true, true),
        AllowedOrigins::Listed(list) => (list.iter().any(|o| o.as_bytes() == origin.as_bytes()), false),
    };
    if !allowed {
        return Err(Fault::new(FaultKind::PermissionDenied, "origin not allowed"));
    }
    let grant = Grant { origin: origin.clone(), credentials: policy.allow_credentials && !any };
    if method != Method::OPTIONS {
        return Ok(Verdict::Granted(grant));
    }
    let mut response = Response::new(ResponseBody::empty());
    let wanted = headers.get(ACCESS_CONTROL_REQUEST_METHOD);
    if !wanted.is_some_and(|m| METHODS.iter().any(|known| m == known)) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        return Ok(Verdict::Answered(response));
    }
    let out = response.headers_mut();
    grant.write(out);
    set(out, ACCESS_CONTROL_ALLOW_METHODS, METHOD_LIST);
    set(out, ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    if let Ok(list) = HeaderValue::try_from(policy.allowed_headers.join(",")) {
        set(out, ACCESS_CONTROL_ALLOW_HEADERS, list);
    }
    Ok(Verdict::Answered(response))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(origins: AllowedOrigins, allow_credentials: bool) -> CorsPolicy {
        let allowed_headers = vec!["X-Vault-Token".to_owned(), "X-Mine".to_owned()];
        CorsPolicy { enabled: true, allowed_origins: origins, allowed_headers, allow_credentials }
    }

    fn ask(policy: &CorsPolicy, method: &str, headers: &[(&'static str, &'static str)]) -> String {
        let map = headers.iter().map(|(n, v)| (n.parse().unwrap(), HeaderValue::from_static(v))).collect();
        let (status, out) = match check(policy, &method.parse().unwrap(), &map) {
            Err(fault) => (fault.kind.codes().http, HeaderMap::new()),
            Ok(Verdict::Unasked) => (0, HeaderMap::new()),
            Ok(Verdict::Granted(grant)) => {
                let mut out = HeaderMap::new();
                grant.write(&mut out);
                (0, out)
            }
            Ok(Verdict::Answered(response)) => (response.status().as_u16(), response.headers().clone()),
        };
        let mut lines: Vec<_> = out.iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
        lines.sort_unstable();
        format!("{status} {}", lines.join("|"))
    }

    const A: (&str, &str) = ("origin", "https://a.example");
    const PUT: (&str, &str) = ("access-control-request-method", "PUT");

    #[test]
    fn v_134_a_policy_that_is_off_says_nothing() {
        assert_eq!(ask(&CorsPolicy::default(), "GET", &[A]), "0 ");
        assert_eq!(ask(&CorsPolicy::default(), "OPTIONS", &[A, PUT]), "0 ");
    }

    #[test]
    fn v_134_only_listed_origins_are_let_in() {
        let policy = policy(AllowedOrigins::Listed(vec![A.1.to_owned()]), false);
        let granted = "0 access-control-allow-origin: https://a.example|vary: Origin";
        assert_eq!(ask(&policy, "GET", &[A]), granted);
        assert_eq!(ask(&policy, "GET", &[]), "0 ");
        for other in ["https://evil.example", "http://a.example", "https://a.example:8443", "null"] {
            assert_eq!(ask(&policy, "GET", &[("origin", other)]), "403 ", "{other}");
        }
    }

    #[test]
    fn v_134_a_question_is_answered_without_the_vault() {
        let policy = policy(AllowedOrigins::Listed(vec![A.1.to_owned()]), true);
        assert_eq!(
            ask(&policy, "OPTIONS", &[A, PUT]),
            "200 access-control-allow-credentials: true|access-control-allow-headers: X-Vault-Token,X-Mine|\
             access-control-allow-methods: DELETE,GET,OPTIONS,POST,PUT,LIST,SCAN,PATCH|\
             access-control-allow-origin: https://a.example|access-control-max-age: 300|vary: Origin"
        );
        assert_eq!(ask(&policy, "OPTIONS", &[A]), "405 ");
        assert_eq!(ask(&policy, "OPTIONS", &[A, (PUT.0, "FOO")]), "405 ");
    }

    #[test]
    fn v_134_no_credentials_for_any_origin_at_large() {
        let policy = policy(AllowedOrigins::Any, true);
        let granted = "0 access-control-allow-origin: https://a.example|vary: Origin";
        assert_eq!(ask(&policy, "GET", &[A]), granted);
    }
}

//! Requests that are shown instead of sent: as a curl command, or as the policy they need.

use super::{Config, Method, Request};
use crate::{gofmt::quote::quote, program::Program};

/// Whether requests are sent or shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rehearsal {
    Off,
    Curl(Program),
    Policy,
}

/// The curl command that sends the request. The token is left to the program that prints it.
pub(super) fn curl(request: &Request, config: &Config, program: Program) -> String {
    let mut command = String::from("curl ");
    if config.tls.skip_verify {
        command.push_str("--insecure ");
    }
    if request.method != Method::Get {
        command.push_str(&format!("-X {} ", request.method.name()));
    }
    for (option, path) in [
        ("--cacert", &config.tls.ca_cert),
        ("--capath", &config.tls.ca_path),
        ("--cert", &config.tls.client_cert),
        ("--key", &config.tls.client_key),
    ] {
        if let Some(path) = path {
            command.push_str(&format!("{option} {} ", shell_quoted(path)));
        }
    }
    for (name, value) in &request.headers {
        let token = format!("$({} print token)", program.name());
        let value = if name == "X-Vault-Token" { token.as_str() } else { value.as_str() };
        command.push_str(&format!("-H \"{name}: {value}\" "));
    }
    if let Some(body) = request.body.as_deref().filter(|body| !body.is_empty()) {
        command.push_str(&format!("-d {} ", shell_quoted(body)));
    }
    command.push_str(&quote(&request.url()));
    command
}

/// The policy that lets a token send the request.
pub(super) fn policy(request: &Request) -> String {
    let asks = |name: &str| request.query.iter().any(|(key, value)| key == name && value == "true");
    let capabilities: &[&str] = match request.method {
        Method::Get if asks("list") => &["list"],
        Method::Get if asks("scan") => &["scan"],
        Method::Get => &["read"],
        Method::Post | Method::Put => &["create", "update"],
        Method::Patch => &["patch"],
        Method::Delete => &["delete"],
    };
    let path = super::url::clean(&request.path);
    let path = path.trim_start_matches('/');
    let sudo: &[&str] = if needs_sudo(path) { &["sudo"] } else { &[] };
    let listed = [capabilities, sudo].concat().join("\", \"");
    format!("path \"{path}\" {{\n  capabilities = [\"{listed}\"]\n}}")
}

/// Whether the path is one of those that ask for the sudo capability beside the usual one.
fn needs_sudo(path: &str) -> bool {
    const EXACT: &[&str] = &[
        "auth/token/accessors",
        "auth/token/revoke-orphan",
        "sys/audit",
        "sys/config/auditing/request-headers",
        "sys/config/cors",
        "sys/internal/inspect/router",
        "sys/leases",
        "sys/leases/lookup",
        "sys/remount",
        "sys/rotate",
        "sys/seal",
        "sys/step-down",
    ];
    const BELOW: &[&str] = &[
        "sys/audit/",
        "sys/auth/",
        "sys/config/auditing/request-headers/",
        "sys/config/ui/headers",
        "sys/internal/inspect/router/",
        "sys/leases/lookup/",
        "sys/leases/revoke-force/",
        "sys/leases/revoke-prefix/",
        "sys/plugins/catalog/",
        "sys/raw",
        "sys/revoke-force/",
        "sys/revoke-prefix/",
        "sys/rotate/",
    ];
    EXACT.contains(&path) || BELOW.iter().any(|prefix| path.starts_with(prefix))
}

fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_curl_command_hides_the_token_and_quotes_the_body() {
        let mut request = Request::put("secret/data/a").body(&json!({"data": {"x": "it's"}}));
        request.address = "http://h:1".to_owned();
        request.header("X-Vault-Token", "hvs.secret");
        assert_eq!(
            curl(&request, &Config::default(), Program::Kvd),
            "curl -X PUT -H \"X-Vault-Token: $(kvd print token)\" -d '{\"data\":{\"x\":\"it'\"'\"'s\"}}' \
             \"http://h:1/v1/secret/data/a\""
        );
    }

    #[test]
    fn a_policy_names_the_capabilities_of_the_request() {
        for (request, expected) in [
            (Request::get("secret/data/a"), "path \"secret/data/a\" {\n  capabilities = [\"read\"]\n}"),
            (
                Request::get("secret/metadata").with("list", "true"),
                "path \"secret/metadata\" {\n  capabilities = [\"list\"]\n}",
            ),
            (
                Request::post("sys/auth/x"),
                "path \"sys/auth/x\" {\n  capabilities = [\"create\", \"update\", \"sudo\"]\n}",
            ),
            (Request::delete("a/b"), "path \"a/b\" {\n  capabilities = [\"delete\"]\n}"),
        ] {
            assert_eq!(policy(&request), expected);
        }
    }
}

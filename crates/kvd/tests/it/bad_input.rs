//! Input that no client should send, byte for byte, and what the program answers to it.
//!
//! The rows are those of the list of bad inputs that the project keeps; each check carries the number of its section
//! and of its row. What is refused before it reaches an engine is tested in more detail where that happens.

use crate::{client::send, dev::start, program::Running};
use tempfile::TempDir;

struct Server {
    running: Running,
    _home: TempDir,
}

impl Server {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let running = start(&["-dev-root-token-id=root", "-dev-no-store-token"], home.path());
        Self { running, _home: home }
    }

    /// Sends a request line and further headers with a body.
    fn send(&self, line: &str, headers: &str, body: &str) -> (u16, String) {
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let request =
            format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{length}\r\n{body}");
        send(&self.running.address, request.as_bytes())
    }

    /// As root: the status, and a piece of the answer.
    fn check(&self, row: &str, line: &str, body: &str, status: u16, piece: &str) {
        let got = self.send(line, "X-Vault-Token: root\r\n", body);
        assert!(got.0 == status && got.1.contains(piece), "row {row}: {line:.100} {body:.100}: {got:?}");
    }
}

const SILENT: &str = "{\"errors\":[]}";
const DECODE: &str = "failed to decode JSON input: ";

#[test]
fn row_5_1_paths() {
    let server = Server::start();
    let get = |row, path: &str, status, piece| server.check(row, &format!("GET {path}"), "", status, piece);
    for (path, value) in [("%252e%252e", 3), ("a..b", 7), ("x%2fy", 8), ("%c3%a9", 11), ("a%5cb*+", 15)] {
        let body = format!("{{\"data\":{{\"row\":{value}}}}}");
        server.check("5.1", &format!("POST /v1/secret/data/{path}"), &body, 200, "");
    }
    get("5.1/1", "/v1/secret/data/../b", 400, "relative paths not supported");
    for path in ["%2e%2e/b", "%2E%2E%2Fb", "..%2fb", ".", "%2e"] {
        get("5.1/2", &format!("/v1/secret/data/{path}"), 400, "relative paths not supported");
    }
    get("5.1/3", "/v1/secret/data/%252e%252e", 200, "\"row\":3");
    get("5.1/4", "/v1/secret//data///a", 400, "path contains an empty segment");
    server.check(
        "5.1/5",
        "POST /v1/secret/data/a/",
        "{\"data\":{}}",
        400,
        "cannot write to a path ending in '/'",
    );
    get("5.1/6", "/v1/secret/data/a..b/", 404, SILENT);
    for path in ["...", ".hidden"] {
        get("5.1/7", &format!("/v1/secret/data/{path}"), 404, SILENT);
    }
    get("5.1/7", "/v1/secret/data/a..b", 200, "\"row\":7");
    get("5.1/8", "/v1/secret/data/x/y", 200, "\"row\":8");
    for path in ["a%00b", "%0a", "%0d", "%7f", "%1b"] {
        get("5.1/9", &format!("/v1/secret/data/{path}"), 400, "path contains non-printable characters");
    }
    for path in ["a%c2%a0b", "%e2%80%8b", "%e2%80%ae", "%ef%bb%bf"] {
        get("5.1/10", &format!("/v1/secret/data/{path}"), 400, "path contains non-printable characters");
    }
    get("5.1/11", "/v1/secret/data/%c3%a9", 200, "\"row\":11");
    get("5.1/11", "/v1/secret/data/e%cc%81", 404, SILENT);
    get("5.1/12", "/v1/secret/data/%ff%fe", 400, "path is not valid UTF-8");
    for path in ["a%", "a%zz"] {
        get("5.1/13", &format!("/v1/secret/data/{path}"), 400, "path contains an invalid percent escape");
    }
    get("5.1/13", "/v1/secret/data/a b", 400, "");
    get("5.1/14", "/v1/secret/data/é", 200, "\"row\":11");
    get("5.1/14", "/v1/secret/data/{}\"|^", 404, SILENT);
    get("5.1/15", "/v1/secret/data/a\\b*+", 200, "\"row\":15");
    get("5.1/15", "/v1/secret/data/a\\b*", 404, SILENT);
    // The library of the door cuts a fragment off before anybody sees it (docs/decisions/0025-fragments.md).
    get("5.1/16", "/v1/secret/data/a..b#/../x", 200, "\"row\":7");
    get("5.1/17", "/v1/secret/data/a?x=1;y=2", 400, "invalid semicolon separator");
    for path in ["/V1/x", "/v1", "/", "*"] {
        get("5.1/18", path, 404, SILENT);
    }
    get("5.1/19", "http://evil.example/v1/secret/data/a..b", 200, "\"row\":7");
    get("5.1/20", &format!("/v1/secret/data/{}", "a/".repeat(4096)), 414, "path is longer than 4096 bytes");
    get("5.1/20", &format!("/v1/secret/data/{}", "a".repeat(2049)), 400, "segment longer than 2048 bytes");
    get("5.1/20", &format!("/v1/secret/data/{}", "a/".repeat(64)), 400, "more than 64 segments");
    get("5.1/20", &format!("/v1/secret/data/{}", "a".repeat(70 << 10)), 431, "");
    get("5.1/21", "/v1/sys/seal-status/", 404, "unsupported path");
    get("5.1/21", "/v1/sys//seal-status", 400, "path contains an empty segment");
    for line in ["get /v1/secret/data/a", "FOO /v1/secret/data/a", "TRACE /v1/secret/data/a", "CONNECT x:80"]
    {
        server.check("5.1/22", line, "", 405, SILENT);
    }
    get("5.1/23", "/v1/secret/metadata/?list=banana", 400, SILENT);
    get("5.1/23", "/v1/secret/metadata/?list=true&scan=true", 400, SILENT);
    get("5.1/24", "/v1/secret/metadata/?list=true&list=false", 200, "\"keys\":[");
    let head = server.send("HEAD /v1/secret/data/a..b", "X-Vault-Token: root\r\n", "");
    assert_eq!(head, (405, String::new()), "row 5.1/25");
    server.check("5.1/25", "OPTIONS /v1/secret/data/a", "", 405, SILENT);
    for path in ["secret/data/a..b", "nowhere/x"] {
        let (status, body) = server.send(&format!("GET /v1/{path}"), "", "");
        assert_eq!((status, body.trim_end()), (403, "{\"errors\":[\"permission denied\"]}"), "row 5.1/26");
    }
    get("5.1/27", "/v1/x/y", 404, "no handler for route \\\"x/y\\\". route entry not found.");
}

#[test]
fn row_5_2_bodies() {
    let server = Server::start();
    let put =
        |row, body: &str, status, piece| server.check(row, "POST /v1/secret/data/k", body, status, piece);
    put("5.2/1", "", 400, "no data provided");
    put("5.2/2", "null", 400, "no data provided");
    for body in ["[]", "\"hunter2\"", "1"] {
        put("5.2/3", body, 400, "failed to decode JSON input: expected an object");
    }
    put("5.2/4", r#"{"data":{"a":1,"a":2},"options":{"cas":9},"options":{"cas":0}}"#, 200, "");
    server.check("5.2/4", "GET /v1/secret/data/k", "", 200, r#""data":{"a":2}"#);
    put("5.2/5", r#"{"data":{"A":1,"a":2}}"#, 200, "");
    server.check("5.2/5", "GET /v1/secret/data/k", "", 200, r#""data":{"A":1,"a":2}"#);
    for text in ["NaN", "Infinity", ".5", "01", "1/**/", "'x'", "1,"] {
        put("5.2/6", &format!("{{\"data\":{{\"a\":{text}}}}}"), 400, DECODE);
    }
    put("5.2/7", r#"{"data":{"a":1e400}}"#, 400, "number out of range");
    let exact = r#""data":{"a":123456789012345678901234567890,"b":18446744073709551616,"c":1.0,"d":1.10}"#;
    put("5.2/8", &format!("{{{exact}}}"), 200, "");
    server.check("5.2/8", "GET /v1/secret/data/k", "", 200, exact);
    put("5.2/9", r#"{"data":{"a":1}}{"data":{}}"#, 400, "unexpected data after the value");
    put("5.2/10", r#"{"data":{"a":1}} x"#, 400, "unexpected data after the value");
    put("5.2/11", r#"{"data":{"a":"\ud800"}}"#, 400, "invalid text");
    let not_utf8 =
        b"POST /v1/secret/data/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Vault-Token: root\r\n\
        Content-Length: 18\r\n\r\n{\"data\":{\"a\":\"\xff\"}}";
    let (status, body) = send(&server.running.address, not_utf8);
    assert!(status == 400 && body.contains("invalid text"), "row 5.2/12: {status} {body}");
    put("5.2/13", r#"{"data":{"a":"\u0000"}}"#, 200, "");
    server.check("5.2/13", "GET /v1/secret/data/k", "", 200, r#""data":{"a":"\u0000"}"#);
    put("5.2/14", "{\"data\":{\"a\":\"\t\"}}", 400, DECODE);
    put("5.2/15", "\u{feff}{}", 400, DECODE);
    for depth in [127, 10_000] {
        let deep = format!("{{\"data\":{{\"a\":{}{}}}}}", "[".repeat(depth), "]".repeat(depth));
        put("5.2/16", &deep, 400, "exceeded maximum nesting depth");
    }
    let strings = format!("{{\"data\":{{\"a\":[{}\"\"]}}}}", "\"\",".repeat(10_000));
    put("5.2/17", &strings, 400, "exceeded maximum number of strings");
    let numbers = format!("{{\"data\":{{\"a\":[{}1]}}}}", "1,".repeat(3 << 20));
    put("5.2/18", &numbers, 400, "refused JSON input due to high complexity");
    let huge = "X-Vault-Token: root\r\nContent-Length: 34603008\r\n";
    let (status, body) = server.send("POST /v1/secret/data/k", huge, "");
    assert!(status == 413 && body.contains("http: request body too large"), "row 5.2/19: {status} {body}");
    for (path, body) in [
        ("data/k", r#"{"data":{"a":1},"options":"hunter2"}"#),
        ("config", r#"{"max_versions":{"hunter2":1}}"#),
    ] {
        let got = server.send(&format!("POST /v1/secret/{path}"), "X-Vault-Token: root\r\n", body);
        let fits =
            got.0 == 400 && got.1.contains("error converting input for field") && !got.1.contains("hunter2");
        assert!(fits, "row 5.2/20: {got:?}");
    }
    let unknown = "Endpoint ignored these unrecognized parameters: [colour]";
    put("5.2/21", r#"{"data":{},"colour":"red"}"#, 200, unknown);
    server.check("5.2/22", "POST /v1/sys/mounts/kv", r#"{"type":"kv"}"#, 204, "");
    let form = "X-Vault-Token: root\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(server.send("POST /v1/kv/form", form, "a=1&b=x%20y&a=2").0, 204, "row 5.2/22");
    server.check("5.2/22", "GET /v1/kv/form", "", 200, r#""data":{"a":"1,2","b":"x y"}"#);
    assert_eq!(server.send("POST /v1/kv/form", form, "{\"c\":3}").0, 204, "row 5.2/22");
    server.check("5.2/22", "GET /v1/kv/form", "", 200, r#""data":{"c":3}"#);
    let garbage = "X-Vault-Token: root\r\nContent-Type: garbage/;;\r\n";
    assert_eq!(server.send("POST /v1/secret/data/k", garbage, "{\"data\":{}}").0, 200, "row 5.2/23");
    let plain = "X-Vault-Token: root\r\nContent-Type: application/json\r\n";
    let refused = server.send("PATCH /v1/secret/data/k", plain, "{\"data\":{}}");
    let text = "PATCH requires Content-Type of application/merge-patch+json, provided application/json";
    assert!(refused.0 == 415 && refused.1.contains(text), "row 5.2/24: {refused:?}");
    assert_eq!(server.send("PATCH /v1/secret/data/k", "X-Vault-Token: root\r\n", "{}").0, 400, "row 5.2/24");
    server.check("5.2/25", "GET /v1/secret/data/k", "{\"version\":77}", 200, "\"data\":{");
    server.check("5.2/25", "DELETE /v1/secret/data/k", "garbage", 204, "");
    let packed = "X-Vault-Token: root\r\nContent-Encoding: gzip\r\n";
    assert_eq!(server.send("POST /v1/secret/data/k", packed, "{\"data\":{}}").0, 415, "row 5.2/26");
}

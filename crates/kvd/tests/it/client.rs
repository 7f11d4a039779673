//! As much of an HTTP client as the tests need.

use serde_json::Value;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// The status and the JSON of an answer; `Null` where there is no body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Asks once, on a connection of its own.
pub(crate) fn ask(address: &str, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} /v1/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nX-Vault-Token: {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, body) = send(address, request.as_bytes());
    Answer { status, body: if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap() } }
}

/// Sends bytes as they stand, on a connection of their own; the status and the body of what comes back.
pub(crate) fn send(address: &str, bytes: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

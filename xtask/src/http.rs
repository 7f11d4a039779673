//! As much of HTTP as it takes to ask a server on this machine a few things.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

/// The status and the JSON of an answer; `Null` where there is no body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Asks the server at `address` once.
///
/// # Errors
/// When it cannot be reached, or what it says is not HTTP with JSON.
pub(crate) fn ask(address: &str, method: &str, path: &str, token: &str, body: &Value) -> Result<Answer> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(address).with_context(|| format!("nothing answers at {address}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let token = if token.is_empty() { String::new() } else { format!("X-Vault-Token: {token}\r\n") };
    write!(
        stream,
        "{method} /v1/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{token}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is not HTTP")?;
    let status =
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("the answer has no status")?;
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(body).context("the answer is not JSON")?
    };
    Ok(Answer { status, body })
}

/// Asks, and takes nothing but success for an answer.
///
/// # Errors
/// As [`ask`], or when the server refuses.
pub(crate) fn demand(address: &str, method: &str, path: &str, token: &str, body: &Value) -> Result<Value> {
    let answer = ask(address, method, path, token, body)?;
    if answer.status >= 300 {
        bail!("{method} /v1/{path} was answered with {}: {}", answer.status, answer.body["errors"]);
    }
    Ok(answer.body)
}

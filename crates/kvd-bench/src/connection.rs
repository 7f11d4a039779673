//! A client's end of one connection: requests go out as ready bytes, answers are looked at just enough to find
//! where they end.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A connection that is kept alive, with one request at a time on it.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Where the answer in the buffer has what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head_bytes: usize,
    pub(crate) body_bytes: usize,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream =
            TcpStream::connect(address).await.with_context(|| format!("nothing answers at {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10) })
    }

    /// Sends a request and takes its whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(answer) = parse(&self.buffer)?
                && self.buffer.len() >= answer.head_bytes + answer.body_bytes
            {
                return Ok(answer);
            }
        }
    }

    /// The bytes of the last answer: head and body.
    pub(crate) fn last(&self, answer: Answer) -> (&[u8], &[u8]) {
        self.buffer.split_at(answer.head_bytes)
    }

    /// Asks for something that must be granted, and gives the JSON of the answer.
    pub(crate) async fn demand(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<Value> {
        let answer = self.exchange(&request(method, path, token, body)).await?;
        let (_, body) = self.last(answer);
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(body)? };
        if answer.status >= 300 {
            bail!("{method} /v1/{path} was answered with {}: {}", answer.status, body["errors"]);
        }
        Ok(body)
    }
}

/// The bytes of a request with a JSON body; `null` stands for none.
pub(crate) fn request(method: &str, path: &str, token: &str, body: &Value) -> Vec<u8> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    raw_request(method, path, token, body.as_bytes())
}

/// The same for a body of any bytes.
pub(crate) fn raw_request(method: &str, path: &str, token: &str, body: &[u8]) -> Vec<u8> {
    let token = if token.is_empty() { String::new() } else { format!("X-Vault-Token: {token}\r\n") };
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!(
        "{method} /v1/{path} HTTP/1.1\r\nHost: localhost\r\nX-Vault-Request: true\r\n{token}{length}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// What is known of an answer once its head is there; every answer measured here says its length.
fn parse(bytes: &[u8]) -> Result<Option<Answer>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end]).context("the head of the answer is not text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let status = status.context("the answer has no status")?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    });
    let body_bytes = match (length, status) {
        (Some(length), _) => length,
        (None, 204) => 0,
        (None, _) => bail!("an answer of status {status} does not say its length"),
    };
    Ok(Some(Answer { status, head_bytes: end + 4, body_bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_measured_by_their_head() {
        let full = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        let answer = parse(full).unwrap().unwrap();
        assert_eq!((answer.status, answer.head_bytes, answer.body_bytes), (200, full.len() - 3, 3));
        assert!(parse(b"HTTP/1.1 200 OK\r\n").unwrap().is_none());
        assert_eq!(parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap().body_bytes, 0);
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}

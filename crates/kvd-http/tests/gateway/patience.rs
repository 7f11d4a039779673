//! Slow peers, in time that is moved by hand.

use crate::stub::{Stub, gateway};
use kvd_edge::{Connection, serve_connection};
use kvd_http::{Gateway, ListenerSettings};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

/// A connection with a buffer so small that a peer that does not read is felt at once.
fn connect(buffer: usize) -> (DuplexStream, JoinHandle<Option<String>>) {
    let settings = ListenerSettings::default();
    let gateway: Gateway<Stub> = gateway(&settings);
    let (client, server) = duplex(buffer);
    let served = tokio::spawn(async move {
        let served = serve_connection(server, Connection::default(), settings, gateway).await;
        served.err().map(|error| error.to_string())
    });
    (client, served)
}

/// The seconds until the server closes the connection.
async fn seconds_until_closed(client: &mut DuplexStream) -> u64 {
    let begun = Instant::now();
    let mut rest = Vec::new();
    timeout(Duration::from_secs(1000), client.read_to_end(&mut rest)).await.unwrap().unwrap();
    begun.elapsed().as_secs()
}

const EMPTY: &[u8] = b"GET /v1/test/empty HTTP/1.1\r\nHost: x\r\n\r\n";

async fn ask(client: &mut DuplexStream) {
    client.write_all(EMPTY).await.unwrap();
    let mut answer = [0; 4096];
    let length = client.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 204"));
}

#[tokio::test(start_paused = true)]
async fn row_5_4_a_peer_that_sends_nothing_is_cut_off_after_ten_seconds() {
    let (mut client, _) = connect(4096);
    assert_eq!(seconds_until_closed(&mut client).await, 10);
}

#[tokio::test(start_paused = true)]
async fn row_5_4_slow_headers_are_cut_off_ten_seconds_after_their_first_byte() {
    let (mut client, _) = connect(4096);
    ask(&mut client).await;
    sleep(Duration::from_secs(100)).await;
    let (mut reader, mut writer) = tokio::io::split(client);
    let begun = Instant::now();
    let dripping = tokio::spawn(async move {
        for byte in EMPTY {
            if writer.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_secs(1)).await;
        }
    });
    let mut rest = Vec::new();
    timeout(Duration::from_secs(1000), reader.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert_eq!(begun.elapsed().as_secs(), 10);
    dripping.abort();
}

#[tokio::test(start_paused = true)]
async fn row_5_4_an_idle_connection_lives_five_minutes_after_its_last_request() {
    let (mut client, _) = connect(4096);
    for _ in 0..3 {
        ask(&mut client).await;
        sleep(Duration::from_secs(299)).await;
    }
    ask(&mut client).await;
    assert_eq!(seconds_until_closed(&mut client).await, 300);
}

#[tokio::test(start_paused = true)]
async fn row_5_4_a_slow_body_is_refused_after_thirty_seconds() {
    let (mut client, _) = connect(4096);
    client.write_all(b"POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").await.unwrap();
    let begun = Instant::now();
    let mut answer = Vec::new();
    timeout(Duration::from_secs(1000), client.read_to_end(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("timed out reading the request body"), "{answer}");
    assert!((30..=31).contains(&begun.elapsed().as_secs()));
}

#[tokio::test(start_paused = true)]
async fn row_5_4_a_peer_that_takes_nothing_is_cut_off_after_thirty_seconds() {
    let (mut client, served) = connect(64);
    let begun = Instant::now();
    client.write_all(EMPTY).await.unwrap();
    let error = timeout(Duration::from_secs(1000), served).await.unwrap().unwrap();
    assert!(error.is_some());
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_long_request_is_not_taken_for_an_idle_connection() {
    let (mut client, _) = connect(4096);
    client.write_all(b"GET /v1/test/never HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let begun = Instant::now();
    let mut answer = [0; 4096];
    let length = client.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 504"));
    assert_eq!(begun.elapsed().as_secs(), 90);
}

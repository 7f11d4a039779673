//! What somebody who runs the image relies on.

use kvd_containers::Server;
use reqwest::Method;
use serde_json::{Value, json};

/// A name for a volume that no other run of these tests uses.
fn volume(test: &str) -> String {
    format!("kvd-test-{test}-{}", std::process::id())
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_outlive_the_container() {
    let volume = volume("outlive");
    let server = Server::start(&volume).await.unwrap();
    let (share, token) = server.initialise().await.unwrap();
    server.unseal(&share).await.unwrap();
    let mount = json!({"type": "kv", "options": {"version": "2"}});
    assert_eq!(server.ask(Method::POST, "sys/mounts/secret", &token, &mount).await.unwrap().0, 204);
    let secret = json!({"data": {"who": "world"}});
    assert_eq!(server.ask(Method::POST, "secret/data/hello", &token, &secret).await.unwrap().0, 200);
    assert_eq!(server.stop().await.unwrap(), 0);

    let server = Server::start(&volume).await.unwrap();
    assert_eq!(server.ask(Method::GET, "secret/data/hello", &token, &Value::Null).await.unwrap().0, 503);
    server.unseal(&share).await.unwrap();
    let (status, answer) = server.ask(Method::GET, "secret/data/hello", &token, &Value::Null).await.unwrap();
    assert_eq!((status, &answer["data"]["data"]["who"]), (200, &json!("world")));
    assert_eq!(server.stop().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_works_inside_the_container() {
    let server = Server::start(&volume("inside")).await.unwrap();
    let (status, output) = server.command(&["status", "-format=json"]).await.unwrap();
    let state: Value = serde_json::from_str(&output).unwrap();
    assert_eq!((status, &state["initialized"], &state["sealed"]), (2, &json!(false), &json!(true)));

    let (status, _) =
        server.command(&["operator", "init", "-key-shares=1", "-key-threshold=1"]).await.unwrap();
    assert_eq!(status, 0);
    let (_, output) = server.command(&["status", "-format=json"]).await.unwrap();
    let state: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(state["initialized"], json!(true));
    assert_eq!(server.stop().await.unwrap(), 0);
}

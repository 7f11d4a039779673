//! The standard services: health and reflection.

use crate::vault::door;
use futures_util::stream;
use kvd_grpc::{GrpcServer, GrpcSettings};
use kvd_testkit::{SeededEntropy, TestVault};
use kvd_types::{Call, Fault, Operation, Reply};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tower::service_fn;

fn of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn the_server_is_healthy_while_it_is_unsealed() {
    let vault = TestVault::start().await;
    let mut health = HealthClient::new(door(&vault));
    for service in ["", "kvd.v1.KV", "kvd.v1.Auth", "kvd.v1.Sys"] {
        assert_eq!(health.check(of(service)).await.unwrap().into_inner().status, 1, "{service}");
    }
    assert_eq!(health.check(of("other")).await.unwrap_err().code(), Code::NotFound);
    vault.call("root", Operation::Write, "sys/seal", json!({})).await.unwrap();
    assert_eq!(health.check(of("")).await.unwrap().into_inner().status, 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_is_told_of_each_change_once() {
    let vault = TestVault::start().await;
    let mut health = HealthClient::new(door(&vault));
    let mut states = health.watch(of("kvd.v1.KV")).await.unwrap().into_inner();
    assert_eq!(states.message().await.unwrap().unwrap().status, 1);
    vault.call("root", Operation::Write, "sys/seal", json!({})).await.unwrap();
    assert_eq!(states.message().await.unwrap().unwrap().status, 2);
    vault.vault.unseal(&vault.unseal_key).await.unwrap();
    assert_eq!(states.message().await.unwrap().unwrap().status, 1);
}

#[tokio::test]
async fn tools_can_ask_what_there_is_to_call() {
    let vault = TestVault::start().await;
    let mut reflection = ServerReflectionClient::new(door(&vault));
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = reflection.server_reflection_info(stream::iter([question])).await.unwrap().into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) =
        answers.message().await.unwrap().unwrap().message_response
    else {
        panic!("this is no list of services")
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    for name in ["kvd.v1.KV", "kvd.v1.Auth", "kvd.v1.Sys", "grpc.health.v1.Health"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

/// However many watch, the vault is asked once a second.
#[tokio::test(start_paused = true)]
async fn row_5_9_ten_thousand_idle_streams_cost_one_look_each_second() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let service = service_fn(move |_: Call| {
        counter.fetch_add(1, Ordering::Relaxed);
        async {
            Ok::<_, Fault>(Reply::bare(|w| {
                w.key("initialized");
                w.bool(true);
                w.key("sealed");
                w.bool(false);
            }))
        }
    });
    let server = GrpcServer::new(service, GrpcSettings::default(), Arc::new(SeededEntropy::new(1)));
    let mut streams = Vec::new();
    for _ in 0..10_000 {
        let watch = HealthClient::new(server.clone()).watch(of("")).await;
        streams.push(watch.unwrap().into_inner());
    }
    for stream in &mut streams {
        assert_eq!(stream.message().await.unwrap().unwrap().status, 1);
    }
    let before = asked.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(9_900)).await;
    let looks = asked.load(Ordering::Relaxed) - before;
    assert!((9..=10).contains(&looks), "{looks} looks in ten seconds");
    drop(streams);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = asked.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(asked.load(Ordering::Relaxed), after, "nobody watches any more");
}

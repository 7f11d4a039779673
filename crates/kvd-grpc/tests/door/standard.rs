//! The standard services: health and reflection.

use crate::vault::door;
use futures_util::stream;
use kvd_testkit::TestVault;
use kvd_types::Operation;
use serde_json::json;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

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

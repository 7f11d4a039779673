//! A secret put into every place that can hold one comes out of none.

use crate::support::{NOW, Scene, broker, object, strings};
use kvd_audit::{
    Action, Broker, Credential, FormatOptions, HeaderRules, RequestRecord, ResponseRecord, error_of,
};
use kvd_types::{AuthInfo, Body, Fault, Reply, Secret, TokenKind, WrapInfo};
use proptest::prelude::*;
use std::time::Duration;

const CANARY: &str = "CANARY-x9";

fn replies() -> Vec<Reply> {
    let secret = || Secret::new(CANARY.to_owned());
    let data = object(r#"{"a":"CANARY-x9","b":["CANARY-x9",{"c":"CANARY-x9"}],"keys":["CANARY-x9"]}"#);
    vec![
        Reply::data(data.text().clone()),
        Reply { body: Body::Doubled(data.text().clone()), ..Reply::default() },
        Reply { body: Body::Bare(data.text().clone()), ..Reply::default() },
        Reply {
            body: Body::Document {
                content_type: "text/plain",
                bytes: Secret::new(CANARY.as_bytes().to_vec()),
            },
            ..Reply::default()
        },
        Reply::empty().warn(format!("{CANARY} was ignored")),
        Reply { headers: vec![("x-a", CANARY.to_owned())], ..Reply::default() },
        Reply::auth(AuthInfo {
            client_token: Some(secret()),
            accessor: CANARY.to_owned(),
            display_name: String::new(),
            policies: Vec::new(),
            token_policies: Vec::new(),
            identity_policies: Vec::new(),
            metadata: None,
            lease_duration_seconds: 0,
            renewable: false,
            entity_id: String::new(),
            entity_created: false,
            kind: TokenKind::Service,
            orphan: false,
            num_uses: 0,
        }),
        Reply {
            wrap: Some(Box::new(WrapInfo {
                token: secret(),
                accessor: CANARY.to_owned(),
                ttl: Duration::from_secs(1),
                created: NOW,
                creation_path: String::new(),
                wrapped_accessor: Some(CANARY.to_owned()),
            })),
            ..Reply::default()
        },
    ]
}

fn scene() -> Scene {
    let mut scene = Scene::new(r#"{"a":"CANARY-x9","b":[["CANARY-x9"]],"c":{"d":{"e":"CANARY-x9"}}}"#);
    scene.token = Secret::new(CANARY.to_owned());
    scene.accessor = CANARY;
    scene.headers.0 = ["x-a", "authorization", "cookie", "x-vault-token", "proxy-authorization", "x-other"]
        .map(|name| (name, CANARY))
        .to_vec();
    scene
}

fn response<'a>(asked: &'a RequestRecord<'a>, outcome: Result<&'a Reply, &'a Fault>) -> ResponseRecord<'a> {
    let error = outcome.err().and_then(error_of);
    ResponseRecord { time: NOW, request: asked, login: None, outcome, display_name: "", error }
}

async fn write_everything(broker: &Broker, scene: &Scene) {
    broker.set_headers(HeaderRules::new(
        [("x-a", true), ("Authorization", false), ("Cookie", false), ("X-Vault-Token", false)]
            .map(|(name, hidden)| (name.to_owned(), hidden)),
    ));
    for action in [Action::Update, Action::List] {
        let asked = scene.request(action);
        broker.record_request(&asked).await.unwrap();
        let bare = RequestRecord { auth: None, mount: None, ..asked };
        broker.record_request(&bare).await.unwrap();
        let uncached = Credential { fragments: None, ..scene.credential() };
        broker.record_request(&RequestRecord { credential: Some(uncached), ..asked }).await.unwrap();
        for reply in replies() {
            broker.record_response(&response(&asked, Ok(&reply))).await.unwrap();
            broker.record_exchange(&response(&asked, Ok(&reply))).await.unwrap();
        }
        let fault = Fault { public: vec![CANARY.into(), CANARY.to_owned().into()], ..Fault::invalid("") };
        let fault = fault.caused_by(CANARY);
        broker.record_response(&response(&asked, Err(&fault))).await.unwrap();
    }
}

#[tokio::test]
async fn v086_v087_no_line_shows_a_secret_in_clear() {
    for elide_list_responses in [false, true] {
        let (broker, memory) = broker(FormatOptions { elide_list_responses, ..FormatOptions::default() });
        write_everything(&broker, &scene()).await;
        for line in memory.lines() {
            assert!(!line.contains("CANARY"), "{line}");
        }
        assert_eq!(memory.lines().len(), 2 * (3 + 3 * replies().len() + 1));
    }
}

#[tokio::test]
async fn v083_a_device_that_writes_in_clear_changes_nothing_for_the_others() {
    let (broker, hidden) = broker(FormatOptions::default());
    let clear = crate::support::Memory::default();
    let raw = FormatOptions { log_raw: true, ..FormatOptions::default() };
    broker.enable(crate::support::device("raw/", raw, clear.clone(), kvd_audit::Pace::Quick)).unwrap();
    let scene = scene();
    write_everything(&broker, &scene).await;
    assert!(clear.text().contains(CANARY));
    broker.disable("raw/");
    write_everything(&broker, &scene).await;
    assert!(!hidden.text().contains("CANARY"));
}

proptest! {
    #[test]
    fn v084_v088_the_headers_written_are_those_asked_for_and_never_credentials(
        rules in prop::collection::vec(("(x-a|x-b|X-C|authorization|COOKIE|x-vault-token)", any::<bool>()), 0..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (broker, memory) = broker(FormatOptions::default());
            let mut scene = Scene::new("{}");
            scene.headers.0 = ["x-a", "x-b", "x-c", "x-d", "authorization", "cookie", "x-vault-token"]
                .map(|name| (name, name)).to_vec();
            broker.set_headers(HeaderRules::new(rules.clone()));
            broker.record_request(&scene.request(Action::Read)).await.unwrap();
            let line = object(&memory.text());
            let written: Vec<String> = line.get("request").and_then(|r| r.as_object())
                .and_then(|r| r.get("headers")).and_then(|h| h.as_object())
                .map(|h| h.iter().map(|(name, _)| name.into_owned()).collect()).unwrap_or_default();
            let mut asked: Vec<String> = rules.iter().map(|(name, _)| name.to_ascii_lowercase())
                .filter(|name| name.starts_with("x-") && name != "x-vault-token").collect();
            asked.sort();
            asked.dedup();
            assert_eq!(written, asked);
        });
    }

    #[test]
    fn v087_d15_a_value_never_appears_in_clear_unless_its_name_is_exempt(
        members in prop::collection::btree_map("[a-d]", "CANARY[a-z0-9]{1,8}", 1..4),
        exempt in "[a-e]",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (broker, memory) = broker(FormatOptions::default());
            let body: Vec<String> = members.iter().map(|(n, v)| format!("\"{n}\":\"{v}\"")).collect();
            let mut scene = Scene::new(&format!("{{{}}}", body.join(",")));
            scene.clear_request = strings(&[&exempt]);
            broker.record_request(&scene.request(Action::Update)).await.unwrap();
            let shown: Vec<String> = members.get(&exempt).into_iter().map(|v| format!("\"{exempt}\":\"{v}\"")).collect();
            let text = memory.text();
            assert!(shown.iter().all(|member| text.contains(member)), "{text}");
            assert_eq!(text.matches("CANARY").count(), shown.len(), "{text}");
        });
    }
}

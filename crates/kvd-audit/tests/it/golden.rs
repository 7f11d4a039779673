//! Lines, to the letter. `#text` stands for the HMAC of `text`.

use crate::support::{Memory, NOW, SALT, Scene, broker, object, strings};
use kvd_audit::{
    Action, AuthRecord, Broker, FormatOptions, Hasher, HeaderRules, Namespace, RequestRecord, ResponseRecord,
    Verdict, error_of,
};
use kvd_types::{AuthInfo, Fault, LeaseInfo, Reply, Secret, TokenKind, WrapInfo};
use std::{collections::BTreeMap, time::Duration};

const HIDDEN: [&str; 16] = [
    "hvs.token",
    "accessor",
    "hunter2",
    "one",
    "1999-12-31T23:59:58Z",
    "",
    "v",
    "hvs.made",
    "made-accessor",
    "first",
    "second",
    "no data provided",
    "keyname",
    "[foo] was ignored",
    "two",
    "ann",
];

const AUTH: &str = r##""auth":{"client_token":"#hvs.token","accessor":"#accessor","display_name":"token-tester","policies":["default","p"],"token_policies":["default","p"],"policy_results":{"allowed":true,"granting_policies":[{"name":"p","namespace_id":"root","type":"acl"}]},"metadata":{"team":"blue"},"token_type":"service","token_ttl":3600,"token_issue_time":"2023-11-14T22:13:20Z"}"##;
const MOUNT: &str = r#""mount_point":"secret/","mount_type":"kv","mount_accessor":"kv_01234567","mount_running_version":"v0.1.0+builtin.kvd","mount_class":"secret""#;
const ANSWER: &str = r#""mount_point":"secret/","mount_type":"kv","mount_accessor":"kv_01234567","mount_running_plugin_version":"v0.1.0+builtin.kvd","mount_class":"secret""#;
const TOKEN: &str = r##""client_token":"#hvs.token","client_token_accessor":"#accessor","namespace":{"id":"root"},"path":"secret/data/app""##;
const PEER: &str = r#""remote_address":"127.0.0.1","remote_port":4711"#;

/// The line with HMACs and what every line has in common put short.
fn short(memory: &Memory) -> String {
    let hasher = Hasher::new(SALT);
    let mut text = memory.lines().pop().unwrap_or_default();
    for hidden in HIDDEN {
        text = text.replace(&hasher.hash(hidden), &format!("#{hidden}"));
    }
    let time = "\"time\":\"2023-11-14T22:13:20.12Z\",";
    let id = format!("\"id\":\"{}\"", crate::support::ID);
    assert!(text.ends_with("}\n") && text.contains(time), "{text}");
    text.trim_end()
        .replace(time, "")
        .replace(&id, "ID")
        .replace(AUTH, "AUTH")
        .replace(ANSWER, "ANSWER")
        .replace(MOUNT, "MOUNT")
        .replace(TOKEN, "TOKEN")
        .replace(PEER, "PEER")
}

async fn request(format: FormatOptions, record: &RequestRecord<'_>, want: &str) {
    let (broker, memory) = broker(format);
    set_headers(&broker);
    broker.record_request(record).await.unwrap();
    assert_eq!(short(&memory), want);
}

async fn response(format: FormatOptions, record: &ResponseRecord<'_>, want: &str) {
    let (broker, memory) = broker(format);
    broker.record_response(record).await.unwrap();
    assert_eq!(short(&memory), want);
}

fn set_headers(broker: &Broker) {
    broker.set_headers(HeaderRules::new(
        [("X-One", false), ("x-two", true), ("Authorization", false), ("x-vault-TOKEN", true)]
            .map(|(name, hidden)| (name.to_owned(), hidden)),
    ));
}

#[tokio::test]
async fn requests_are_written_to_the_letter() {
    let plain = FormatOptions::default;
    let scene = Scene::new(
        r#"{"data":{"password":"hunter2","n":17,"yes":true,"none":null,"list":["one",2],"born":"1999-12-31T23:59:58Z"}}"#,
    );
    let data = r##""data":{"data":{"born":"#1999-12-31T23:59:58Z","list":["#one",2],"n":17,"none":null,"password":"#hunter2","yes":true}}"##;
    let create =
        format!(r#"{{"type":"request",AUTH,"request":{{ID,"operation":"create",MOUNT,TOKEN,{data},PEER}}}}"#);
    request(plain(), &scene.request(Action::Create), &create).await;

    let empty = Scene::new("{}");
    let wrap = RequestRecord {
        wrap_ttl: Some(Duration::from_secs(60)),
        certificate_serial: "77",
        ..empty.request(Action::Read)
    };
    request(plain(), &wrap, r#"{"type":"request",AUTH,"request":{ID,"operation":"read",MOUNT,TOKEN,PEER,"wrap_ttl":60,"client_certificate_serial_number":"77"}}"#).await;

    let mut open = Scene::new(r#"{"user":"ann","password":"hunter2"}"#);
    open.clear_request = strings(&["user"]);
    request(plain(), &open.request(Action::Update), r##"{"type":"request",AUTH,"request":{ID,"operation":"update",MOUNT,TOKEN,"data":{"password":"#hunter2","user":"ann"},PEER}}"##).await;

    let mut headed = Scene::new("{}");
    headed.headers.0 = vec![
        ("x-one", "a"),
        ("x-one", "b"),
        ("x-two", "second"),
        ("x-three", "c"),
        ("authorization", "Bearer x"),
        ("x-vault-token", "hvs.token"),
    ];
    request(plain(), &headed.request(Action::List), r##"{"type":"request",AUTH,"request":{ID,"operation":"list",MOUNT,TOKEN,PEER,"headers":{"x-one":["a","b"],"x-two":["#second"]}}}"##).await;

    // A token that is not known, refused.
    let mut unknown = empty.request(Action::Read);
    unknown.auth = None;
    unknown.credential =
        unknown.credential.map(|c| kvd_audit::Credential { accessor: "", fragments: None, ..c });
    unknown.mount = unknown.mount.map(|m| kvd_audit::Mount { accessor: "", ..m });
    unknown.error = Some("permission denied");
    request(plain(), &unknown, r##"{"type":"request","request":{ID,"operation":"read","mount_point":"secret/","mount_type":"kv","mount_running_version":"v0.1.0+builtin.kvd","mount_class":"secret","client_token":"#hvs.token","namespace":{"id":"root"},"path":"secret/data/app",PEER},"error":"permission denied"}"##).await;

    // A login: no token yet.
    let login = RequestRecord {
        credential: None,
        auth: Some(AuthRecord {
            verdict: Some(Verdict { allowed: true, granting: &[] }),
            ..AuthRecord::default()
        }),
        mount: None,
        ..open.request(Action::Update)
    };
    request(plain(), &login, r##"{"type":"request","auth":{"policy_results":{"allowed":true},"token_type":"default"},"request":{ID,"operation":"update","namespace":{"id":"root"},"path":"secret/data/app","data":{"password":"#hunter2","user":"#ann"},PEER}}"##).await;

    // An entity, a token with few uses, a namespace.
    let mut rich = Scene::new("{}");
    rich.identity_policies = strings(&["ops"]);
    rich.metadata.clear();
    let record = RequestRecord {
        auth: Some(AuthRecord {
            remaining_uses: 3,
            entity_id: "e-1",
            kind: Some(TokenKind::Batch),
            issued: None,
            ttl_seconds: 0,
            ..rich.auth()
        }),
        namespace: Namespace { id: "ab12", path: "team/" },
        ..rich.request(Action::Delete)
    };
    request(plain(), &record, r##"{"type":"request","auth":{"client_token":"#hvs.token","accessor":"#accessor","display_name":"token-tester","policies":["default","p"],"token_policies":["default","p"],"identity_policies":["ops"],"policy_results":{"allowed":true,"granting_policies":[{"name":"p","namespace_id":"root","type":"acl"}]},"remaining_uses":3,"entity_id":"e-1","token_type":"batch"},"request":{ID,"operation":"delete",MOUNT,"client_token":"#hvs.token","client_token_accessor":"#accessor","namespace":{"id":"ab12","path":"team/"},"path":"secret/data/app",PEER}}"##).await;
}

#[tokio::test]
async fn the_options_of_a_device_change_its_lines() {
    let scene = Scene::new(r#"{"password":"hunter2"}"#);
    let clear = FormatOptions { hmac_accessor: false, ..FormatOptions::default() };
    let auth = AUTH.replace("#accessor", "accessor");
    let token = TOKEN.replace("#accessor", "accessor");
    request(clear, &scene.request(Action::Update), &format!(r##"{{"type":"request",{auth},"request":{{ID,"operation":"update",MOUNT,{token},"data":{{"password":"#hunter2"}},PEER}}}}"##)).await;

    let raw = FormatOptions { log_raw: true, ..FormatOptions::default() };
    let mut headed = Scene::new(r#"{"password":"hunter2"}"#);
    headed.headers.0 = vec![("x-two", "second")];
    let (auth, token) = (AUTH.replace('#', ""), TOKEN.replace('#', ""));
    request(raw.clone(), &headed.request(Action::Update), &format!(r##"{{"type":"request",{auth},"request":{{ID,"operation":"update",MOUNT,{token},"data":{{"password":"hunter2"}},PEER,"headers":{{"x-two":["#second"]}}}}}}"##)).await;

    let (broker, memory) = broker(FormatOptions { prefix: "@cee: ".to_owned(), ..FormatOptions::default() });
    broker.record_request(&scene.request(Action::Update)).await.unwrap();
    assert!(memory.text().starts_with("@cee: {\"time\":\"2023-"), "{}", memory.text());

    let list = Scene::new("{}");
    let asked = list.request(Action::List);
    let reply =
        Reply::data(object(r#"{"keys":["one","two"],"key_info":{"one":{"a":1}},"more":"v"}"#).text().clone());
    let record = ResponseRecord {
        time: NOW,
        request: &asked,
        login: None,
        outcome: Ok(&reply),
        display_name: "",
        error: None,
    };
    let line = |data: &str| {
        format!(
            r#"{{"type":"response",AUTH,"request":{{ID,"operation":"list",MOUNT,TOKEN,PEER}},"response":{{ANSWER,"data":{data}}}}}"#
        )
    };
    let elide = FormatOptions { elide_list_responses: true, ..FormatOptions::default() };
    response(elide, &record, &line(r##"{"key_info":1,"keys":2,"more":"#v"}"##)).await;
    response(
        FormatOptions::default(),
        &record,
        &line(r##"{"key_info":{"one":{"a":1}},"keys":["#one","#two"],"more":"#v"}"##),
    )
    .await;
}

#[tokio::test]
async fn responses_are_written_to_the_letter() {
    let mut scene = Scene::new("{}");
    scene.clear_response = strings(&["host"]);
    let asked = scene.request(Action::Read);
    let made = || AuthInfo {
        client_token: Some(Secret::new("hvs.made".to_owned())),
        accessor: "made-accessor".to_owned(),
        display_name: String::new(),
        policies: strings(&["default"]),
        token_policies: strings(&["default"]),
        identity_policies: Vec::new(),
        metadata: Some(BTreeMap::from([("username".to_owned(), "ann".to_owned())])),
        lease_duration_seconds: 60,
        renewable: true,
        entity_id: "e-1".to_owned(),
        entity_created: false,
        kind: TokenKind::Service,
        orphan: true,
        num_uses: 2,
    };
    let object_reply = |text: &str| Reply::data(object(text).text().clone());
    for (reply, want) in [
        (Reply::empty(), r#"{ANSWER}"#),
        (object_reply("{}"), r#"{ANSWER}"#),
        (
            object_reply(r#"{"host":"db","password":"hunter2","deletion_time":"","version":1}"#),
            r##"{ANSWER,"data":{"deletion_time":"#","host":"db","password":"#hunter2","version":1}}"##,
        ),
        (
            Reply {
                lease: LeaseInfo { duration_seconds: 60, ..LeaseInfo::default() },
                ..object_reply(r#"{"a":"v"}"#)
            },
            r##"{ANSWER,"secret":{},"data":{"a":"#v"}}"##,
        ),
        (
            Reply { lease: LeaseInfo { id: "l/1".to_owned(), ..LeaseInfo::default() }, ..Reply::empty() },
            r#"{ANSWER,"secret":{"lease_id":"l/1"}}"#,
        ),
        (
            Reply::doubled(|w| {
                w.key("a");
                w.string("v");
            }),
            r##"{ANSWER,"data":{"a":"#v"}}"##,
        ),
        (
            Reply::bare(|w| {
                w.key("a");
                w.string("v");
            }),
            r##"{ANSWER,"data":{"a":"#v"}}"##,
        ),
        (
            Reply {
                body: kvd_types::Body::Document {
                    content_type: "text/plain",
                    bytes: Secret::new(b"hunter2".to_vec()),
                },
                ..Reply::default()
            },
            r##"{ANSWER,"data":{"http_content_type":"text/plain","http_raw_body":"#hunter2"}}"##,
        ),
        (
            Reply::empty().warn("fixed").warn("[foo] was ignored".to_owned()),
            r##"{ANSWER,"warnings":["fixed","#[foo] was ignored"]}"##,
        ),
        (
            Reply::auth(made()),
            r##"{ANSWER,"auth":{"client_token":"#hvs.made","accessor":"#made-accessor","display_name":"userpass-ann","policies":["default"],"token_policies":["default"],"metadata":{"username":"ann"},"num_uses":2,"entity_id":"e-1","token_type":"service","token_ttl":60}}"##,
        ),
        (
            Reply {
                wrap: Some(Box::new(WrapInfo {
                    token: Secret::new("hvs.made".to_owned()),
                    accessor: "made-accessor".to_owned(),
                    ttl: Duration::from_secs(60),
                    created: NOW,
                    creation_path: "a/b".to_owned(),
                    wrapped_accessor: Some("accessor".to_owned()),
                })),
                ..Reply::default()
            },
            r##"{ANSWER,"wrap_info":{"ttl":60,"token":"#hvs.made","accessor":"#made-accessor","creation_time":"2023-11-14T22:13:20.12Z","creation_path":"a/b","wrapped_accessor":"#accessor"}}"##,
        ),
    ] {
        let record = ResponseRecord {
            time: NOW,
            request: &asked,
            login: None,
            outcome: Ok(&reply),
            display_name: "userpass-ann",
            error: None,
        };
        response(FormatOptions::default(), &record, &format!(r#"{{"type":"response",AUTH,"request":{{ID,"operation":"read",MOUNT,TOKEN,PEER}},"response":{want}}}"#)).await;
    }

    for (fault, want, error) in [
        (Fault::absent(), "{ANSWER}", ""),
        (
            Fault::invalid("no data provided"),
            r##"{ANSWER,"data":{"error":"#no data provided"}}"##,
            r#","error":"1 error occurred:\n\t* invalid request\n\n""#,
        ),
        (
            Fault { public: vec!["one".into(), "two".into()], ..Fault::permission_denied() },
            r##"{ANSWER,"data":{"error":["#one","#two"]}}"##,
            r#","error":"1 error occurred:\n\t* permission denied\n\n""#,
        ),
    ] {
        let record = ResponseRecord {
            time: NOW,
            request: &asked,
            login: None,
            outcome: Err(&fault),
            display_name: "",
            error: error_of(&fault),
        };
        response(FormatOptions::default(), &record, &format!(r#"{{"type":"response",AUTH,"request":{{ID,"operation":"read",MOUNT,TOKEN,PEER}},"response":{want}{error}}}"#)).await;
    }
}

#[tokio::test]
async fn v085_a_login_shows_the_token_that_it_made_as_a_hash() {
    let scene = Scene::new("{}");
    let asked = RequestRecord { credential: None, auth: None, mount: None, ..scene.request(Action::Update) };
    let made = Secret::new("hvs.made".to_owned());
    let login = AuthRecord {
        credential: Some(kvd_audit::Credential { token: &made, accessor: "made-accessor", fragments: None }),
        display_name: "userpass-ann",
        entity_id: "e-1",
        entity_created: true,
        kind: Some(TokenKind::Service),
        ttl_seconds: 60,
        ..AuthRecord::default()
    };
    let reply = Reply::empty();
    let record = ResponseRecord {
        time: NOW,
        request: &asked,
        login: Some(login),
        outcome: Ok(&reply),
        display_name: "",
        error: None,
    };
    response(FormatOptions::default(), &record, r##"{"type":"response","auth":{"client_token":"#hvs.made","accessor":"#made-accessor","display_name":"userpass-ann","entity_id":"e-1","entity_created":true,"token_type":"service","token_ttl":60},"request":{ID,"operation":"update","namespace":{"id":"root"},"path":"secret/data/app",PEER},"response":{}}"##).await;
}

//! Entities, aliases and groups inside a whole vault: whose tokens logins give, and what that lets them do.

#![expect(clippy::unwrap_used, reason = "a panic is how tests and their helpers fail")]

use kvd_testkit::TestVault;
use kvd_types::{Fault, FaultKind, Operation as Op};
use serde_json::{Value, json};

struct Rig(TestVault);

impl Rig {
    /// A vault with userpass mounted twice, as `userpass/` and as `second/`, and a user `ann` with the password `pw`
    /// in both.
    async fn start() -> Self {
        let rig = Self(TestVault::start().await);
        for mount in ["userpass", "second"] {
            rig.root(Op::Write, &format!("sys/auth/{mount}"), json!({ "type": "userpass" })).await;
            rig.user(mount, "ann").await;
        }
        rig.0.policy("read", r#"path "secret/data/x" { capabilities = ["read"] }"#).await;
        rig.root(Op::Write, "secret/data/x", json!({ "data": { "a": "b" } })).await;
        rig
    }

    async fn root(&self, operation: Op, path: &str, body: Value) -> Value {
        self.0.call("root", operation, path, body).await.unwrap().data
    }

    async fn refusal(&self, operation: Op, path: &str, body: Value) -> FaultKind {
        self.0.call("root", operation, path, body).await.unwrap_err().kind
    }

    async fn user(&self, mount: &str, name: &str) {
        let body = json!({ "password": "pw" });
        self.root(Op::Write, &format!("auth/{mount}/users/{name}"), body).await;
    }

    /// Logs in and gives the token and its entity.
    async fn login(&self, mount: &str, name: &str) -> Result<(String, String), Fault> {
        let path = format!("auth/{mount}/login/{name}");
        let auth = self.0.call("", Op::Write, &path, json!({ "password": "pw" })).await?.auth.unwrap();
        Ok((auth.client_token.unwrap().expose().clone(), auth.entity_id))
    }

    async fn accessor(&self, mount: &str) -> String {
        let mounts = self.root(Op::Read, "sys/auth", json!({})).await;
        text(&mounts[format!("{mount}/")]["accessor"])
    }

    async fn entity(&self, id: &str) -> Value {
        self.root(Op::Read, &format!("identity/entity/id/{id}"), json!({})).await
    }

    /// Makes something and gives its id.
    async fn made(&self, path: &str, body: Value) -> String {
        text(&self.root(Op::Write, path, body).await["id"])
    }

    async fn alias(&self, entity: &str, mount: &str, name: &str) -> Result<String, Fault> {
        let accessor = self.accessor(mount).await;
        let body = json!({ "canonical_id": entity, "mount_accessor": accessor, "name": name });
        let made = self.0.call("root", Op::Write, "identity/entity-alias", body).await?;
        Ok(text(&made.data["id"]))
    }

    async fn can_read(&self, token: &str) -> bool {
        self.0.call(token, Op::Read, "secret/data/x", json!({})).await.is_ok()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn v017_an_alias_does_not_become_somebody_elses() {
    let rig = Rig::start().await;
    rig.user("userpass", "eve").await;
    let (_, ann) = rig.login("userpass", "ann").await.unwrap();
    let (_, eve) = rig.login("userpass", "eve").await.unwrap();
    let own = text(&rig.entity(&eve).await["aliases"][0]["id"]);
    let before = (rig.entity(&ann).await, rig.entity(&eve).await);
    for body in [json!({ "canonical_id": ann }), json!({ "name": "ann" }), json!({ "name": "ANN" })] {
        let path = format!("identity/entity-alias/id/{own}");
        assert_eq!(rig.refusal(Op::Write, &path, body.clone()).await, FaultKind::Invalid, "{body}");
    }
    assert_eq!((rig.entity(&ann).await, rig.entity(&eve).await), before);
}

#[tokio::test]
async fn v018_an_entity_has_one_alias_of_a_mount_and_templates_mean_that_one() {
    let rig = Rig::start().await;
    let entity = rig.made("identity/entity", json!({ "name": "both" })).await;
    rig.alias(&entity, "userpass", "ann").await.unwrap();
    assert_eq!(rig.alias(&entity, "userpass", "bob").await.unwrap_err().kind, FaultKind::Invalid);
    let second = rig.alias(&entity, "second", "ann").await.unwrap();
    let path = format!("identity/entity-alias/id/{second}");
    let body = json!({ "mount_accessor": rig.accessor("userpass").await, "name": "other" });
    assert_eq!(rig.refusal(Op::Write, &path, body).await, FaultKind::Invalid);

    let other = rig.made("identity/entity", json!({ "name": "other" })).await;
    let kept = rig.alias(&other, "userpass", "bob").await.unwrap();
    let merge = |keep: Value| json!({ "from_entity_ids": [other], "to_entity_id": entity, "conflicting_alias_ids_to_keep": keep });
    assert_eq!(rig.refusal(Op::Write, "identity/entity/merge", merge(json!([]))).await, FaultKind::Invalid);
    rig.root(Op::Write, "identity/entity/merge", merge(json!([kept]))).await;
    let aliases = rig.entity(&entity).await["aliases"].clone();
    let mut names: Vec<String> = aliases.as_array().unwrap().iter().map(|a| text(&a["name"])).collect();
    names.sort();
    assert_eq!(names, ["ann", "bob"], "the one of the other mount, and the one that was chosen");

    let accessor = rig.accessor("userpass").await;
    let policy = format!(
        r#"path "secret/data/{{{{identity.entity.aliases.{accessor}.name}}}}" {{ capabilities = ["read"] }}"#
    );
    rig.0.policy("own", &policy).await;
    rig.root(Op::Write, &format!("identity/entity/id/{entity}"), json!({ "policies": ["own"] })).await;
    rig.user("userpass", "bob").await;
    let (token, whose) = rig.login("userpass", "bob").await.unwrap();
    assert_eq!(whose, entity);
    for (name, readable) in [("bob", true), ("ann", false)] {
        let path = format!("secret/data/{name}");
        rig.root(Op::Write, &path, json!({ "data": {} })).await;
        assert_eq!(rig.0.call(&token, Op::Read, &path, json!({})).await.is_ok(), readable, "{name}");
    }
}

#[tokio::test]
async fn v019_a_login_changes_only_the_alias_it_came_by() {
    let rig = Rig::start().await;
    let entity = rig.made("identity/entity", json!({ "name": "machine" })).await;
    for mount in ["one", "two"] {
        rig.root(Op::Write, &format!("sys/auth/{mount}"), json!({ "type": "approle" })).await;
        rig.root(Op::Write, &format!("auth/{mount}/role/r"), json!({ "role_id": "same" })).await;
        rig.alias(&entity, mount, "same").await.unwrap();
    }
    for (mount, stage) in [("one", "first"), ("two", "second")] {
        let body = json!({ "metadata": format!("stage={stage}") });
        let made = rig.root(Op::Write, &format!("auth/{mount}/role/r/secret-id"), body).await;
        let body = json!({ "role_id": "same", "secret_id": made["secret_id"] });
        let auth =
            rig.0.call("", Op::Write, &format!("auth/{mount}/login"), body).await.unwrap().auth.unwrap();
        assert_eq!(auth.entity_id, entity);
    }
    for alias in rig.entity(&entity).await["aliases"].as_array().unwrap() {
        let expected = if alias["mount_path"] == "auth/one/" { "first" } else { "second" };
        assert_eq!(alias["metadata"]["stage"], expected);
    }
}

#[tokio::test]
async fn v021_v022_v023_nobody_gets_root_by_way_of_an_entity_or_a_group() {
    let rig = Rig::start().await;
    let entity = rig.made("identity/entity", json!({ "name": "e", "policies": ["p"] })).await;
    let group = rig.made("identity/group", json!({ "name": "g", "policies": ["p"] })).await;
    let places = [
        "identity/entity".to_owned(),
        format!("identity/entity/id/{entity}"),
        "identity/entity/name/e".to_owned(),
        "identity/entity/name/new".to_owned(),
        "identity/group".to_owned(),
        format!("identity/group/id/{group}"),
        "identity/group/name/g".to_owned(),
        "identity/group/name/new".to_owned(),
    ];
    let spellings = [
        json!(["root"]),
        json!(["ROOT"]),
        json!(["Root"]),
        json!([" root"]),
        json!(["root\t"]),
        json!(["\u{a0}root"]),
        json!(["p", "rooT"]),
        json!("root"),
        json!("default,RoOt"),
        json!(["response-wrapping"]),
    ];
    for place in &places {
        for policies in &spellings {
            let refused = rig.refusal(Op::Write, place, json!({ "policies": policies })).await;
            assert_eq!(refused, FaultKind::Invalid, "{place} {policies}");
        }
    }
    assert_eq!(rig.entity(&entity).await["policies"], json!(["p"]));
    let names = |kind: &str| format!("identity/{kind}/name");
    assert_eq!(rig.root(Op::List, &names("entity"), json!({})).await["keys"], json!(["e"]));
    assert_eq!(rig.root(Op::List, &names("group"), json!({})).await["keys"], json!(["g"]));
}

#[tokio::test]
async fn v024_who_writes_to_one_name_reaches_nobody_else_by_an_id() {
    let rig = Rig::start().await;
    for kind in ["entity", "group"] {
        rig.made(&format!("identity/{kind}"), json!({ "name": "a" })).await;
        let other = rig.made(&format!("identity/{kind}"), json!({ "name": "b" })).await;
        let read = format!("identity/{kind}/id/{other}");
        let before = rig.root(Op::Read, &read, json!({})).await;
        for name in ["a", "new"] {
            let path = format!("identity/{kind}/name/{name}");
            let body = json!({ "id": other, "metadata": { "k": "v" } });
            assert_eq!(rig.refusal(Op::Write, &path, body).await, FaultKind::Invalid, "{path}");
        }
        assert_eq!(rig.root(Op::Read, &read, json!({})).await, before);
    }
}

#[tokio::test]
async fn v054_all_spellings_of_a_name_are_one_entity_with_one_alias() {
    let rig = Rig::start().await;
    let (_, first) = rig.login("userpass", "ann").await.unwrap();
    for name in ["ANN", "Ann"] {
        assert_eq!(rig.login("userpass", name).await.unwrap().1, first, "{name}");
    }
    assert!(rig.login("userpass", "ann ").await.is_err());
    assert_eq!(rig.entity(&first).await["aliases"].as_array().unwrap().len(), 1);
    let (_, elsewhere) = rig.login("second", "ann").await.unwrap();
    assert_ne!(elsewhere, first, "who has the same name on another mount is somebody else");
}

#[tokio::test]
async fn tokens_follow_what_becomes_of_their_entity() {
    let rig = Rig::start().await;
    let (token, ann) = rig.login("userpass", "ann").await.unwrap();
    let (merged, other) = rig.login("second", "ann").await.unwrap();
    assert!(!rig.can_read(&token).await);
    let path = format!("identity/entity/id/{ann}");
    rig.root(Op::Write, &path, json!({ "policies": ["read"] })).await;
    assert_eq!((rig.can_read(&token).await, rig.can_read(&merged).await), (true, false));

    let body = json!({ "from_entity_ids": [other], "to_entity_id": ann });
    rig.root(Op::Write, "identity/entity/merge", body).await;
    assert!(rig.can_read(&merged).await, "its entity is ann's by the merge");
    assert_eq!(rig.login("second", "ann").await.unwrap().1, ann);

    rig.root(Op::Write, &path, json!({ "disabled": true })).await;
    assert_eq!((rig.can_read(&token).await, rig.can_read(&merged).await), (false, false));
    assert_eq!(rig.login("userpass", "ann").await.unwrap_err().kind, FaultKind::PermissionDenied);
    rig.root(Op::Write, &path, json!({ "disabled": false })).await;
    assert!(rig.can_read(&token).await);

    rig.root(Op::Delete, &path, json!({})).await;
    assert_eq!((rig.can_read(&token).await, rig.can_read(&merged).await), (false, false));
    assert_ne!(rig.login("userpass", "ann").await.unwrap().1, ann, "a new visit makes a new entity");
    assert!(!rig.can_read(&token).await, "and the old tokens are not its tokens");
}

#[tokio::test]
async fn groups_give_their_members_what_they_and_the_groups_above_them_have() {
    let rig = Rig::start().await;
    let (token, ann) = rig.login("userpass", "ann").await.unwrap();
    let inner = rig.made("identity/group", json!({ "name": "inner", "member_entity_ids": [ann] })).await;
    let outer = json!({ "name": "outer", "member_group_ids": [inner], "policies": ["read"] });
    let outer = rig.made("identity/group", outer).await;
    assert!(rig.can_read(&token).await);
    let circle = json!({ "member_group_ids": [outer] });
    assert_eq!(
        rig.refusal(Op::Write, &format!("identity/group/id/{inner}"), circle).await,
        FaultKind::Invalid
    );
    let entity = rig.entity(&ann).await;
    assert_eq!(entity["direct_group_ids"], json!([inner]));
    assert_eq!(entity["inherited_group_ids"], json!([outer]));
    rig.root(Op::Write, "identity/group/name/inner", json!({ "member_entity_ids": [] })).await;
    assert!(!rig.can_read(&token).await);
}

#[tokio::test]
async fn children_are_their_parents_entitys_and_orphans_nobodys() {
    let rig = Rig::start().await;
    rig.0.policy("make", r#"path "auth/token/create*" { capabilities = ["update", "sudo"] }"#).await;
    let body = json!({ "password": "pw", "token_policies": "make" });
    rig.root(Op::Write, "auth/userpass/users/ann", body).await;
    let (token, ann) = rig.login("userpass", "ann").await.unwrap();
    for (path, body, expected) in [
        ("auth/token/create", json!({ "policies": ["default"] }), ann.as_str()),
        ("auth/token/create", json!({ "policies": ["default"], "type": "batch" }), &ann),
        ("auth/token/create", json!({ "policies": ["default"], "no_parent": true }), ""),
        ("auth/token/create-orphan", json!({ "policies": ["default"] }), ""),
    ] {
        let auth = rig.0.call(&token, Op::Write, path, body).await.unwrap().auth.unwrap();
        assert_eq!(auth.entity_id, expected, "{path}");
    }
}

#[tokio::test]
async fn a_deleted_mount_leaves_its_aliases_to_nobody_else() {
    let rig = Rig::start().await;
    let (_, ann) = rig.login("userpass", "ann").await.unwrap();
    rig.root(Op::Delete, "sys/auth/userpass", json!({})).await;
    let alias = rig.entity(&ann).await["aliases"][0].clone();
    assert_eq!((alias["name"].clone(), alias["mount_path"].clone()), (json!("ann"), Value::Null));
    rig.root(Op::Write, "sys/auth/userpass", json!({ "type": "userpass" })).await;
    rig.user("userpass", "ann").await;
    assert_ne!(rig.login("userpass", "ann").await.unwrap().1, ann);
}

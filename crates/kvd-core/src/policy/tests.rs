//! What is compiled is shared, and what is kept has its bounds.

use super::{CACHE_BYTES, Policy, PolicyName};
use crate::{
    seal::Unsealed,
    testing::Opened,
    token::{NewToken, TokenState},
};
use kvd_policy::{Operation, Question};
use kvd_types::{Clock, SystemClock, SystemEntropy};
use std::sync::Arc;

async fn token(unsealed: &Unsealed, policies: &[&str]) -> Arc<TokenState> {
    let policies = policies.iter().map(|policy| (*policy).to_owned()).collect();
    let new = NewToken { policies, path: "auth/token/create".to_owned(), ..NewToken::default() };
    unsealed.tokens.create(&SystemEntropy, SystemClock.now(), new).await.unwrap().1
}

async fn write(unsealed: &Unsealed, name: &str, text: &str) {
    let policy = Policy::parse(PolicyName::parse(name).unwrap(), text).unwrap();
    unsealed.policies.write(policy).await.unwrap();
}

#[tokio::test]
async fn tokens_with_the_same_policies_share_one_compiled_set() {
    let opened = Opened::start().await;
    let unsealed = opened.unsealed();
    write(&unsealed, "web", r#"path "secret/web/*" { capabilities = ["read"] }"#).await;
    let (a, b) = (token(&unsealed, &["default", "web"]).await, token(&unsealed, &["default", "web"]).await);
    let other = token(&unsealed, &["web"]).await;
    let acl = async |token: &TokenState| unsealed.policies.acl(token).await.unwrap();
    let shared = acl(&a).await;
    assert!(Arc::ptr_eq(&shared, &acl(&b).await) && Arc::ptr_eq(&shared, &acl(&a).await));
    assert!(!Arc::ptr_eq(&shared, &acl(&other).await));
    let root = token(&unsealed, &["root"]).await;
    assert!(Arc::ptr_eq(&acl(&root).await, &acl(&root).await) && acl(&root).await.is_root());
    // A change of any policy is the end of all that was compiled.
    write(&unsealed, "web", r#"path "secret/web/*" { capabilities = ["update"] }"#).await;
    let changed = acl(&a).await;
    assert!(!Arc::ptr_eq(&shared, &changed) && Arc::ptr_eq(&changed, &acl(&b).await));
    let allowed = |operation| changed.decide(&Question::new("secret/web/x", operation)).is_allowed();
    assert_eq!((allowed(Operation::Read), allowed(Operation::Update)), (false, true));
}

#[tokio::test]
async fn v012_names_and_texts_without_end_fill_no_memory() {
    let opened = Opened::start().await;
    let unsealed = opened.unsealed();
    // Names of policies that are not there, each in a set of its own.
    for number in 0..40_000 {
        unsealed.policies.acl_of_names(&[format!("none-{number}")]).await.unwrap();
    }
    assert!(unsealed.policies.cached_bytes() <= 2 * CACHE_BYTES);
    // Policies that are there, and large.
    let rules = "path \"secret/+/some/long/path/x\" { capabilities = [\"read\"] }\n".repeat(500);
    let names: Vec<_> = (0..200).map(|number| format!("large-{number}")).collect();
    for name in &names {
        write(&unsealed, name, &rules).await;
    }
    for name in &names {
        unsealed.policies.acl_of_names(std::slice::from_ref(name)).await.unwrap();
    }
    let bytes = unsealed.policies.cached_bytes();
    assert!(bytes > CACHE_BYTES / 2 && bytes <= 2 * CACHE_BYTES, "{bytes}");
}

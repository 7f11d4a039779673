//! Logins with client certificates.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use common::{Rig, Server};
use kvd_types::{AuthInfo, Call, Fault, FaultKind, Headers, Operation as Op, Reply};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};
use serde_json::{Value, json};

const LOGIN: &str = "auth/cert/login";
const UNTRUSTED: &str = "invalid certificate or no client certificate supplied";
const UNFIT: &str = "no chain matching all constraints could be found for this login certificate";

type Chain = Vec<Vec<u8>>;
type Outcome = Result<Box<AuthInfo>, (FaultKind, String)>;

struct Authority {
    pem: String,
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let (params, key) = (Self::params(name), KeyPair::generate().unwrap());
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().to_vec(), issuer: Issuer::new(params, key) }
    }

    fn below(&self, name: &str) -> Self {
        let (params, key) = (Self::params(name), KeyPair::generate().unwrap());
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().to_vec(), issuer: Issuer::new(params, key) }
    }

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
    }

    fn issue(&self, params: &CertificateParams, key: &KeyPair) -> (String, Vec<u8>) {
        let certificate = params.signed_by(key, &self.issuer).unwrap();
        (certificate.pem(), certificate.der().to_vec())
    }

    /// A certificate for a client of that name.
    fn client(&self, name: &str) -> Vec<u8> {
        self.issue(&client(name), &KeyPair::generate().unwrap()).1
    }

    /// A list that revokes these serial numbers.
    fn list(&self, serials: &[u64]) -> String {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2020, 1, 2),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

fn client(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![format!("{name}.example")]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationalUnitName, "ops");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.serial_number = Some(SerialNumber::from(7));
    params
}

/// A call on a connection on which these certificates were shown.
fn request(rig: &Rig, token: &str, path: &str, body: Value, chain: Chain) -> Call {
    let mut call = rig.0.request(token, Op::Write, path, &body);
    call.peer.certificates = (!chain.is_empty()).then(|| chain.into());
    call
}

fn shown(answer: Result<Reply, Fault>) -> Outcome {
    answer.map(|reply| reply.auth.unwrap()).map_err(|fault| (fault.kind, fault.public.concat()))
}

async fn call(rig: &Rig, token: &str, path: &str, body: Value, chain: Chain) -> Outcome {
    shown(rig.0.vault.serve(request(rig, token, path, body, chain)).await)
}

async fn login(rig: &Rig, chain: Chain) -> Outcome {
    call(rig, "", LOGIN, json!({}), chain).await
}

fn refused(outcome: Outcome, text: &str) {
    assert_eq!(outcome.map(|auth| auth.policies), Err((FaultKind::Invalid, text.to_owned())));
}

async fn trust(rig: &Rig, name: &str, pem: &str, more: Value) {
    let mut body = json!({ "certificate": pem });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rig.root(Op::Write, &format!("auth/cert/certs/{name}"), body).await;
}

#[tokio::test]
async fn what_an_authority_has_issued_is_trusted() {
    let (authority, stranger) = (Authority::new("a"), Authority::new("a"));
    let below = authority.below("b");
    let rig = Rig::with("cert").await;
    trust(&rig, "any", &authority.pem, json!({ "token_policies": "p" })).await;
    let auth = login(&rig, vec![authority.client("web")]).await.unwrap();
    let metadata = auth.metadata.unwrap();
    assert_eq!((metadata["cert_name"].as_str(), metadata["common_name"].as_str()), ("any", "web"));
    assert_eq!(metadata["serial_number"], "7");
    assert!(login(&rig, vec![below.client("web"), below.der.clone()]).await.is_ok());
    let mut for_servers = client("web");
    for_servers.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let mut outdated = client("web");
    outdated.not_after = date_time_ymd(1980, 1, 1);
    let key = KeyPair::generate().unwrap();
    for chain in [
        vec![stranger.client("web")],
        vec![below.client("web")],
        vec![below.client("web"), stranger.der.clone()],
        vec![authority.issue(&for_servers, &key).1],
        vec![authority.issue(&outdated, &key).1],
        vec![client("web").self_signed(&key).unwrap().der().to_vec(), authority.der.clone()],
    ] {
        refused(login(&rig, chain).await, UNTRUSTED);
    }
    refused(login(&rig, Vec::new()).await, "no client certificate found");
    refused(login(&rig, vec![b"no certificate".to_vec()]).await, "no client certificate found");
}

#[tokio::test]
async fn v069_a_list_counts_from_the_first_request_on() {
    let authority = Authority::new("a");
    let rig = Rig::with("cert").await;
    trust(&rig, "any", &authority.pem, json!({})).await;
    let chain = vec![authority.client("web")];
    assert!(login(&rig, chain.clone()).await.is_ok());
    rig.root(Op::Write, "auth/cert/crls/c", json!({ "crl": authority.list(&[5, 7]) })).await;
    let read = rig.root(Op::Read, "auth/cert/crls/c", json!({})).await;
    assert_eq!(read, json!({ "serials": { "5": {}, "7": {} } }));
    refused(login(&rig, chain.clone()).await, UNFIT);
    let restarted = rig.0.restarted();
    let key = json!({ "key": rig.0.unseal_key.expose() });
    rig.0.call_on(&restarted, "", Op::Write, "sys/unseal", key).await.unwrap();
    refused(shown(restarted.serve(request(&rig, "", LOGIN, json!({}), chain.clone())).await), UNFIT);
    rig.root(Op::Delete, "auth/cert/crls/c", json!({})).await;
    assert!(login(&rig, chain).await.is_ok());
}

#[tokio::test]
async fn v069_a_list_that_cannot_be_had_lets_nobody_in() {
    let authority = Authority::new("a");
    let list = authority.list(&[5]);
    let server = Server::start(move |_| Some((200, list.clone()))).await;
    let rig = Rig::with("cert").await;
    trust(&rig, "any", &authority.pem, json!({})).await;
    rig.root(Op::Write, "auth/cert/crls/c", json!({ "url": server.url })).await;
    // The list of 2020 has run out: each login asks for the next one.
    assert!(login(&rig, vec![authority.client("web")]).await.is_ok());
    for (status, body) in [(500, String::new()), (200, "<html>".to_owned())] {
        server.say(move |_| Some((status, body.clone())));
        let outcome = login(&rig, vec![authority.client("web")]).await;
        refused(outcome, "the list of revoked certificates cannot be fetched");
    }
    let list = authority.list(&[7]);
    server.say(move |_| Some((200, list.clone())));
    refused(login(&rig, vec![authority.client("web")]).await, UNFIT);
}

#[tokio::test]
async fn v070_v072_a_pinned_certificate_is_itself_and_no_other() {
    let authority = Authority::new("a");
    let (mine, theirs) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut params = client("web");
    params.key_identifier_method = KeyIdMethod::PreSpecified(vec![1, 2, 3]);
    let (pem, der) = authority.issue(&params, &mine);
    let rig = Rig::with("cert").await;
    trust(&rig, "pin", &pem, json!({})).await;
    assert!(login(&rig, vec![der.clone()]).await.is_ok());
    // The same serial number, issuer, name and key id, but another key; and the same key, but another name.
    refused(login(&rig, vec![authority.issue(&params, &theirs).1]).await, UNTRUSTED);
    params.distinguished_name.push(DnType::CommonName, "admin");
    refused(login(&rig, vec![authority.issue(&params, &mine).1]).await, UNTRUSTED);
    trust(&rig, "pin", &pem, json!({ "allowed_common_names": "admin" })).await;
    refused(login(&rig, vec![der]).await, UNFIT);
}

#[tokio::test]
async fn v071_without_the_word_of_a_server_for_ocsp_nobody_logs_in_unless_that_may_fail() {
    let authority = Authority::new("a");
    let rig = Rig::with("cert").await;
    trust(&rig, "any", &authority.pem, json!({ "ocsp_enabled": true })).await;
    let (kind, text) = login(&rig, vec![authority.client("web")]).await.map(|a| a.policies).unwrap_err();
    assert!(kind == FaultKind::Invalid && text.contains("OCSP"), "{text}");
    trust(&rig, "any", &authority.pem, json!({ "ocsp_fail_open": true })).await;
    assert!(login(&rig, vec![authority.client("web")]).await.is_ok());
    trust(&rig, "any", &authority.pem, json!({ "ocsp_fail_open": false })).await;
    assert!(login(&rig, vec![authority.client("web")]).await.is_err());
}

#[tokio::test]
async fn v073_a_token_is_renewed_with_its_own_certificate_only() {
    let authority = Authority::new("a");
    let rig = Rig::with("cert").await;
    trust(&rig, "any", &authority.pem, json!({ "token_ttl": 600 })).await;
    let own = vec![authority.client("web")];
    let token = login(&rig, own.clone()).await.unwrap().client_token.unwrap().expose().clone();
    let renew = |chain: Chain| call(&rig, &token, "auth/token/renew-self", json!({}), chain);
    assert!(renew(own.clone()).await.is_ok());
    let other = "client identity during renewal not matching client identity used during login";
    refused(renew(vec![authority.client("web")]).await, other);
    refused(renew(Vec::new()).await, "no client certificate found");
    rig.root(Op::Write, "auth/cert/crls/c", json!({ "crl": authority.list(&[7]) })).await;
    refused(renew(own.clone()).await, UNFIT);
    rig.root(Op::Write, "auth/cert/config", json!({ "disable_binding": true })).await;
    assert!(renew(Vec::new()).await.is_ok());
    trust(&rig, "any", &authority.pem, json!({ "token_policies": "more" })).await;
    refused(renew(own.clone()).await, "policies have changed, not renewing");
    rig.root(Op::Delete, "auth/cert/certs/any", json!({})).await;
    refused(renew(own).await, "the certificate is not trusted any more, not renewing");
}

/// Headers by which a proxy hands on the certificate of its client.
struct Forwarded;

impl Headers for Forwarded {
    fn values<'a>(&'a self, _: &str) -> Vec<&'a str> {
        vec!["MIIB", "-----BEGIN CERTIFICATE-----"]
    }
}

#[tokio::test]
async fn v074_no_header_stands_in_for_a_certificate() {
    let authority = Authority::new("a");
    let rig = Rig::with("cert").await;
    trust(&rig, "any", &authority.pem, json!({})).await;
    let mut call = rig.0.request("", Op::Write, LOGIN, &json!({}));
    call.headers = Box::new(Forwarded);
    let fault = rig.0.vault.serve(call).await.unwrap_err();
    assert_eq!(fault.public.concat(), "no client certificate found");
}

#[tokio::test]
async fn v061_a_change_touches_what_it_names_and_nothing_else() {
    let authority = Authority::new("a");
    let rig = Rig::with("cert").await;
    let all = json!({
        "allowed_names": "a", "allowed_common_names": "b", "allowed_dns_sans": "c", "allowed_email_sans": "d",
        "allowed_uri_sans": "e", "allowed_organizational_units": "f", "required_extensions": "1.2.3:g",
        "allowed_metadata_extensions": "1.2.4", "display_name": "h", "ocsp_enabled": true, "ocsp_servers_override": "i",
        "ocsp_ca_certificates": "j", "ocsp_query_all_servers": true, "token_policies": "p", "token_max_ttl": 120,
        "token_ttl": 60, "token_bound_cidrs": "10.0.0.0/8", "token_num_uses": 3, "token_no_default_policy": true
    });
    trust(&rig, "any", &authority.pem, all).await;
    let mut want = rig.root(Op::Read, "auth/cert/certs/any", json!({})).await;
    rig.root(Op::Write, "auth/cert/certs/any", json!({ "token_ttl": 90 })).await;
    want["token_ttl"] = json!(90);
    assert_eq!(rig.root(Op::Read, "auth/cert/certs/any", json!({})).await, want);
    rig.root(Op::Write, "auth/cert/certs/any", json!({ "lease": 30 })).await;
    let read = rig.root(Op::Read, "auth/cert/certs/any", json!({})).await;
    assert_eq!((&read["token_ttl"], &read["ttl"]), (&json!(30), &json!(30)), "the oldest name of a field");
}

#[tokio::test]
async fn v023_no_certificate_gives_root_in_whatever_spelling() {
    let authority = Authority::new("a");
    let rig = Rig::with("cert").await;
    for policy in ["root", "ROOT", " Root", "root\t", "response-wrapping"] {
        trust(&rig, "any", &authority.pem, json!({ "token_policies": ["a", policy] })).await;
        let outcome = login(&rig, vec![authority.client("web")]).await;
        assert_eq!(outcome.map(|a| a.policies).unwrap_err().0, FaultKind::Invalid, "{policy:?}");
    }
}

#[tokio::test]
async fn d17_wrong_types_are_a_clients_mistake() {
    let rig = Rig::with("cert").await;
    for value in [json!(7), json!([]), json!({}), json!(["a", {}]), json!({ "a": 1 }), json!("x")] {
        for (path, name) in
            [("certs/c", "certificate"), ("crls/c", "crl"), ("crls/c", "url"), ("config", "ocsp_cache_size")]
        {
            let is_size = name == "ocsp_cache_size" && value == json!(7);
            let outcome =
                rig.0.call("root", Op::Write, &format!("auth/cert/{path}"), json!({ name: value })).await;
            let kind = outcome.map(|_| ()).map_err(|fault| fault.kind);
            assert_eq!(kind, if is_size { Ok(()) } else { Err(FaultKind::Invalid) }, "{name} {value}");
        }
    }
}

#[tokio::test]
async fn only_what_is_asked_for_counts_and_only_from_where_it_may_come() {
    let (a, b) = (Authority::new("a"), Authority::new("b"));
    let rig = Rig::with("cert").await;
    trust(&rig, "a", &a.pem, json!({})).await;
    trust(&rig, "b", &b.pem, json!({ "token_bound_cidrs": "10.0.0.0/8" })).await;
    let asked = |name: &str, chain: Chain| call(&rig, "", LOGIN, json!({ "name": name }), chain);
    assert!(asked("A", vec![a.client("web")]).await.is_ok());
    refused(asked("b", vec![a.client("web")]).await, UNTRUSTED);
    refused(asked("c", vec![a.client("web")]).await, UNTRUSTED);
    let outcome = login(&rig, vec![b.client("web")]).await;
    assert_eq!(outcome.map(|auth| auth.policies).unwrap_err().0, FaultKind::PermissionDenied);
}

//! JSON bodies: what is taken, what is refused, and with which words.

use crate::stub::{exchange, gateway, status_and_body};
use kvd_http::ListenerSettings;
use kvd_json::Limits;

const DECODE: &str = "failed to decode JSON input: ";
const COMPLEX: &str = "refused JSON input due to high complexity: ";

async fn post(body: &[u8]) -> (u16, String) {
    post_with(ListenerSettings::default(), body).await
}

async fn post_with(settings: ListenerSettings, body: &[u8]) -> (u16, String) {
    let head = "POST /v1/secret/data/a HTTP/1.1\r\nHost: x\r\nX-Vault-Token: t\r\nConnection: close\r\n";
    let mut request = format!("{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    request.extend_from_slice(body);
    let answer = exchange(&gateway(&settings), &settings, &request).await;
    let (status, body) = status_and_body(&answer);
    (status, body.to_owned())
}

async fn takes(body: &str, want: &str) {
    let (status, answer) = post(body.as_bytes()).await;
    let echoed = answer.split_once("\"certificate\":false,\"data\":").map(|(_, rest)| rest);
    let data = echoed.and_then(|rest| rest.split(",\"operation\"").next());
    assert_eq!((status, data), (200, Some(want)), "{body:.80}");
}

async fn refuses(body: impl AsRef<[u8]>, prefix: &str, want: &str) {
    let body = body.as_ref();
    let got = post(body).await;
    assert_eq!(
        got,
        (400, format!("{{\"errors\":[\"{prefix}{want}\"]}}")),
        "{:.80}",
        String::from_utf8_lossy(body)
    );
}

#[tokio::test]
async fn row_5_2_nothing_and_null_are_no_data() {
    for body in ["", "null", " \n ", " null\n", "{}"] {
        takes(body, "{}").await;
    }
}

#[tokio::test]
async fn row_5_2_other_kinds_of_values_are_refused() {
    for body in ["[]", "\"hunter2\"", "1", "true"] {
        refuses(body, DECODE, "expected an object").await;
    }
}

#[tokio::test]
async fn row_5_2_of_names_given_twice_the_last_one_counts() {
    takes(r#"{"a":1,"a":2}"#, r#"{"a":2}"#).await;
    takes(r#"{"a":1,"\u0061":2}"#, r#"{"a":2}"#).await;
    takes(r#"{"data":{"a":1,"b":2,"a":3}}"#, r#"{"data":{"a":3,"b":2}}"#).await;
    takes(r#"{"A":1,"a":2}"#, r#"{"A":1,"a":2}"#).await;
}

#[tokio::test]
async fn row_5_2_what_is_not_json_is_refused_without_being_quoted() {
    for (body, want) in [
        (r#"{"a":NaN}"#, "invalid character at byte 5"),
        (r#"{"a":Infinity}"#, "invalid character at byte 5"),
        (r#"{"a":.5}"#, "invalid character at byte 5"),
        (r#"{"a":01}"#, "invalid character at byte 6"),
        ("// c\n{}", "invalid character at byte 0"),
        (r#"{"a":1,}"#, "invalid character at byte 7"),
        ("{'a':1}", "invalid character at byte 1"),
        ("{", "unexpected end of JSON input"),
        (r#"{"data":"#, "unexpected end of JSON input"),
        ("\u{feff}{}", "invalid character at byte 0"),
        ("{\"a\":\"line\nbreak\"}", "invalid character at byte 10"),
        ("k=v", "invalid character at byte 0"),
    ] {
        refuses(body, DECODE, want).await;
    }
}

#[tokio::test]
async fn row_5_2_numbers_keep_every_digit_or_are_refused() {
    let numbers =
        r#"{"a":123456789012345678901234567890,"b":18446744073709551616,"c":1.0,"d":1.10,"e":1e5,"f":-0.0}"#;
    takes(numbers, numbers).await;
    refuses(r#"{"a":1e400}"#, DECODE, "number out of range at byte 5").await;
}

#[tokio::test]
async fn row_5_2_more_than_one_value_is_refused() {
    refuses(r#"{"a":1}{"b":2}"#, DECODE, "unexpected data after the value at byte 7").await;
    refuses(r#"{"a":1} x"#, DECODE, "unexpected data after the value at byte 8").await;
}

#[tokio::test]
async fn row_5_2_text_that_is_no_text_is_refused_instead_of_changed() {
    refuses(r#"{"a":"\ud800"}"#, DECODE, "invalid text at byte 6").await;
    refuses(b"{\"a\":\"\xff\"}", DECODE, "invalid text at byte 6").await;
    takes(r#"{"a":"\u0000 \ud83d\ude00 \u003c"}"#, r#"{"a":"\u0000 😀 \u003c"}"#).await;
}

#[tokio::test]
async fn v_110_row_5_2_depth_and_number_of_strings_are_bounded() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    takes(&nested(127), &nested(127)[..]).await;
    refuses(nested(128), COMPLEX, "exceeded maximum nesting depth").await;
    refuses(nested(12_000), COMPLEX, "exceeded maximum nesting depth").await;
    let strings = |n: usize| format!("{{\"a\":[{}]}}", vec!["\"\""; n].join(","));
    takes(&strings(9_999), &strings(9_999)[..]).await;
    refuses(strings(10_000), COMPLEX, "exceeded maximum number of strings").await;
}

#[tokio::test]
async fn row_5_2_estimated_memory_is_bounded_as_the_listener_says() {
    let mut settings = ListenerSettings::default();
    settings.limits.json = Limits { strings: 12, memory: 2048, ..Limits::default() };
    let names = |n: usize| (0..n).map(|k| format!("\"k{k}\":{k}")).collect::<Vec<_>>().join(",");
    for (body, want) in [
        (format!("{{{}}}", names(12)), None),
        (format!("{{{}}}", names(13)), Some("exceeded maximum number of strings")),
        (format!("{{\"l\":[{}]}}", ["1"; 100].join(",")), Some("exceeded maximum estimated memory limits")),
        (format!("{{\"l\":\"{}\"}}", "x".repeat(2100)), Some("exceeded maximum estimated memory limits")),
    ] {
        let (status, answer) = post_with(settings.clone(), body.as_bytes()).await;
        match want {
            None => assert_eq!(status, 200, "{body}"),
            Some(want) => assert_eq!(answer, format!("{{\"errors\":[\"{COMPLEX}{want}\"]}}"), "{body}"),
        }
    }
}

#[tokio::test]
async fn v_118_a_body_that_would_have_to_be_unpacked_is_refused_unread() {
    let settings = ListenerSettings::default();
    for coding in ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"] {
        let request = format!(
            "POST /v1/a HTTP/1.1\r\nHost: x\r\nX-Vault-Token: t\r\nContent-Encoding: {coding}\r\n\
             Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n"
        );
        let answer = exchange(&gateway(&settings), &settings, request.as_bytes()).await;
        assert_eq!(status_and_body(&answer).0, 415, "{coding}");
    }
}

//! Input that is wrong, and defects that servers of this kind have had.

use super::{check, rig};
use kvd_types::{
    ApiPath,
    Operation::{Delete, List, Patch, Read, Scan, Write},
    PathError,
};

#[test]
fn row_5_3_write_without_data() {
    check(
        &rig(),
        &[
            (Write, "data/k", "", 400, "no data provided"),
            (Write, "data/k", "{}", 400, "no data provided"),
            (Write, "data/k", r#"{"foo":"bar"}"#, 400, "no data provided"),
            (Write, "data/k", r#"{"options":{"cas":0}}"#, 400, "no data provided"),
            (Patch, "data/k", r#"{"options":{"cas":0}}"#, 400, "no data provided"),
            (Read, "metadata/k", "", 404, ""),
        ],
    );
}

#[test]
fn row_5_3_data_not_an_object() {
    let rig = rig();
    for operation in [Write, Patch] {
        for value in ["\"hunter2\"", "[\"hunter2\"]", "[{\"a\":42}]", "42", "true"] {
            let body = format!("{{\"data\":{value}}}");
            let answer =
                rig.check(operation, "data/k", &body, 400, "error converting input for field \"data\"");
            assert!(!answer.text.contains("hunter2") && !answer.text.contains("42"), "{}", answer.text);
        }
    }
    // How some languages write an empty map.
    rig.check(Write, "data/k", r#"{"data":[],"options":[]}"#, 200, "");
    rig.check(Read, "data/k", "", 200, r#"{"data":{},"#);
}

#[test]
fn row_5_3_options_cas_abc() {
    let body = r#"{"data":{},"options":{"cas":"abc"}}"#;
    rig().check(Write, "data/k", body, 400, "error parsing check-and-set parameter");
}

#[test]
fn row_5_3_cas_mismatch() {
    let body = r#"{"data":{},"options":{"cas":7}}"#;
    rig().check(Write, "data/k", body, 400, "check-and-set parameter did not match the current version");
}

#[test]
fn row_5_3_cas_required_absent() {
    let rig = rig();
    rig.check(Write, "config", r#"{"cas_required":true}"#, 204, "");
    rig.check(Write, "data/k", r#"{"data":{}}"#, 400, "check-and-set parameter required for this call");
}

#[test]
fn row_5_3_cas_minus_1_2_to_the_63_1_5_text_1_null() {
    let rig = rig();
    // Of a secret that is not there, the absence is told first.
    rig.check(Patch, "data/k", r#"{"data":{},"options":{"cas":1.5}}"#, 404, "");
    rig.check(Write, "data/k", r#"{"data":{}}"#, 200, "");
    rig.check(Patch, "data/k", r#"{"data":{},"options":{"cas":1.5}}"#, 400, "error parsing check-and-set");
    for (cas, status) in
        [("-1", 400), ("9223372036854775808", 400), ("1.5", 400), ("null", 400), ("\"1\"", 200)]
    {
        rig.check(Write, "data/k", &format!("{{\"data\":{{}},\"options\":{{\"cas\":{cas}}}}}"), status, "");
    }
}

#[test]
fn row_5_3_delete_undelete_destroy_with_no_versions() {
    let rig = rig();
    for body in ["", "{}", r#"{"versions":[]}"#, r#"{"versions":""}"#, r#"{"version":1}"#] {
        rig.check(Write, "delete/k", body, 400, "No version number provided");
        rig.check(Write, "undelete/k", body, 400, "No version number provided");
        rig.check(Write, "destroy/k", body, 400, "no version number provided");
    }
}

#[test]
fn row_5_3_versions_0_minus_1_text_1_twice_9999_and_100_000_entries() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{"v":"x"}}"#, 200, "");
    let many = (0..90_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    for versions in
        ["[0]", "[-1]", "[\"1\"]", "[1,1]", "[9999]", "\"1,2\"", "[null]", "\",\"", &format!("[{many}]"), "1"]
    {
        for path in ["delete/k", "undelete/k"] {
            rig.check(Write, path, &format!("{{\"versions\":{versions}}}"), 204, "");
        }
        rig.check(Read, "data/k", "", 200, "x");
    }
    for versions in ["[\"x\"]", "[1.5]", "{\"a\":1}", "[[1]]", "[99999999999999999999]", "\"1, 2\""] {
        rig.check(Write, "destroy/k", &format!("{{\"versions\":{versions}}}"), 400, "versions");
    }
    rig.check(Read, "data/k", "", 200, "x");
}

#[test]
fn row_5_3_custom_metadata_over_64_keys_over_128_bytes_over_512_bytes_unprintable() {
    let rig = rig();
    let custom = |members: &str| format!("{{\"custom_metadata\":{{{members}}}}}");
    let keys = |n: usize| (0..n).map(|i| format!("\"k{i}\":\"v\"")).collect::<Vec<_>>().join(",");
    let prefix = "1 error occurred:\n\t* custom_metadata validation failed: ";
    rig.check(Write, "metadata/k", &custom(&keys(64)), 204, "");
    for (members, want) in [
        (keys(65), format!("{prefix}payload must contain at most 64 keys, provided 65\n\n")),
        (
            format!("\"{}\":\"v\"", "k".repeat(129)),
            format!(
                "{prefix}length of key \"{}\" is 129 but must be 0 < len(key) <= 128\n\n",
                "k".repeat(129)
            ),
        ),
        (
            format!("\"a\":\"{}\"", "v".repeat(513)),
            format!("{prefix}length of value for key \"a\" is 513 but must be 0 < len(value) <= 512\n\n"),
        ),
        (
            "\"\":\"v\"".to_owned(),
            format!("{prefix}length of key \"\" is 0 but must be 0 < len(key) <= 128\n\n"),
        ),
        (
            "\"a\":null".to_owned(),
            format!("{prefix}length of value for key \"a\" is 0 but must be 0 < len(value) <= 512\n\n"),
        ),
        (
            "\"a\":\"line\\nbreak\"".to_owned(),
            format!("{prefix}value for key \"a\" contains unprintable characters\n\n"),
        ),
        ("\"a\\tb\":\"v\"".to_owned(), format!("{prefix}key \"a\\tb\" contains unprintable characters\n\n")),
        ("\"a\":\"\",\"b\":\"\"".to_owned(), "2 errors occurred:\n\t* custom_metadata".to_owned()),
        ("\"a\":[\"x\"]".to_owned(), "custom_metadata validation failed: ".to_owned()),
        ("\"a\":{\"b\":\"c\"}".to_owned(), "custom_metadata validation failed: ".to_owned()),
    ] {
        rig.check(Write, "metadata/k", &custom(&members), 400, &want);
    }
    rig.check(Patch, "metadata/k", &custom("\"one more\":\"v\""), 400, "provided 65");
    rig.check(Write, "metadata/k", r#"{"custom_metadata":"owner=me"}"#, 400, "custom_metadata");
    let answer = rig.check(Read, "metadata/k", "", 200, "\"k63\":\"v\"");
    assert!(!answer.text.contains("one more"), "a refused write left something behind");
    let wide = custom(&format!("\"{}\":\"é\"", "é".repeat(64)));
    rig.check(Write, "metadata/k", &wide, 204, "");
    rig.check(Write, "metadata/k", &custom("\"f\":1.5,\"n\":42,\"t\":true,\"u\":false"), 204, "");
    rig.check(Read, "metadata/k", "", 200, r#"{"f":"1.5","n":"42","t":"1","u":"0"}"#);
}

#[test]
fn row_5_3_max_versions_minus_1_and_2_to_the_32() {
    let rig = rig();
    for path in ["config", "metadata/k"] {
        for value in ["-1", "4294967296", "\"x\"", "1.5", "[]"] {
            let body = format!("{{\"max_versions\":{value}}}");
            rig.check(Write, path, &body, 400, "error converting input for field \"max_versions\"");
        }
        rig.check(Write, path, r#"{"max_versions":4294967295}"#, 204, "");
    }
}

#[test]
fn row_5_3_delete_version_after_minus_1s_1y_9999999999h() {
    let rig = rig();
    for value in ["\"-1s\"", "\"1y\"", "\"9999999999h\"", "true", "[]", "{}", "-1"] {
        let body = format!("{{\"delete_version_after\":{value}}}");
        rig.check(Write, "metadata/k", &body, 400, "delete_version_after");
    }
    for value in ["\"1w\"", "\"1y\"", "\"9999999999h\"", "true", "[\"1h\"]"] {
        let body = format!("{{\"delete_version_after\":{value}}}");
        rig.check(Write, "config", &body, 400, "delete_version_after");
    }
    rig.check(Write, "metadata/k", r#"{"delete_version_after":"2562047h"}"#, 204, "");
    rig.check(Write, "data/k", r#"{"data":{}}"#, 200, "\"deletion_time\":\"2262-04-11T23:47:16.854775807Z\"");
    rig.check(Read, "data/k", "", 200, "");
}

#[test]
fn row_5_3_version_abc_minus_1_2_to_the_64() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{}}"#, 200, "");
    for version in ["abc", "-1", "18446744073709551616", "1.5"] {
        for path in ["data/k", "subkeys/k"] {
            rig.check(Read, path, &format!("{{\"version\":\"{version}\"}}"), 400, "version");
        }
    }
}

#[test]
fn row_5_3_read_of_deleted_and_destroyed_version() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{"v":"hunter2"}}"#, 200, "");
    for (path, body) in [("delete/k", r#"{"versions":[1]}"#), ("destroy/k", r#"{"versions":[1]}"#)] {
        rig.check(Write, path, body, 204, "");
        let answer = rig.check(Read, "data/k", "", 404, r#"{"data":null,"metadata":{"created_time":""#);
        assert!(!answer.text.contains("hunter2"));
    }
}

#[test]
fn a_path_with_a_slash_at_its_end_is_no_secret() {
    let rig = rig();
    rig.check(Write, "data/k", r#"{"data":{"v":"x"}}"#, 200, "");
    for path in ["data/k/", "metadata/k/", "delete/k/", "undelete/k/", "destroy/k/"] {
        let body = r#"{"data":{},"versions":[1],"max_versions":1}"#;
        rig.check(Write, path, body, 400, "cannot write to a path ending in '/'");
    }
    for path in ["data/k/", "data/", "metadata/k/", "subkeys/k/"] {
        rig.check(Read, path, "", 404, "");
    }
    rig.check(Delete, "data/k/", "", 204, "");
    rig.check(Delete, "metadata/k/", "", 204, "");
    rig.check(Read, "data/k", "", 200, "x");
}

/// CVE-2021-45042: a key too large for the store brought the store down.
#[test]
fn v_075_large_paths_are_stored_or_refused_and_the_store_goes_on() {
    for (path, want) in [
        ("a/".repeat(5_000), PathError::TooLong),
        ("a".repeat(1 << 20), PathError::TooLong),
        ("a/".repeat(65), PathError::TooManySegments),
        (format!("a/{}", "b".repeat(2049)), PathError::TooManySegments),
        ("a//b".to_owned(), PathError::EmptySegment),
    ] {
        assert_eq!(ApiPath::checked(path), Err(want));
    }
    let rig = rig();
    let longest = vec!["n".repeat(2000); 2].join("/");
    rig.check(Write, &format!("data/{longest}"), r#"{"data":{"v":"x"}}"#, 200, "");
    rig.check(Read, &format!("data/{longest}"), "", 200, "x");
    rig.check(Write, "data/next", r#"{"data":{"v":"y"}}"#, 200, "");
}

/// OpenBao #1388: a detailed listing panicked on a folder.
#[test]
fn v_076_a_detailed_listing_shows_secrets_and_folders_of_the_same_name() {
    let rig = rig();
    for key in ["a", "a/x", "b/y"] {
        rig.check(Write, &format!("data/{key}"), r#"{"data":{}}"#, 200, "");
    }
    let answer =
        rig.check(List, "detailed-metadata/", "", 200, r#""a/":{},"b/":{}},"keys":["a","a/","b/"]}"#);
    assert!(answer.text.starts_with(r#"{"key_info":{"a":{"cas_required":false,"#), "{}", answer.text);
    rig.check(List, "detailed-metadata/a/", "", 200, r#""keys":["x"]}"#);
    rig.check(List, "detailed-metadata/", r#"{"after":"a"}"#, 200, r#"{"key_info":{"a/":{},"b/":{}}"#);
    rig.check(Scan, "detailed-metadata/", "", 200, r#""keys":["a","b/y","a/x"]}"#);
    rig.check(List, "detailed-metadata/none/", "", 404, "");
}

/// The part of the matrix that no policy can decide: what each path gives away.
#[test]
fn v_077_no_path_gives_away_a_value_that_is_not_its_own() {
    let rig = rig();
    let secret = r#"{"data":{"a":"hunter2","b":{"c":["hunter2",{"d":"hunter2"}]}}}"#;
    rig.check(Write, "data/f/k", secret, 200, "");
    for (operation, path) in [
        (Read, "metadata/f/k"),
        (Read, "subkeys/f/k"),
        (List, "metadata/f/"),
        (List, "detailed-metadata/f/"),
        (Scan, "detailed-metadata/"),
        (Patch, "data/f/k"),
    ] {
        let answer = rig.call(operation, path, r#"{"data":{}}"#);
        assert!(answer.status == 200 && !answer.text.contains("hunter2"), "{operation} {path}: {answer:?}");
    }
    rig.check(Write, "delete/f/k", r#"{"versions":[1,2]}"#, 204, "");
    for path in ["data/f/k", "subkeys/f/k"] {
        let answer = rig.check(Read, path, "", 404, "null");
        assert!(!answer.text.contains("hunter2"), "{path}");
    }
    let answer = rig.check(Patch, "data/f/k", r#"{"data":{}}"#, 404, "");
    assert!(!answer.text.contains("hunter2"));
    rig.check(Write, "destroy/f/k", r#"{"versions":[1,2]}"#, 204, "");
    assert!(!rig.memory.holds("hunter2"), "a destroyed value is still stored");
}

//! Random operations, on the engine and on a model of it that is too simple to be wrong.

use super::rig;
use crate::testing::Rig;
use kvd_testkit::{
    SeededEntropy,
    model::kv2::{Data, Kv2, Refusal, Secret},
};
use kvd_types::{
    Clock, GoDuration,
    Operation::{Delete, List, Patch, Read, Write},
};
use std::collections::BTreeMap;

const KEYS: [&str; 5] = ["a", "a/b", "a/c", "d/e/f", "g"];

/// One engine and one model that are given the same.
struct Pair {
    rig: Rig,
    model: Kv2,
    dice: SeededEntropy,
}

impl Pair {
    fn chance(&self, one_in: u64) -> bool {
        self.dice.below(one_in) == 0
    }

    fn data(&self) -> Data {
        (0..self.dice.below(3)).map(|i| (format!("n{i}"), self.dice.below(100).cast_signed())).collect()
    }

    fn cas(&self, key: &str) -> Option<u64> {
        let current = self.model.secrets.get(key).map_or(0, |s| s.current);
        match self.dice.below(4) {
            0 => Some(current),
            1 => Some(self.dice.below(4)),
            _ => None,
        }
    }

    fn versions(&self, key: &str) -> Vec<u64> {
        let current = self.model.secrets.get(key).map_or(0, |s| s.current);
        (0..=self.dice.below(3)).map(|_| self.dice.below(current + 2)).collect()
    }

    /// Does one thing to both, and compares what they say to it.
    fn step(&mut self) -> String {
        let key = *self.dice.pick(&KEYS);
        let now = self.rig.clock.now();
        match self.dice.below(12) {
            0..5 => {
                let (data, cas) = (self.data(), self.cas(key));
                let body = format!("{{\"data\":{}{}}}", json(&data), options(cas));
                let answer = self.rig.call(Write, &format!("data/{key}"), &body);
                agree(&answer.text, answer.status, self.model.write(key, data, cas, now));
                format!("write {key} {cas:?}")
            }
            5 => {
                let cas = self.cas(key);
                let changes: BTreeMap<String, Option<i64>> = self
                    .data()
                    .into_iter()
                    .map(|(name, value)| (name, (value % 2 == 0).then_some(value)))
                    .collect();
                let text: Vec<String> = changes
                    .iter()
                    .map(|(name, v)| format!("\"{name}\":{}", v.map_or("null".to_owned(), |v| v.to_string())))
                    .collect();
                let body = format!("{{\"data\":{{{}}}{}}}", text.join(","), options(cas));
                let answer = self.rig.call(Patch, &format!("data/{key}"), &body);
                agree(&answer.text, answer.status, self.model.patch(key, &changes, cas, now));
                format!("patch {key} {cas:?}")
            }
            6 => {
                self.rig.check(Delete, &format!("data/{key}"), "", 204, "");
                self.model.delete_newest(key, now);
                format!("delete newest {key}")
            }
            7 => {
                let versions = self.versions(key);
                let body = format!("{{\"versions\":{versions:?}}}");
                let verb = *self.dice.pick(&["delete", "undelete", "destroy"]);
                self.rig.check(Write, &format!("{verb}/{key}"), &body, 204, "");
                match verb {
                    "delete" => self.model.delete(key, &versions, now),
                    "undelete" => self.model.undelete(key, &versions, now),
                    _ => self.model.destroy(key, &versions),
                }
                format!("{verb} {key} {versions:?}")
            }
            8 => self.write_metadata(key),
            9 if self.chance(3) => {
                self.rig.check(Delete, &format!("metadata/{key}"), "", 204, "");
                self.model.secrets.remove(key);
                format!("remove {key}")
            }
            10 if self.chance(3) => {
                let (max, after) = (*self.dice.pick(&[0, 2, 70, 150]), *self.dice.pick(&[0, 0, -1, 20]));
                let cas = self.chance(6);
                let body = format!(
                    "{{\"max_versions\":{max},\"delete_version_after\":{after},\"cas_required\":{cas}}}"
                );
                self.rig.check(Write, "config", &body, 204, "");
                self.model.max_versions = max;
                self.model.delete_version_after = after;
                self.model.cas_required = cas;
                format!("config {body}")
            }
            _ => {
                let seconds = self.dice.below(8);
                self.rig.advance(seconds);
                format!("wait {seconds}")
            }
        }
    }

    fn write_metadata(&mut self, key: &str) -> String {
        let (max, after) = (*self.dice.pick(&[0, 1, 3, 100]), *self.dice.pick(&[0, 0, 5, 50]));
        let (cas, custom) = (self.chance(8), self.chance(2));
        let text = if custom { "{\"o\":\"me\"}" } else { "{}" };
        let body = format!(
            "{{\"max_versions\":{max},\"delete_version_after\":{after},\"cas_required\":{cas},\"custom_metadata\":{text}}}"
        );
        // A warning where the mount insists.
        let status = if self.model.cas_required && !cas { 200 } else { 204 };
        self.rig.check(Write, &format!("metadata/{key}"), &body, status, "");
        let secret = self.model.secrets.entry(key.to_owned()).or_default();
        secret.max_versions = max;
        secret.delete_version_after = after;
        secret.cas_required = cas;
        secret.custom = BTreeMap::from_iter(custom.then(|| ("o".to_owned(), "me".to_owned())));
        secret.metadata_version += 1;
        format!("metadata {key} {body}")
    }

    /// Looks at everything through every path.
    fn compare(&self) {
        let now = self.rig.clock.now();
        for key in KEYS {
            let Some(secret) = self.model.secrets.get(key) else {
                self.rig.check(Read, &format!("data/{key}"), "", 404, "");
                self.rig.check(Read, &format!("metadata/{key}"), "", 404, "");
                assert!(!self.rig.exists(&format!("data/{key}")));
                continue;
            };
            assert!(self.rig.exists(&format!("data/{key}")));
            let metadata = self.rig.call(Read, &format!("metadata/{key}"), "");
            assert_eq!(without_authors(&metadata.text), shown(secret, &metadata.text), "{key}");
            for number in [0, 1, secret.oldest, self.dice.below(secret.current + 2)] {
                let wanted = if number == 0 { secret.current } else { number };
                let answer =
                    self.rig.call(Read, &format!("data/{key}"), &format!("{{\"version\":{number}}}"));
                let (status, start) = match secret.versions.get(&wanted) {
                    None => (404, String::new()),
                    Some(v) if v.is_hidden(now) => (404, "{\"data\":null,".to_owned()),
                    Some(v) => (200, format!("{{\"data\":{},", json(v.data.as_ref().unwrap()))),
                };
                assert_eq!(answer.status, status, "{key} {number}: {answer:?}");
                assert!(answer.text.starts_with(&start), "{key} {number}: {start} {answer:?}");
            }
        }
        for folder in ["", "a/", "d/", "d/e/", "none/"] {
            let names = self.model.list(folder);
            let answer = self.rig.call(List, &format!("metadata/{folder}"), "");
            assert_eq!(answer.status, if names.is_empty() { 404 } else { 200 });
            if !names.is_empty() {
                assert_eq!(answer.text, format!("{{\"keys\":{names:?}}}").replace(", ", ","));
            }
        }
    }
}

fn json(data: &Data) -> String {
    let members: Vec<String> = data.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn options(cas: Option<u64>) -> String {
    cas.map_or_else(String::new, |n| format!(",\"options\":{{\"cas\":{n}}}"))
}

fn agree(text: &str, status: u16, model: Result<u64, Refusal>) {
    let (want, piece) = match model {
        Ok(number) => (200, format!("\"version\":{number}}}")),
        Err(Refusal::CasRequired) => (400, "required for this call".to_owned()),
        Err(Refusal::CasMismatch) => (400, "did not match".to_owned()),
        Err(Refusal::Missing) => (404, String::new()),
        Err(Refusal::Hidden) => (404, "\"version\":".to_owned()),
    };
    assert_eq!(status, want, "{text}");
    assert!(text.contains(&piece), "{text} {piece}");
}

/// What the engine should show of a secret; who and when (but deletions) are taken from what it did show.
fn shown(secret: &Secret, got: &str) -> String {
    let of = |name: &str| {
        let start = got.find(&format!("\"{name}\":\"")).unwrap() + name.len() + 4;
        got[start..].split('"').next().unwrap()
    };
    let custom: Vec<String> = secret.custom.iter().map(|(k, v)| format!("\"{k}\":\"{v}\"")).collect();
    let custom = if custom.is_empty() { "null".to_owned() } else { format!("{{{}}}", custom.join(",")) };
    let mut versions: Vec<(String, String)> = secret
        .versions
        .iter()
        .map(|(number, v)| {
            let deletion = v.deletion.map_or_else(String::new, |t| t.to_string());
            let text = format!(
                "\"{number}\":{{\"created_time\":\"{}\",\"deletion_time\":\"{deletion}\",\"destroyed\":{}}}",
                v.created,
                v.data.is_none()
            );
            (number.to_string(), text)
        })
        .collect();
    versions.sort();
    let versions: Vec<String> = versions.into_iter().map(|(_, text)| text).collect();
    format!(
        "{{\"cas_required\":{},\"created_time\":\"{}\",\"current_metadata_version\":{},\"current_version\":{},\
         \"custom_metadata\":{custom},\"delete_version_after\":\"{}\",\"max_versions\":{},\
         \"metadata_cas_required\":false,\"oldest_version\":{},\"updated_time\":\"{}\",\"versions\":{{{}}}}}",
        secret.cas_required,
        of("created_time"),
        secret.metadata_version,
        secret.current,
        GoDuration(secret.delete_version_after * 1_000_000_000),
        secret.max_versions,
        secret.oldest,
        of("updated_time"),
        versions.join(",")
    )
}

/// The text without the members that say who did something.
fn without_authors(text: &str) -> String {
    let mut out = text.to_owned();
    for name in ["\"created_by\":", "\"deleted_by\":", "\"last_updated_by\":"] {
        while let Some(start) = out.find(name) {
            let value = start + name.len();
            let end = if out[value..].starts_with('{') {
                value + out[value..].find('}').unwrap() + 1
            } else {
                value + "null".len()
            };
            out.replace_range(start..=end, "");
        }
    }
    out
}

#[test]
fn random_operations_answer_as_the_model_does() {
    for seed in 0..12 {
        let mut pair = Pair { rig: rig(), model: Kv2::default(), dice: SeededEntropy::new(seed) };
        let mut done = Vec::new();
        for _ in 0..200 {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                done.push(pair.step());
                pair.compare();
            }));
            if let Err(panic) = result {
                println!("seed {seed}, steps: {done:#?}");
                std::panic::resume_unwind(panic);
            }
        }
    }
}

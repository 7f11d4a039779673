//! One record as one line of JSON: this file is the list of what lines show in clear.
//!
//! Field names and their order are those of Vault's audit log. Empty fields are left out.

use crate::{
    AuthRecord, Credential, Fragments, Hasher, HeaderRules, Mount, RequestRecord, ResponseRecord,
    fragments::Fragment, hide::Veil, options::FormatOptions,
};
use kvd_json::Writer;
use kvd_types::{AuthInfo, Body, Fault, Reply, Timestamp, WrapInfo};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};
use zeroize::Zeroizing;

/// A whole line with its line break; wiped, since a device may be set up to write in clear.
pub(crate) type Line = Zeroizing<Vec<u8>>;

/// How one device writes its lines.
pub(crate) struct Format {
    /// Tells devices apart in [`Fragments`]; a device set up anew has another salt, hence another number.
    device: u64,
    hasher: Hasher,
    options: FormatOptions,
}

static DEVICES: AtomicU64 = AtomicU64::new(0);

impl Format {
    pub(crate) fn new(salt: &[u8], options: FormatOptions) -> Self {
        Self { device: DEVICES.fetch_add(1, Ordering::Relaxed), hasher: Hasher::new(salt), options }
    }

    pub(crate) fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    pub(crate) fn request(&self, record: &RequestRecord<'_>, headers: &HeaderRules) -> Line {
        let mut w = Writer::with_capacity(1536);
        w.begin_object();
        w.key("time");
        w.display(record.time);
        w.key("type");
        w.string("request");
        if let Some(auth) = &record.auth {
            self.auth(auth, &mut w);
        }
        self.call(record, headers, &mut w);
        if let Some(error) = record.error {
            text("error", error, &mut w);
        }
        w.end_object();
        self.line(w)
    }

    pub(crate) fn response(&self, record: &ResponseRecord<'_>, headers: &HeaderRules) -> Line {
        let mut w = Writer::with_capacity(2048);
        w.begin_object();
        w.key("time");
        w.display(record.time);
        w.key("type");
        w.string("response");
        if let Some(auth) = record.login.as_ref().or(record.request.auth.as_ref()) {
            self.auth(auth, &mut w);
        }
        self.call(record.request, headers, &mut w);
        w.key("response");
        w.begin_object();
        if let Some(mount) = &record.request.mount {
            mount_fields(mount, "mount_running_plugin_version", &mut w);
        }
        match record.outcome {
            Ok(reply) => self.reply(reply, record, &mut w),
            Err(fault) => self.fault(fault, &mut w),
        }
        w.end_object();
        if let Some(error) = record.error {
            text("error", error, &mut w);
        }
        w.end_object();
        self.line(w)
    }

    fn line(&self, w: Writer) -> Line {
        let mut json = Zeroizing::new(w.finish().into_bytes());
        if self.options.prefix.is_empty() && json.len() < json.capacity() {
            json.push(b'\n');
            return json;
        }
        let mut line = Vec::with_capacity(self.options.prefix.len() + json.len() + 1);
        line.extend_from_slice(self.options.prefix.as_bytes());
        line.extend_from_slice(&json);
        line.push(b'\n');
        Zeroizing::new(line)
    }

    fn veil(&self) -> Veil<'_> {
        if self.options.log_raw { Veil::Clear } else { Veil::Hashed(&self.hasher) }
    }

    fn auth(&self, auth: &AuthRecord<'_>, w: &mut Writer) {
        w.key("auth");
        w.begin_object();
        if let Some(credential) = &auth.credential {
            self.credential(credential, "client_token", "accessor", w);
        }
        text("display_name", auth.display_name, w);
        list("policies", auth.policies, w);
        list("token_policies", auth.token_policies, w);
        list("identity_policies", auth.identity_policies, w);
        if let Some(verdict) = &auth.verdict {
            w.key("policy_results");
            w.begin_object();
            w.key("allowed");
            w.bool(verdict.allowed);
            if !verdict.granting.is_empty() {
                w.key("granting_policies");
                w.begin_array();
                for policy in verdict.granting {
                    w.begin_object();
                    text("name", policy.name, w);
                    text("namespace_id", policy.namespace_id, w);
                    text("type", "acl", w);
                    w.end_object();
                }
                w.end_array();
            }
            w.end_object();
        }
        metadata(auth.metadata, w);
        count("remaining_uses", auth.remaining_uses, w);
        text("entity_id", auth.entity_id, w);
        if auth.entity_created {
            w.key("entity_created");
            w.bool(true);
        }
        w.key("token_type");
        match auth.kind {
            Some(kind) => w.display(kind),
            None => w.string("default"),
        }
        count("token_ttl", auth.ttl_seconds, w);
        if let Some(issued) = auth.issued {
            w.key("token_issue_time");
            w.display(Timestamp::from_seconds(issued.seconds()));
        }
        w.end_object();
    }

    fn call(&self, record: &RequestRecord<'_>, headers: &HeaderRules, w: &mut Writer) {
        w.key("request");
        w.begin_object();
        w.key("id");
        w.display(record.id);
        text("operation", record.action.as_str(), w);
        if let Some(mount) = &record.mount {
            mount_fields(mount, "mount_running_version", w);
        }
        if let Some(credential) = &record.credential {
            self.credential(credential, "client_token", "client_token_accessor", w);
        }
        w.key("namespace");
        w.begin_object();
        text("id", record.namespace.id, w);
        text("path", record.namespace.path, w);
        w.end_object();
        text("path", record.path, w);
        if !record.data.is_empty() {
            w.key("data");
            let clear = record.mount.map_or(&[][..], |m| m.clear_request_keys);
            self.veil().value(record.data.value(), clear, w);
        }
        if let Some(address) = record.peer.address {
            w.key("remote_address");
            w.display(address);
        }
        count("remote_port", record.peer.port.into(), w);
        count("wrap_ttl", record.wrap_ttl.map_or(0, |ttl| ttl.as_secs()), w);
        self.headers(record, headers, w);
        text("client_certificate_serial_number", record.certificate_serial, w);
        w.end_object();
    }

    /// A header that is to be hidden is so even where everything else is written in clear.
    fn headers(&self, record: &RequestRecord<'_>, rules: &HeaderRules, w: &mut Writer) {
        let mut open = false;
        for (name, hidden) in rules.iter() {
            let values = record.headers.values(name);
            if values.is_empty() {
                continue;
            }
            if !open {
                w.key("headers");
                w.begin_object();
                open = true;
            }
            let veil = if hidden { Veil::Hashed(&self.hasher) } else { Veil::Clear };
            w.key(name);
            w.begin_array();
            values.into_iter().for_each(|value| veil.text(value, w));
            w.end_array();
        }
        if open {
            w.end_object();
        }
    }

    fn credential(&self, credential: &Credential<'_>, token_key: &str, accessor_key: &str, w: &mut Writer) {
        let Credential { token, accessor, fragments } = credential;
        let clear_accessor = self.options.log_raw || !self.options.hmac_accessor;
        let fragment = |fragments: &Fragments| {
            fragments.of(self.device, || Fragment {
                device: self.device,
                token: self.hasher.digest(token.expose().as_bytes()),
                accessor: self.hasher.digest(accessor.as_bytes()),
            })
        };
        let kept = fragments.filter(|_| !self.options.log_raw).map(fragment);
        w.key(token_key);
        match kept {
            Some(kept) => w.string(kept.token.label().as_str()),
            None => self.veil().text(token.expose(), w),
        }
        if accessor.is_empty() {
            return;
        }
        w.key(accessor_key);
        match kept {
            _ if clear_accessor => w.string(accessor),
            Some(kept) => w.string(kept.accessor.label().as_str()),
            None => self.veil().text(accessor, w),
        }
    }

    fn accessor(&self, key: &str, accessor: &str, w: &mut Writer) {
        if accessor.is_empty() {
            return;
        }
        w.key(key);
        if self.options.hmac_accessor { self.veil().text(accessor, w) } else { w.string(accessor) }
    }

    fn reply(&self, reply: &Reply, record: &ResponseRecord<'_>, w: &mut Writer) {
        if let Some(auth) = &reply.auth {
            self.made_token(auth, record.display_name, w);
        }
        let lease = &reply.lease;
        if !lease.id.is_empty() || lease.duration_seconds > 0 || lease.renewable {
            w.key("secret");
            w.begin_object();
            text("lease_id", &lease.id, w);
            w.end_object();
        }
        let clear = record.request.mount.map_or(&[][..], |m| m.clear_response_keys);
        match &reply.body {
            Body::Empty => {}
            Body::Data(data) | Body::Doubled(data) | Body::Bare(data) => {
                if data.as_str() != "{}" {
                    w.key("data");
                    if self.options.elide_list_responses && record.request.action.is_listing() {
                        self.veil().elided(data.value(), clear, w);
                    } else {
                        self.veil().value(data.value(), clear, w);
                    }
                }
            }
            Body::Document { content_type, bytes } => {
                w.key("data");
                w.begin_object();
                text("http_content_type", content_type, w);
                w.key("http_raw_body");
                self.veil().bytes(bytes.expose(), w);
                w.end_object();
            }
        }
        if !reply.warnings.is_empty() {
            w.key("warnings");
            w.begin_array();
            for warning in &reply.warnings {
                // A text that was put together may hold what the caller sent; one that stands in the program cannot.
                match warning {
                    Cow::Borrowed(fixed) => w.string(fixed),
                    Cow::Owned(made) => self.veil().text(made, w),
                }
            }
            w.end_array();
        }
        if let Some(wrap) = &reply.wrap {
            self.wrap(wrap, w);
        }
    }

    fn made_token(&self, auth: &AuthInfo, display_name: &str, w: &mut Writer) {
        w.key("auth");
        w.begin_object();
        if let Some(token) = &auth.client_token {
            w.key("client_token");
            self.veil().text(token.expose(), w);
        }
        self.accessor("accessor", &auth.accessor, w);
        text("display_name", display_name, w);
        list("policies", &auth.policies, w);
        list("token_policies", &auth.token_policies, w);
        list("identity_policies", &auth.identity_policies, w);
        metadata(auth.metadata.as_ref(), w);
        count("num_uses", auth.num_uses, w);
        text("entity_id", &auth.entity_id, w);
        w.key("token_type");
        w.display(auth.kind);
        count("token_ttl", auth.lease_duration_seconds, w);
        w.end_object();
    }

    fn wrap(&self, wrap: &WrapInfo, w: &mut Writer) {
        w.key("wrap_info");
        w.begin_object();
        count("ttl", wrap.ttl.as_secs(), w);
        w.key("token");
        self.veil().text(wrap.token.expose(), w);
        self.accessor("accessor", &wrap.accessor, w);
        w.key("creation_time");
        w.display(wrap.created);
        text("creation_path", &wrap.creation_path, w);
        self.accessor("wrapped_accessor", wrap.wrapped_accessor.as_deref().unwrap_or_default(), w);
        w.end_object();
    }

    fn fault(&self, fault: &Fault, w: &mut Writer) {
        match &fault.public[..] {
            [] => {}
            texts => {
                w.key("data");
                w.begin_object();
                w.key("error");
                if let [only] = texts {
                    self.veil().text(only, w);
                } else {
                    w.begin_array();
                    texts.iter().for_each(|t| self.veil().text(t, w));
                    w.end_array();
                }
                w.end_object();
            }
        }
    }
}

fn text(key: &str, value: &str, w: &mut Writer) {
    if !value.is_empty() {
        w.key(key);
        w.string(value);
    }
}

fn count(key: &str, value: u64, w: &mut Writer) {
    if value > 0 {
        w.key(key);
        w.int(i64::try_from(value).unwrap_or(i64::MAX));
    }
}

fn list(key: &str, values: &[String], w: &mut Writer) {
    if !values.is_empty() {
        w.key(key);
        w.strings(values);
    }
}

fn metadata(values: Option<&BTreeMap<String, String>>, w: &mut Writer) {
    let Some(values) = values.filter(|v| !v.is_empty()) else { return };
    w.key("metadata");
    w.begin_object();
    for (name, value) in values {
        w.key(name);
        w.string(value);
    }
    w.end_object();
}

fn mount_fields(mount: &Mount<'_>, version_key: &str, w: &mut Writer) {
    text("mount_point", mount.point, w);
    text("mount_type", mount.kind, w);
    text("mount_accessor", mount.accessor, w);
    text(version_key, mount.version, w);
    text("mount_class", mount.class, w);
}

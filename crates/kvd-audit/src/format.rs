//! One record as one line of JSON: what is written here without the veil is the list of what lines show in clear.
//!
//! Field names and their order are those of Vault's audit log. Empty fields are left out.

mod auth;
mod reply;

use crate::{
    AuthRecord, Hasher, HeaderRules, Mount, RequestRecord, ResponseRecord, hide::Veil, options::FormatOptions,
};
use kvd_json::Writer;
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

/// A whole line with its line break; wiped, since a device may be set up to write in clear.
pub(crate) type Line = Zeroizing<Vec<u8>>;

/// How one device writes its lines.
pub(crate) struct Format {
    /// Tells devices apart in [`crate::Fragments`]; a device set up anew has another salt, hence another number.
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
        self.request_line(record, |w| self.common(record.auth.as_ref(), record, headers, w))
    }

    pub(crate) fn response(&self, record: &ResponseRecord<'_>, headers: &HeaderRules) -> Line {
        let auth = record.login.as_ref().or(record.request.auth.as_ref());
        self.response_line(record, |w| self.common(auth, record.request, headers, w))
    }

    /// Both lines of a call, in one piece; what they have in common is rendered once.
    pub(crate) fn exchange(&self, record: &ResponseRecord<'_>, headers: &HeaderRules) -> Line {
        let (request, response) = if record.login.is_some() {
            (self.request(record.request, headers), self.response(record, headers))
        } else {
            let mut w = Writer::with_capacity(1024);
            w.begin_object();
            self.common(record.request.auth.as_ref(), record.request, headers, &mut w);
            w.end_object();
            let common = w.finish();
            let request = self.request_line(record.request, |w| w.members(&common));
            (request, self.response_line(record, |w| w.members(&common)))
        };
        let mut both = Vec::with_capacity(request.len() + response.len());
        both.extend_from_slice(&request);
        both.extend_from_slice(&response);
        Zeroizing::new(both)
    }

    /// Who called, and what.
    fn common(
        &self,
        auth: Option<&AuthRecord<'_>>,
        request: &RequestRecord<'_>,
        headers: &HeaderRules,
        w: &mut Writer,
    ) {
        if let Some(auth) = auth {
            self.auth(auth, w);
        }
        self.call(request, headers, w);
    }

    fn request_line(&self, record: &RequestRecord<'_>, common: impl FnOnce(&mut Writer)) -> Line {
        let mut w = Writer::with_capacity(1536);
        w.begin_object();
        w.key("time");
        w.display(record.time);
        w.key("type");
        w.string("request");
        common(&mut w);
        if let Some(error) = record.error {
            text("error", error, &mut w);
        }
        w.end_object();
        self.line(w)
    }

    fn response_line(&self, record: &ResponseRecord<'_>, common: impl FnOnce(&mut Writer)) -> Line {
        let mut w = Writer::with_capacity(2048);
        w.begin_object();
        w.key("time");
        w.display(record.time);
        w.key("type");
        w.string("response");
        common(&mut w);
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

fn mount_fields(mount: &Mount<'_>, version_key: &str, w: &mut Writer) {
    text("mount_point", mount.point, w);
    text("mount_type", mount.kind, w);
    text("mount_accessor", mount.accessor, w);
    text(version_key, mount.version, w);
    text("mount_class", mount.class, w);
}

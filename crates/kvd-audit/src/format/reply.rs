//! Answers and refusals in a line.

use super::{Format, count, text};
use crate::ResponseRecord;
use kvd_json::Writer;
use kvd_types::{Body, Fault, Reply, WrapInfo};
use std::borrow::Cow;

impl Format {
    pub(super) fn reply(&self, reply: &Reply, record: &ResponseRecord<'_>, w: &mut Writer) {
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

    pub(super) fn fault(&self, fault: &Fault, w: &mut Writer) {
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

//! Tokens in a line: the caller's, and one that an answer brings.

use super::{Format, count, list, text};
use crate::{AuthRecord, Credential, Fragments, fragments::Pair};
use kvd_json::Writer;
use kvd_types::{AuthInfo, Timestamp};
use std::collections::BTreeMap;

impl Format {
    pub(super) fn auth(&self, auth: &AuthRecord<'_>, w: &mut Writer) {
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

    pub(super) fn made_token(&self, auth: &AuthInfo, display_name: &str, w: &mut Writer) {
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

    pub(super) fn credential(
        &self,
        credential: &Credential<'_>,
        token_key: &str,
        accessor_key: &str,
        w: &mut Writer,
    ) {
        let Credential { token, accessor, fragments } = credential;
        let clear_accessor = self.options.log_raw || !self.options.hmac_accessor;
        let fragment = |fragments: &Fragments| {
            fragments.of(self.device, || Pair {
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

    pub(super) fn accessor(&self, key: &str, accessor: &str, w: &mut Writer) {
        if accessor.is_empty() {
            return;
        }
        w.key(key);
        if self.options.hmac_accessor { self.veil().text(accessor, w) } else { w.string(accessor) }
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

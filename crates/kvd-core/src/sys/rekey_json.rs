//! How a rekey is written in answers, in both forms.

use crate::seal::rekey::{ProofStatus, ProofStep, RekeyStatus, Step};
use base64::{Engine, engine::general_purpose::STANDARD};
use kvd_barrier::Shares;
use kvd_json::Writer;
use kvd_types::Reply;

/// Which of the two families asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `sys/rekey/*`: a bare body, every field always there.
    Bare,
    /// `sys/rotate/root/*`: in an envelope, and nothing of an attempt that does not exist.
    Enveloped,
}

impl Form {
    pub(super) fn reply(self, write: impl FnOnce(&mut Writer)) -> Reply {
        match self {
            Self::Bare => Reply::bare(write),
            Self::Enveloped => Reply::object(write),
        }
    }
}

pub(super) fn status(status: &RekeyStatus, form: Form) -> Reply {
    form.reply(|w| {
        let all = status.started || form == Form::Bare;
        if form == Form::Bare {
            w.key("backup");
            w.bool(false);
        }
        w.key("n");
        w.int(status.shares.into());
        if all {
            w.key("nonce");
            w.string(&status.nonce);
        }
        if form == Form::Bare {
            w.key("pgp_fingerprints");
            w.null();
        }
        if all {
            w.key("progress");
            w.int(status.progress.into());
        }
        w.key("required");
        w.int(status.required.into());
        w.key("started");
        w.bool(status.started);
        w.key("t");
        w.int(status.threshold.into());
        if all {
            write_verification(w, status, form);
        }
    })
}

pub(super) fn step(step: Step, form: Form) -> Reply {
    let (done, shares, commit) = match step {
        Step::More(more) => return status(&more, form),
        Step::Complete { status, shares, commit } => (status, shares, commit),
    };
    let mut reply = form.reply(|w| {
        w.key("backup");
        w.bool(false);
        w.key("complete");
        w.bool(true);
        write_shares(w, &shares);
        w.key("nonce");
        w.string(&done.nonce);
        w.key("pgp_fingerprints");
        w.null();
        write_verification(w, &done, form);
    });
    reply.commit = commit;
    reply
}

fn write_shares(w: &mut Writer, shares: &Shares) {
    w.key("keys");
    w.strings(shares.iter().map(|s| hex::encode(s.expose())));
    w.key("keys_base64");
    w.strings(shares.iter().map(|s| STANDARD.encode(s.expose())));
}

fn write_verification(w: &mut Writer, status: &RekeyStatus, form: Form) {
    if form == Form::Enveloped || !status.verification_nonce.is_empty() {
        w.key("verification_nonce");
        w.string(&status.verification_nonce);
    }
    w.key("verification_required");
    w.bool(status.verify);
}

pub(super) fn proof(proof: &ProofStatus, form: Form) -> Reply {
    form.reply(|w| {
        w.key("n");
        w.int(proof.shares.into());
        w.key("nonce");
        w.string(&proof.nonce);
        w.key("progress");
        w.int(proof.progress.into());
        w.key("started");
        w.bool(true);
        w.key("t");
        w.int(proof.threshold.into());
    })
}

pub(super) fn proof_step(step: ProofStep, form: Form) -> Reply {
    let (nonce, commit) = match step {
        ProofStep::More(more) => return proof(&more, form),
        ProofStep::Complete { nonce, commit } => (nonce, commit),
    };
    let mut reply = form.reply(|w| {
        w.key("complete");
        w.bool(true);
        w.key("nonce");
        w.string(&nonce);
    });
    reply.commit = Some(commit);
    reply
}

//! New shares: the holders of the old ones agree, the new ones are handed out, and where it is asked for they are
//! proved before they count.

use super::{Quorum, Unsealed, barrier_fault};
use crate::vault::Inner;
use kvd_barrier::{PendingRekey, ShareParams, Shares};
use kvd_types::{Commit, Fault, Secret};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The one rekey that can be under way. Whoever holds the lock has it for itself, also while new shares wait for the
/// record of the answer that shows them.
pub(crate) type RekeySlot = Arc<Mutex<Option<Rekey>>>;

/// What a rekey is to give.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) params: ShareParams,
    pub(crate) verify: bool,
}

/// A rekey under way. It lives in memory only: sealing ends it, and the old shares stay good.
pub(crate) struct Rekey {
    wish: Wish,
    /// The holders of the present shares.
    agreement: Quorum,
    proof: Option<Proof>,
}

/// New shares that were handed out and do not count until enough of them have come back.
struct Proof {
    pending: PendingRekey,
    holders: Quorum,
}

/// How far a rekey is.
#[derive(Default)]
pub(crate) struct RekeyStatus {
    pub(crate) started: bool,
    pub(crate) nonce: String,
    pub(crate) threshold: u8,
    pub(crate) shares: u8,
    pub(crate) progress: u8,
    pub(crate) required: u8,
    pub(crate) verify: bool,
    pub(crate) verification_nonce: String,
}

/// What handing in a share led to.
pub(crate) enum Step {
    /// More are needed.
    More(RekeyStatus),
    /// The new shares. `commit` makes them count; none where they have to be proved first.
    Complete { status: RekeyStatus, shares: Shares, commit: Option<Commit> },
}

/// How far the proof of new shares is.
pub(crate) struct ProofStatus {
    pub(crate) nonce: String,
    pub(crate) threshold: u8,
    pub(crate) shares: u8,
    pub(crate) progress: u8,
}

/// What handing in a new share led to.
pub(crate) enum ProofStep {
    /// More are needed.
    More(ProofStatus),
    /// The new shares are proved; `commit` makes them count.
    Complete { nonce: String, commit: Commit },
}

/// Begins a rekey.
///
/// # Errors
/// When one is under way.
pub(crate) async fn start(vault: &Inner, unsealed: &Unsealed, wish: Wish) -> Result<RekeyStatus, Fault> {
    let mut slot = unsealed.rekey.lock().await;
    if slot.is_some() {
        return Err(Fault::invalid("rekey already in progress"));
    }
    let agreement = Quorum::new(unsealed.barrier.seal_config(), "rekey operation", &*vault.entropy)?;
    let rekey = slot.insert(Rekey { wish, agreement, proof: None });
    tracing::info!(shares = wish.params.shares(), threshold = wish.params.threshold(), "rekey started");
    Ok(rekey.status())
}

/// How far the rekey is; with `started` false when none is under way.
pub(crate) async fn status(unsealed: &Unsealed) -> RekeyStatus {
    match &*unsealed.rekey.lock().await {
        Some(rekey) => rekey.status(),
        None => RekeyStatus {
            required: unsealed.barrier.seal_config().params.threshold(),
            ..RekeyStatus::default()
        },
    }
}

/// Gives up the rekey; that there is none is no error. Where anybody may come, `nonce` has to be known: nobody else
/// shall undo what the operators do.
pub(crate) async fn cancel(unsealed: &Unsealed, nonce: Option<&str>) -> Result<(), Fault> {
    let mut slot = unsealed.rekey.lock().await;
    if let (Some(rekey), Some(nonce)) = (&*slot, nonce) {
        rekey.agreement.check_nonce(nonce)?;
    }
    if slot.take().is_some() {
        tracing::info!("rekey cancelled");
    }
    Ok(())
}

/// Takes one of the present shares.
pub(crate) async fn provide(
    vault: &Inner,
    unsealed: &Arc<Unsealed>,
    nonce: &str,
    share: Secret<Vec<u8>>,
) -> Result<Step, Fault> {
    let mut slot = Arc::clone(&unsealed.rekey).lock_owned().await;
    let rekey = slot.as_mut().ok_or_else(|| Fault::invalid("no barrier rekey in progress"))?;
    rekey.agreement.check_nonce(nonce)?;
    if rekey.proof.is_some() {
        return Err(Fault::invalid("rekey operation already finished; verification must be performed"));
    }
    let Some(key) = rekey.agreement.provide(share, &*vault.entropy)? else {
        return Ok(Step::More(rekey.status()));
    };
    if !unsealed.barrier.is_key(&key) {
        return Err(rekey.agreement.wrong_shares());
    }
    let pending = unsealed.barrier.prepare_rekey(rekey.wish.params).map_err(barrier_fault)?;
    let shares = pending.shares().clone();
    if !rekey.wish.verify {
        let status = rekey.status();
        return Ok(Step::Complete { status, shares, commit: Some(commit(unsealed, slot, pending)) });
    }
    let holders = Quorum::new(pending.config(), "verify operation", &*vault.entropy)?;
    rekey.proof = Some(Proof { pending, holders });
    Ok(Step::Complete { status: rekey.status(), shares, commit: None })
}

/// How far the proof of the new shares is.
///
/// # Errors
/// When there is nothing to prove.
pub(crate) async fn proof_status(unsealed: &Unsealed) -> Result<ProofStatus, Fault> {
    proof(unsealed.rekey.lock().await.as_mut()).map(|proof| proof.status())
}

/// Begins the proof anew, under another nonce.
pub(crate) async fn restart_proof(
    vault: &Inner,
    unsealed: &Unsealed,
    nonce: Option<&str>,
) -> Result<ProofStatus, Fault> {
    let mut slot = unsealed.rekey.lock().await;
    let proof = proof(slot.as_mut())?;
    if let Some(nonce) = nonce {
        proof.holders.check_nonce(nonce)?;
    }
    proof.holders = Quorum::new(proof.pending.config(), "verify operation", &*vault.entropy)?;
    Ok(proof.status())
}

/// Takes one of the new shares.
pub(crate) async fn prove(
    vault: &Inner,
    unsealed: &Arc<Unsealed>,
    nonce: &str,
    share: Secret<Vec<u8>>,
) -> Result<ProofStep, Fault> {
    let mut slot = Arc::clone(&unsealed.rekey).lock_owned().await;
    let proof = proof(slot.as_mut())?;
    proof.holders.check_nonce(nonce)?;
    let Some(key) = proof.holders.provide(share, &*vault.entropy)? else {
        return Ok(ProofStep::More(proof.status()));
    };
    if !proof.pending.is_key(&key) {
        return Err(proof.holders.wrong_shares());
    }
    let nonce = proof.holders.nonce().to_owned();
    Ok(ProofStep::Complete { nonce, commit: commit_proved(unsealed, slot) })
}

fn proof(rekey: Option<&mut Rekey>) -> Result<&mut Proof, Fault> {
    rekey
        .and_then(|rekey| rekey.proof.as_mut())
        .ok_or_else(|| Fault::invalid("no rekey verification in progress"))
}

/// Makes new shares count and ends the rekey. Until this has run, the old ones open the vault; should it never run,
/// the holders hand in their shares again.
fn commit(
    unsealed: &Arc<Unsealed>,
    mut slot: OwnedMutexGuard<Option<Rekey>>,
    pending: PendingRekey,
) -> Commit {
    let unsealed = Arc::clone(unsealed);
    Commit::new(async move {
        unsealed.barrier.rekey(&pending).await.map_err(barrier_fault)?;
        *slot = None;
        tracing::info!("rekey complete");
        Ok(())
    })
}

/// The same for shares that have been proved, which stay provable if it does not run.
fn commit_proved(unsealed: &Arc<Unsealed>, mut slot: OwnedMutexGuard<Option<Rekey>>) -> Commit {
    let unsealed = Arc::clone(unsealed);
    Commit::new(async move {
        unsealed.barrier.rekey(&proof(slot.as_mut())?.pending).await.map_err(barrier_fault)?;
        *slot = None;
        tracing::info!("rekey complete");
        Ok(())
    })
}

impl Rekey {
    fn status(&self) -> RekeyStatus {
        RekeyStatus {
            started: true,
            nonce: self.agreement.nonce().to_owned(),
            threshold: self.wish.params.threshold(),
            shares: self.wish.params.shares(),
            progress: self.agreement.provided(),
            required: self.agreement.required(),
            verify: self.wish.verify,
            verification_nonce: self.proof.as_ref().map(|p| p.holders.nonce().to_owned()).unwrap_or_default(),
        }
    }
}

impl Proof {
    fn status(&self) -> ProofStatus {
        let params = self.pending.config().params;
        ProofStatus {
            nonce: self.holders.nonce().to_owned(),
            threshold: params.threshold(),
            shares: params.shares(),
            progress: self.holders.provided(),
        }
    }
}

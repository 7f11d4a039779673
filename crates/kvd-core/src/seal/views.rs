//! The vault's own parts of the store: fixed views, one for each kind of record.

use kvd_barrier::Barrier;
use kvd_storage::View;
use kvd_types::{NamespaceId, ViewId};
use std::sync::Arc;

/// Mounts.
pub(crate) const MOUNTS: ViewId = ViewId::fixed(1);
/// Tokens, their indexes and when they end.
pub(crate) const TOKENS: ViewId = ViewId::fixed(2);
/// Policies.
pub(crate) const POLICIES: ViewId = ViewId::fixed(3);
/// Audit devices and which headers they record.
pub(crate) const AUDIT: ViewId = ViewId::fixed(4);
/// Settings that are changed at run time, and the cluster's name.
pub(crate) const CONFIG: ViewId = ViewId::fixed(5);
/// Wrapped answers.
pub(crate) const WRAPPED: ViewId = ViewId::fixed(6);

/// Entities, aliases and groups.
pub(crate) const IDENTITY: ViewId = ViewId::fixed(7);

/// One of the views above.
pub(crate) fn system(barrier: &Arc<Barrier>, id: ViewId) -> Arc<dyn View> {
    of(barrier, id)
}

/// The view of a mount.
pub(crate) fn of(barrier: &Arc<Barrier>, id: ViewId) -> Arc<dyn View> {
    Arc::new(barrier.view(NamespaceId::ROOT, id))
}

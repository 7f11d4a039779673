//! All mounts, found by the longest path that fits.

use super::{Family, Mount};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

/// A snapshot of all mounts; a change makes a new one.
#[derive(Clone, Default)]
pub(crate) struct MountTable {
    /// By path without the slash at its end, so that no look-up has to make a text.
    by_path: BTreeMap<String, Arc<Mount>>,
    /// The views of all mounts: a mount keeps its view when it moves, and no later mount gets the same.
    views: HashSet<[u8; 8]>,
}

impl MountTable {
    /// The mount whose path is the longest beginning of `path`, and the rest of `path` below it.
    ///
    /// A path that lacks only the mount's last slash belongs to it too. The cost is one look-up per segment,
    /// however many mounts there are.
    pub(crate) fn find<'p>(&self, path: &'p str) -> Option<(Arc<Mount>, &'p str)> {
        let mut end = path.strip_suffix('/').unwrap_or(path).len();
        loop {
            if let Some(mount) = self.by_path.get(&path[..end]) {
                let below = path[end..].strip_prefix('/').unwrap_or_default();
                return Some((Arc::clone(mount), below));
            }
            end = path[..end].rfind('/')?;
        }
    }

    /// The mount of exactly that path.
    pub(crate) fn get(&self, full_path: &str) -> Option<&Arc<Mount>> {
        self.by_path.get(key(full_path))
    }

    /// The mount that stands in the way of a new one at `full_path`: itself, above it or below it.
    pub(crate) fn conflict(&self, full_path: &str) -> Option<&Arc<Mount>> {
        self.by_path.values().find(|m| {
            let taken = m.info.path.as_str();
            full_path.starts_with(taken) || taken.starts_with(full_path)
        })
    }

    /// Whether the mount with that view is there, wherever it is mounted.
    pub(crate) fn has_view(&self, view: [u8; 8]) -> bool {
        self.views.contains(&view)
    }

    /// All mounts of a family, sorted by path.
    pub(crate) fn family(&self, family: Family) -> impl Iterator<Item = &Arc<Mount>> {
        self.by_path.values().filter(move |m| m.record.family == family)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Mount>> {
        self.by_path.values()
    }

    pub(crate) fn insert(&mut self, mount: Arc<Mount>) {
        self.views.insert(mount.record.view);
        self.by_path.insert(key(&mount.info.path).to_owned(), mount);
    }

    pub(crate) fn remove(&mut self, full_path: &str) -> Option<Arc<Mount>> {
        let removed = self.by_path.remove(key(full_path))?;
        self.views.remove(&removed.record.view);
        Some(removed)
    }
}

fn key(full_path: &str) -> &str {
    full_path.strip_suffix('/').unwrap_or(full_path)
}

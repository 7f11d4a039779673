//! Names below a folder: one level, or all.

use kvd_backend::{Input, Request};
use kvd_storage::{Page, Table, View, ViewError};
use kvd_types::Fault;

/// Which part of a listing a caller asks for, by `after` and `limit`.
pub(crate) struct Wanted {
    after: Option<String>,
    limit: Option<usize>,
}

impl Wanted {
    /// Reads the parameters; a limit of zero or less is none.
    ///
    /// # Errors
    /// When the limit is no number.
    pub(crate) fn parse(request: &Request<'_>) -> Result<Self, Fault> {
        let input = Input::new(request.data());
        let after = input.string("after")?.filter(|a| !a.is_empty()).map(std::borrow::Cow::into_owned);
        let asked = input.int("limit")?.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
        // A policy has refused any number above its own already.
        let limit = asked.or(request.page_limit);
        Ok(Self { after, limit })
    }

    /// The same for the store.
    pub(crate) fn page(&self) -> Page<'_> {
        Page { after: self.after.as_deref(), limit: self.limit }
    }
}

/// The paths of all heads below `folder`, relative to it, in the order in which clients know a scan: what stands in a
/// folder itself, sorted, then its folders from the last to the first, each in the same way.
pub(crate) async fn below(view: &dyn View, folder: &str) -> Result<Vec<String>, ViewError> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(inner) = folders.pop() {
        for name in view.names(Table::Heads, &format!("{folder}{inner}"), Page::default()).await?.iter() {
            let path = format!("{inner}{name}");
            if path.ends_with('/') { &mut folders } else { &mut found }.push(path);
        }
    }
    Ok(found)
}

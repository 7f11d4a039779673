//! What a rule can grant, and what a request asks for.

use std::fmt;

/// One right on a path. The order of the variants is the alphabetical order in which Vault prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Write something that does not exist.
    Create,
    /// Delete.
    Delete,
    /// No right at all, whatever other rules for the same path grant.
    Deny,
    /// List one folder.
    List,
    /// Change some fields.
    Patch,
    /// Read.
    Read,
    /// Bring back an older state (a right of Vault Enterprise, accepted in texts).
    Recover,
    /// List a folder and everything below it (a right of OpenBao).
    Scan,
    /// Follow events (a right of Vault Enterprise, accepted in texts).
    Subscribe,
    /// Use a path that is protected for administrators, besides the plain right.
    Sudo,
    /// Write something that exists.
    Update,
}

impl Capability {
    /// All of them, in alphabetical order.
    pub const ALL: [Self; 11] = [
        Self::Create,
        Self::Delete,
        Self::Deny,
        Self::List,
        Self::Patch,
        Self::Read,
        Self::Recover,
        Self::Scan,
        Self::Subscribe,
        Self::Sudo,
        Self::Update,
    ];

    /// The name in policies and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Deny => "deny",
            Self::List => "list",
            Self::Patch => "patch",
            Self::Read => "read",
            Self::Recover => "recover",
            Self::Scan => "scan",
            Self::Subscribe => "subscribe",
            Self::Sudo => "sudo",
            Self::Update => "update",
        }
    }

    /// The capability of that name; names are lower case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Capabilities(u16);

impl Capabilities {
    /// No capability.
    pub const NONE: Self = Self(0);

    /// Whether the set holds it.
    #[must_use]
    pub fn contains(self, capability: Capability) -> bool {
        self.0 & Self::bit(capability) != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What either set holds.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set with one more.
    #[must_use]
    pub fn with(self, capability: Capability) -> Self {
        Self(self.0 | Self::bit(capability))
    }

    /// The members in alphabetical order.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |capability| self.contains(*capability))
    }

    fn bit(capability: Capability) -> u16 {
        1 << capability as u16
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        capabilities.into_iter().fold(Self::NONE, Self::with)
    }
}

/// What a request wants to do. Each needs one capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Write to a path that does not exist yet, where the engine can tell.
    Create,
    /// Delete.
    Delete,
    /// List one folder.
    List,
    /// Change some fields.
    Patch,
    /// Read.
    Read,
    /// List a folder and everything below it.
    Scan,
    /// Any other write.
    Update,
}

impl Operation {
    /// The capability that permits it.
    #[must_use]
    pub fn capability(self) -> Capability {
        match self {
            Self::Create => Capability::Create,
            Self::Delete => Capability::Delete,
            Self::List => Capability::List,
            Self::Patch => Capability::Patch,
            Self::Read => Capability::Read,
            Self::Scan => Capability::Scan,
            Self::Update => Capability::Update,
        }
    }

    /// Whether it asks for the names in a folder.
    #[must_use]
    pub fn is_listing(self) -> bool {
        matches!(self, Self::List | Self::Scan)
    }
}

//! From the text of policies to a decision: may this caller do this on this path.
//!
//! This crate is pure: it reads no clock, no store and no network, so that a policy can be tried out anywhere.
//!
//! ```
//! use std::sync::Arc;
//! use kvd_policy::{Acl, NoIdentity, NoParameters, Operation, Policy, PolicyName, Question};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let name = PolicyName::parse("web")?;
//! let policy = Policy::parse(name, r#"path "secret/data/web/*" { capabilities = ["read"] }"#)?;
//! let acl = Acl::compile(&[Arc::new(policy)], &NoIdentity);
//! let question = Question::new("secret/data/web/db", Operation::Read);
//! assert!(acl.decide(&question).is_allowed());
//! # Ok(()) }
//! ```
//!
//! # How a request is decided
//! 1. Rules of all policies for the same path become one: rights add up, limits of time take the smaller, and deny wins.
//! 2. Of the rules that match a path one decides: the exact one, else the one that Vault's order puts first (`Pattern`).
//!    Rights of others are not added.
//! 3. A deny is matched without regard to case (V-003). It decides if no grant stands before it in that order.
//! 4. A list is asked for with a slash at the end of its path. Rules without the slash count too, for a grant only if
//!    nothing matches with it, and for a deny always (V-004).
//! 5. The rule must have the operation's capability, and the request must satisfy its conditions: the time to wrap the
//!    answer for, then, where fields are read (not for delete and list), the fields.

mod acl;
mod builtin;
mod capability;
mod decide;
mod duration;
mod error;
mod fold;
mod index;
mod name;
mod parameters;
mod pattern;
mod policy;
mod syntax;
mod template;

pub use acl::{Acl, Rule, UnresolvedDeny};
pub use builtin::{DEFAULT_TEXT, RESPONSE_WRAPPING_TEXT};
pub use capability::{Capabilities, Capability, Operation};
pub use decide::{Candidate, Decision, Question, Refusal};
pub use error::{Excerpt, ParseError};
pub use name::{NameError, PolicyName};
pub use parameters::{NoParameters, ParameterFault, ParameterRules, ParameterValue, Parameters};
pub use pattern::{Pattern, PatternError};
pub use policy::{Conditions, PathRule, Policy};
pub use template::{GroupRef, IdentityValues, NoIdentity, Selector, Unbalanced};

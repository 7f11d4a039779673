//! Writes the data of a call; members stand sorted, as canonical form wants them.

use kvd_json::{Object, Writer};
use kvd_types::Fault;

/// An object of the members that `write` gives, in the order of their names.
pub(crate) fn object(write: impl FnOnce(&mut Writer)) -> Object {
    let mut w = Writer::new();
    w.begin_object();
    write(&mut w);
    w.end_object();
    Object::from_text(w.finish())
}

/// A member that is a text.
pub(crate) fn text(w: &mut Writer, name: &str, value: &str) {
    w.key(name);
    w.string(value);
}

/// A number of a message as JSON holds it.
///
/// # Errors
/// When it is larger than any number of Vault's.
pub(crate) fn number(n: u64) -> Result<i64, Fault> {
    i64::try_from(n).map_err(|_| Fault::invalid("a number is too large"))
}

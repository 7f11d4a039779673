//! Check-and-set: a write that only counts when nobody else has written in between.

use kvd_backend::{Input, whole};
use kvd_json::Value;
use kvd_types::Fault;

/// The number that a writer says the current version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cas {
    /// The writer does not say.
    Absent,
    /// This number; one below zero never fits.
    Expected(i64),
    /// The writer says something that is no number, and learns of it once it is known that there is a secret: a
    /// patch of none is answered by its absence.
    Unreadable,
}

impl Cas {
    /// Out of the member `cas` of the body's `options`.
    pub(super) fn parse(input: Input<'_>) -> Result<Self, Fault> {
        let options = input.object("options")?.and_then(Value::as_object);
        let Some(cas) = options.and_then(|options| options.get("cas")) else { return Ok(Self::Absent) };
        Ok(number(cas).map_or(Self::Unreadable, Self::Expected))
    }

    /// Holds it against the number of the current version.
    pub(super) fn check(self, current: u64, required: bool) -> Result<(), Fault> {
        match self {
            Self::Absent if required => Err(Fault::invalid("check-and-set parameter required for this call")),
            Self::Absent => Ok(()),
            Self::Unreadable => Err(Fault::invalid("error parsing check-and-set parameter")),
            Self::Expected(n) if u64::try_from(n) == Ok(current) => Ok(()),
            Self::Expected(_) => {
                Err(Fault::invalid("check-and-set parameter did not match the current version"))
            }
        }
    }
}

/// As any whole number is read, but `null` is 0.
fn number(value: Value<'_>) -> Option<i64> {
    if value.is_null() { Some(0) } else { whole(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_json::{Limits, Object};

    #[test]
    fn the_number_is_read_as_clients_write_it() {
        let check = |options: &str, want: Result<Cas, &str>| {
            let body = format!("{{\"options\":{options}}}");
            let object = Object::parse(body.as_bytes(), &Limits::default()).unwrap();
            let got = Cas::parse(Input::new(&object)).map_err(|fault| fault.public.concat());
            assert_eq!(got.as_ref().copied(), want.map_err(str::to_owned).as_ref().copied(), "{options}");
        };
        check("null", Ok(Cas::Absent));
        check("{}", Ok(Cas::Absent));
        check("{\"cas\":3}", Ok(Cas::Expected(3)));
        check("{\"cas\":\"3\"}", Ok(Cas::Expected(3)));
        check("{\"cas\":null}", Ok(Cas::Expected(0)));
        check("{\"cas\":\"\"}", Ok(Cas::Expected(0)));
        check("{\"cas\":-1}", Ok(Cas::Expected(-1)));
        check("[]", Ok(Cas::Absent));
        check("{\"cas\":\"0x10\"}", Ok(Cas::Expected(16)));
        for bad in ["\"abc\"", "4.5", "[4]", "{\"n\":4}", "9223372036854775808", "1e2"] {
            check(&format!("{{\"cas\":{bad}}}"), Ok(Cas::Unreadable));
        }
        check("\"cas=7\"", Err("Field validation failed: error converting input for field \"options\""));
    }

    #[test]
    fn the_number_has_to_fit() {
        for (cas, current, required, ok) in [
            (Cas::Absent, 5, false, true),
            (Cas::Absent, 5, true, false),
            (Cas::Expected(5), 5, true, true),
            (Cas::Expected(4), 5, false, false),
            (Cas::Expected(0), 0, true, true),
            (Cas::Expected(-1), u64::MAX, false, false),
            (Cas::Unreadable, 0, false, false),
        ] {
            assert_eq!(cas.check(current, required).is_ok(), ok, "{cas:?} {current} {required}");
        }
    }
}

//! Check-and-set: a write that only counts when nobody else has written in between.

use kvd_backend::{Input, field_error};
use kvd_json::{Kind, Value};
use kvd_types::Fault;

/// The number that a writer says the current version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cas {
    /// The writer does not say.
    Absent,
    /// This number; one below zero never fits.
    Expected(i64),
}

impl Cas {
    /// Out of the member `cas` of the body's `options`.
    pub(super) fn parse(input: Input<'_>) -> Result<Self, Fault> {
        let Some(options) = input.raw("options") else { return Ok(Self::Absent) };
        let options = options.as_object().ok_or_else(|| field_error("options"))?;
        let Some(cas) = options.get("cas") else { return Ok(Self::Absent) };
        number(cas).map(Self::Expected).ok_or_else(|| Fault::invalid("error parsing check-and-set parameter"))
    }

    /// Holds it against the number of the current version.
    pub(super) fn check(self, current: u64, required: bool) -> Result<(), Fault> {
        match self {
            Self::Absent if required => Err(Fault::invalid("check-and-set parameter required for this call")),
            Self::Absent => Ok(()),
            Self::Expected(n) if u64::try_from(n) == Ok(current) => Ok(()),
            Self::Expected(_) => {
                Err(Fault::invalid("check-and-set parameter did not match the current version"))
            }
        }
    }
}

/// As Go's weakly typed decoder reads an `int`: `null` and the empty text are 0.
fn number(value: Value<'_>) -> Option<i64> {
    match value.kind() {
        Kind::Null => Some(0),
        Kind::Bool => value.as_bool().map(i64::from),
        Kind::Number => value.text().parse().ok(),
        Kind::String => match &*value.as_str()? {
            "" => Some(0),
            digits => digits.parse().ok(),
        },
        Kind::Array | Kind::Object => None,
    }
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
        const PARSE: Result<Cas, &str> = Err("error parsing check-and-set parameter");
        check("null", Ok(Cas::Absent));
        check("{}", Ok(Cas::Absent));
        check("{\"cas\":3}", Ok(Cas::Expected(3)));
        check("{\"cas\":\"3\"}", Ok(Cas::Expected(3)));
        check("{\"cas\":null}", Ok(Cas::Expected(0)));
        check("{\"cas\":\"\"}", Ok(Cas::Expected(0)));
        check("{\"cas\":-1}", Ok(Cas::Expected(-1)));
        for bad in ["\"abc\"", "4.5", "[4]", "{\"n\":4}", "9223372036854775808", "1e2"] {
            check(&format!("{{\"cas\":{bad}}}"), PARSE);
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
        ] {
            assert_eq!(cas.check(current, required).is_ok(), ok, "{cas:?} {current} {required}");
        }
    }
}

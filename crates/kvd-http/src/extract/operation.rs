//! The operation: the verb, and for GET the parameters that turn a read into something else.

use crate::extract::pairs::Pairs;
use http::Method;
use kvd_types::{Fault, FaultKind, Operation};

/// What the verb says, before parameters are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// A read, a listing or a question for help, as the parameters say.
    Get,
    /// Takes its data from the query.
    Query(Operation),
    /// Takes its data from a body in JSON or as a form.
    Write,
    /// Takes its data from a merge patch.
    Patch,
}

impl Verb {
    /// Verbs are told apart by case, as HTTP says.
    ///
    /// # Errors
    /// When the verb is none of Vault's; looked at before anything else of the request.
    pub(crate) fn of(method: &Method) -> Result<Self, Fault> {
        Ok(match method.as_str() {
            "GET" => Self::Get,
            "POST" | "PUT" => Self::Write,
            "LIST" => Self::Query(Operation::List),
            "DELETE" => Self::Query(Operation::Delete),
            "PATCH" => Self::Patch,
            "SCAN" => Self::Query(Operation::Scan),
            "HEAD" => Self::Query(Operation::Header),
            "HELP" => Self::Query(Operation::Help),
            _ => return Err(silent(FaultKind::UnsupportedOperation)),
        })
    }
}

/// Whether the query has `help` with a value.
pub(crate) fn asks_for_help(query: Option<&str>) -> bool {
    query.is_some_and(|query| {
        query.split('&').any(|pair| pair.strip_prefix("help=").is_some_and(|value| !value.is_empty()))
    })
}

/// Decides what a GET asks for, and takes the parameter that said so out of its data.
///
/// # Errors
/// When `list` or `scan` is no truth value, or both are true.
pub(crate) fn of_get(parameters: &mut Pairs<'_>) -> Result<Operation, Fault> {
    if parameters.is_empty() {
        return Ok(Operation::Read);
    }
    let asks = |parameters: &Pairs<'_>, name| match parameters.first(name) {
        None | Some("") => Ok(false),
        Some(text) => parse_bool(text).ok_or_else(|| silent(FaultKind::Invalid)),
    };
    let (list, scan) = (asks(parameters, "list")?, asks(parameters, "scan")?);
    Ok(match (list, scan) {
        (true, true) => return Err(silent(FaultKind::Invalid)),
        (true, false) => {
            parameters.remove("list");
            Operation::List
        }
        (false, true) => {
            parameters.remove("scan");
            Operation::Scan
        }
        (false, false) => Operation::Read,
    })
}

/// The spellings that Go's `strconv.ParseBool` takes.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// A refusal without a text, as Vault answers here.
fn silent(kind: FaultKind) -> Fault {
    Fault { kind, ..Fault::absent() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verb: &str, want: Option<Verb>) {
        let method = Method::from_bytes(verb.as_bytes()).unwrap();
        let got = Verb::of(&method);
        assert_eq!(got.as_ref().ok(), want.as_ref(), "{verb}");
        if let Err(fault) = got {
            assert_eq!((fault.kind, fault.public.len()), (FaultKind::UnsupportedOperation, 0), "{verb}");
        }
    }

    #[test]
    fn row_5_1_methods_only_the_verbs_of_vault_are_known_and_by_case() {
        check("GET", Some(Verb::Get));
        check("POST", Some(Verb::Write));
        check("PUT", Some(Verb::Write));
        check("PATCH", Some(Verb::Patch));
        check("LIST", Some(Verb::Query(Operation::List)));
        check("SCAN", Some(Verb::Query(Operation::Scan)));
        check("HEAD", Some(Verb::Query(Operation::Header)));
        check("DELETE", Some(Verb::Query(Operation::Delete)));
        for verb in ["get", "list", "Get", "FOO", "TRACE", "CONNECT", "OPTIONS", "PURGE", "COPY"] {
            check(verb, None);
        }
    }

    #[test]
    fn help_is_asked_for_with_any_value_and_by_any_verb() {
        for (query, want) in [
            (None, false),
            (Some("help"), false),
            (Some("help="), false),
            (Some("helper=1"), false),
            (Some("help=1"), true),
            (Some("help=0"), true),
            (Some("list=true&help=1"), true),
        ] {
            assert_eq!(asks_for_help(query), want, "{query:?}");
        }
    }

    #[test]
    fn v036_no_verb_names_what_only_the_vault_itself_does() {
        for inner in ["REVOKE", "RENEW", "ROLLBACK", "ALIAS-LOOKAHEAD", "RESOLVE-ROLE", "revoke", "renew"] {
            check(inner, None);
        }
    }

    #[test]
    fn row_5_1_list_and_scan_are_truth_values_of_go_and_the_first_one_counts() {
        for (query, want) in [
            ("", Ok(Operation::Read)),
            ("list=true", Ok(Operation::List)),
            ("list=1", Ok(Operation::List)),
            ("list=T", Ok(Operation::List)),
            ("list=TRUE", Ok(Operation::List)),
            ("list=false", Ok(Operation::Read)),
            ("list=", Ok(Operation::Read)),
            ("list", Ok(Operation::Read)),
            ("list=true&list=false", Ok(Operation::List)),
            ("list=false&list=true", Ok(Operation::Read)),
            ("scan=t", Ok(Operation::Scan)),
            ("list=0&scan=1", Ok(Operation::Scan)),
            ("List=true", Ok(Operation::Read)),
            ("list=true&scan=true", Err(())),
            ("list=banana", Err(())),
            ("list=yes", Err(())),
            ("list=2", Err(())),
            ("scan=maybe", Err(())),
        ] {
            let mut pairs = Pairs::parse(query, 10).unwrap();
            let got = of_get(&mut pairs);
            if let Err(fault) = &got {
                assert_eq!((fault.kind, fault.public.len()), (FaultKind::Invalid, 0), "{query}");
            }
            assert_eq!(got.map_err(|_| ()), want, "{query}");
        }
    }
}

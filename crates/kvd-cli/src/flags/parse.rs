//! Reading typed arguments against a command's table of flags.

use std::collections::btree_map::Entry;

use super::{Arguments, Flag, FlagGroup, Given, Kind};
use crate::{
    gofmt::{
        duration::Duration,
        number::{parse_bool, parse_int},
        quote::quote,
    },
    hint::nearest,
};

/// Splits arguments into flags and the rest.
///
/// What could be read before an error is returned beside it, because a warning about the rest is due either way. The
/// error is in the words of Go, for the person who typed; it quotes the value.
pub fn parse(groups: &[&'static FlagGroup], arguments: Vec<String>) -> (Arguments, Result<(), String>) {
    let mut parsed = Arguments::default();
    let mut rest = arguments.into_iter().peekable();
    let mut result = Ok(());
    while let Some(argument) = rest.next_if(|argument| argument.len() > 1 && argument.starts_with('-')) {
        if argument == "--" {
            break;
        }
        result = parse_one(groups, &argument, || rest.next(), &mut parsed);
        if result.is_err() {
            break;
        }
    }
    parsed.positional = rest.collect();
    (parsed, result)
}

fn parse_one(
    groups: &[&'static FlagGroup],
    argument: &str,
    next: impl FnOnce() -> Option<String>,
    parsed: &mut Arguments,
) -> Result<(), String> {
    let body = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')).unwrap_or(argument);
    if body.is_empty() || body.starts_with(['-', '=']) {
        return Err(format!("bad flag syntax: {argument}"));
    }
    let (name, value) = match body.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (body, None),
    };
    let flag = find(groups, name).ok_or_else(|| unknown(groups, name))?;
    if let Kind::Bool(_) = flag.kind {
        let text = value.as_deref().unwrap_or("true");
        let truth = parse_bool(text)
            .map_err(|why| format!("invalid boolean value {} for -{name}: {why}", quote(text)))?;
        parsed.given.insert(flag.name, Given::Bool(truth));
        return Ok(());
    }
    let text = value.or_else(next).ok_or_else(|| format!("flag needs an argument: -{name}"))?;
    set(parsed, flag, &text).map_err(|why| format!("invalid value {} for flag -{name}: {why}", quote(&text)))
}

/// The words for a flag that there is not, and the one that was probably meant.
fn unknown(groups: &[&'static FlagGroup], name: &str) -> String {
    let known = groups.iter().flat_map(|group| group.flags).filter(|flag| !flag.hidden).map(|flag| flag.name);
    match nearest(name, known) {
        Some(meant) => format!("flag provided but not defined: -{name}\nDid you mean -{meant}?"),
        None => format!("flag provided but not defined: -{name}"),
    }
}

fn find(groups: &[&'static FlagGroup], name: &str) -> Option<&'static Flag> {
    groups.iter().flat_map(|group| group.flags).find(|flag| flag.name == name)
}

fn set(parsed: &mut Arguments, flag: &'static Flag, text: &str) -> Result<(), String> {
    let given = match flag.kind {
        Kind::Bool(_) => Given::Bool(parse_bool(text)?),
        // An empty text is no number for Go, but Vault takes it for zero.
        Kind::Int(_) if text.is_empty() => Given::Int(0),
        Kind::Int(_) => Given::Int(parse_int(text)?),
        Kind::Text(_) => Given::Text(text.to_owned()),
        // "system" is the word for the server's own setting, which the server knows as a negative duration.
        Kind::Duration => Given::Duration(Duration::parse(if text == "system" { "-1" } else { text })?),
        Kind::List => return push(parsed, flag, text.trim().to_owned()),
        Kind::Map => return insert(parsed, flag, text),
    };
    parsed.given.insert(flag.name, given);
    Ok(())
}

fn push(parsed: &mut Arguments, flag: &'static Flag, item: String) -> Result<(), String> {
    match parsed.given.entry(flag.name) {
        Entry::Occupied(mut entry) => {
            if let Given::List(items) = entry.get_mut() {
                items.push(item);
            }
        }
        Entry::Vacant(entry) => {
            entry.insert(Given::List(vec![item]));
        }
    }
    Ok(())
}

fn insert(parsed: &mut Arguments, flag: &'static Flag, text: &str) -> Result<(), String> {
    let (key, value) =
        text.split_once('=').ok_or_else(|| format!("missing = in KV pair: {}", quote(text)))?;
    let entry = parsed.given.entry(flag.name).or_insert_with(|| Given::Map(Default::default()));
    if let Given::Map(entries) = entry {
        entries.insert(key.to_owned(), value.to_owned());
    }
    Ok(())
}

/// The warning about arguments that look like flags but come too late to be any.
///
/// The flags of the output are left out: they are looked for everywhere.
pub(crate) fn misplaced_flags_warning(positional: &[String]) -> Option<String> {
    let misplaced: Vec<_> = positional
        .iter()
        .filter(|argument| argument.starts_with('-') && argument.as_str() != "-")
        .filter(|argument| {
            let name = argument.trim_start_matches('-').split('=').next().unwrap_or_default();
            !["output-curl-string", "output-policy", "format", "detailed"].contains(&name)
        })
        .map(String::as_str)
        .collect();
    (!misplaced.is_empty()).then(|| {
        format!(
            "Command flags must be provided before positional arguments. \
             The following arguments will not be parsed as flags: [{}]",
            misplaced.join(",")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    static MOUNT: Flag = Flag::text("mount", "");
    static CAS: Flag = Flag::int("cas", -1, "");
    static FORCE: Flag = Flag::switch("force", "");
    static RENEWABLE: Flag = Flag::switch_on("renewable", "");
    static TTL: Flag = Flag::duration("ttl", "");
    static POLICY: Flag = Flag::list("policy", "");
    static META: Flag = Flag::map("meta", "");
    static GROUP: FlagGroup = FlagGroup {
        title: "",
        flags: &[
            Flag::text("mount", ""),
            Flag::int("cas", -1, ""),
            Flag::switch("force", ""),
            Flag::switch_on("renewable", ""),
            Flag::duration("ttl", ""),
            Flag::list("policy", ""),
            Flag::map("meta", ""),
        ],
    };

    fn parsed(typed: &[&str]) -> (Arguments, Result<(), String>) {
        parse(&[&GROUP], typed.iter().map(|&argument| argument.to_owned()).collect())
    }

    /// What was understood, in one line.
    fn summary(typed: &[&str]) -> String {
        let (arguments, result) = parsed(typed);
        if let Err(error) = result {
            return error;
        }
        format!(
            "mount={} cas={} force={} renewable={} ttl={:?} policy={:?} meta={:?} rest={:?}",
            arguments.text(&MOUNT),
            arguments.int(&CAS),
            arguments.bool(&FORCE),
            arguments.bool(&RENEWABLE),
            arguments.duration(&TTL).map(|ttl| ttl.to_string()),
            arguments.list(&POLICY),
            arguments.map(&META),
            arguments.positional,
        )
    }

    #[test]
    fn one_dash_or_two_and_equals_or_blank_mean_the_same() {
        for typed in [["-mount=s", "x"].as_slice(), &["--mount=s", "x"], &["-mount", "s", "x"]] {
            let expected =
                "mount=s cas=-1 force=false renewable=true ttl=None policy=[] meta=None rest=[\"x\"]";
            assert_eq!(summary(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn values_of_every_kind_are_read() {
        let typed = [
            "-cas=",
            "-cas=0x10",
            "-force",
            "-renewable=false",
            "-ttl=90m",
            "-policy",
            " a ",
            "-policy=b",
            "-meta=k=v=w",
            "-meta=a=",
            "-mount=",
        ];
        assert_eq!(
            summary(&typed),
            "mount= cas=16 force=true renewable=false ttl=Some(\"1h30m0s\") policy=[\"a\", \"b\"] \
             meta=Some({\"a\": \"\", \"k\": \"v=w\"}) rest=[]"
        );
    }

    #[test]
    fn nothing_after_the_first_argument_is_a_flag() {
        for (typed, rest) in [
            (["a", "-force"].as_slice(), r#"["a", "-force"]"#),
            (&["--", "-force"], r#"["-force"]"#),
            (&["-", "-force"], r#"["-", "-force"]"#),
            (&["", "-force"], r#"["", "-force"]"#),
        ] {
            assert!(
                summary(typed).ends_with(&format!(
                    "force=false renewable=true ttl=None policy=[] meta=None rest={rest}"
                ))
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_go() {
        for (typed, expected) in [
            (["-nosuch"].as_slice(), "flag provided but not defined: -nosuch"),
            (&["--nosuch=1"], "flag provided but not defined: -nosuch"),
            (&["-renewabel"], "flag provided but not defined: -renewabel\nDid you mean -renewable?"),
            (&["-mount"], "flag needs an argument: -mount"),
            (&["---mount=s"], "bad flag syntax: ---mount=s"),
            (&["-=s"], "bad flag syntax: -=s"),
            (
                &["-cas=abc"],
                "invalid value \"abc\" for flag -cas: strconv.ParseInt: parsing \"abc\": invalid syntax",
            ),
            (
                &["-force=maybe"],
                "invalid boolean value \"maybe\" for -force: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            (&["-ttl=soon"], "invalid value \"soon\" for flag -ttl: time: invalid duration \"soon\""),
            (&["-meta=nope"], "invalid value \"nope\" for flag -meta: missing = in KV pair: \"nope\""),
        ] {
            assert_eq!(summary(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn flags_in_the_wrong_place_are_pointed_out() {
        let warn = |rest: &[&str]| {
            misplaced_flags_warning(&rest.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(warn(&["a", "-", "b=c", "-format=json", "--output-policy"]), None);
        assert_eq!(
            warn(&["a", "-cas=0", "--x"]).as_deref(),
            Some(
                "Command flags must be provided before positional arguments. \
                 The following arguments will not be parsed as flags: [-cas=0,--x]"
            )
        );
    }
}

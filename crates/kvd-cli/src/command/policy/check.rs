//! `policy check`: whether a token may do something, and which rule of which policy says so.

use serde_json::{Map, Value, json};

use crate::{
    client::Request,
    command::{Command, wrong_count},
    context::Context,
    failure::{Failure, Outcome, SERVER, SUCCESS},
    flags::{Arguments, Flag, FlagGroup, common},
    gofmt::value::plain,
    output::columns::table,
};

const OPERATION: Flag = Flag::text_or(
    "operation",
    "read",
    "What is to be done: create, read, update, patch, delete, list or scan.",
);
const ACCESSOR: Flag = Flag::text("accessor", "Ask about the token with this accessor.");
const POLICY: Flag =
    Flag::list("policy", "Ask about whoever has this policy and no identity. May be given several times.");
const PARAMETER: Flag =
    Flag::map("parameter", "A field of the body as key=value. May be given several times.");

static FLAGS: FlagGroup =
    FlagGroup { title: "Command Options", flags: &[OPERATION, ACCESSOR, POLICY, PARAMETER] };

pub(crate) static COMMAND: Command = Command {
    path: "policy check",
    arguments: "[options] [TOKEN] PATH",
    synopsis: "Say whether a token may do something, and why",
    details: "Tells whether the token in use may do something at a path, and which rule of which policy says so:\n\n    \
              $ {program} policy check -operation=update secret/data/web/db\n\n  \
              About other tokens, or about policies as such:\n\n    \
              $ {program} policy check -accessor=9793c9b3 secret/data/web/db\n    \
              $ {program} policy check -policy=web -policy=default secret/data/web/db\n\n  \
              The exit status is 0 when it is allowed and 2 when it is not.",
    flags: &[&FLAGS, &common::OUTPUT_FORMAT],
    run,
};

fn run(context: &mut Context<'_>, arguments: &Arguments) -> Outcome {
    let (token, path) = match arguments.positional.as_slice() {
        [path] => (None, path),
        [token, path] => (Some(token.as_str()), path),
        other => return Err(wrong_count(other.is_empty(), "1-2", other.len())),
    };
    let client = context.client(arguments)?;
    let request = question(token, path, arguments);
    let data = client.data(request).map_err(Failure::doing("Error checking policies"))?;
    if !context.screen.document(&data)? {
        context.screen.line(verdict(&data));
        let rules = rules(&data);
        // The first row is the headings.
        if rules.len() > 1 {
            context.screen.line("");
            context.screen.line(table(rules));
        }
    }
    let is_allowed = data.get("allowed").and_then(Value::as_bool).unwrap_or_default();
    Ok(if is_allowed { SUCCESS } else { SERVER })
}

/// About the token in use everybody may ask; about others, who has the right to that endpoint.
fn question(token: Option<&str>, path: &str, arguments: &Arguments) -> Request {
    let mut body = Map::new();
    body.insert("path".to_owned(), json!(path));
    body.insert("operation".to_owned(), json!(arguments.text(&OPERATION)));
    if let Some(parameters) = arguments.map(&PARAMETER).filter(|parameters| !parameters.is_empty()) {
        body.insert("parameters".to_owned(), json!(parameters));
    }
    let own = body.len();
    body.extend(token.map(|token| ("token".to_owned(), json!(token))));
    if !arguments.text(&ACCESSOR).is_empty() {
        body.insert("accessor".to_owned(), json!(arguments.text(&ACCESSOR)));
    }
    if !arguments.list(&POLICY).is_empty() {
        body.insert("policies".to_owned(), json!(arguments.list(&POLICY)));
    }
    let endpoint = if body.len() == own { "sys/policies/check-self" } else { "sys/policies/check" };
    Request::post(endpoint).body(&Value::Object(body))
}

/// `allowed by …`, or `refused: why`.
fn verdict(data: &Map<String, Value>) -> String {
    let text = |name| data.get(name).and_then(Value::as_str).unwrap_or_default();
    let what = format!("{} {}", text("operation"), text("path"));
    match text("reason") {
        "" => format!("{what}: allowed by {}", names(data.get("granted_by"))),
        why => format!("{what}: refused, {why}"),
    }
}

/// The rules that match, the one that decides first.
fn rules(data: &Map<String, Value>) -> Vec<Vec<String>> {
    let headings = ["Decides", "Path", "Capabilities", "Policies"].map(str::to_owned).to_vec();
    let row = |rule: &Value| {
        let decides = rule.get("decides").and_then(Value::as_bool).unwrap_or_default();
        vec![
            if decides { "yes" } else { "no" }.to_owned(),
            rule.get("path").map(plain).unwrap_or_default(),
            names(rule.get("capabilities")),
            names(rule.get("policies")),
        ]
    };
    let rules = data.get("rules").and_then(Value::as_array).into_iter().flatten().map(row);
    std::iter::once(headings).chain(rules).collect()
}

fn names(list: Option<&Value>) -> String {
    let names: Vec<_> = list.and_then(Value::as_array).into_iter().flatten().map(plain).collect();
    names.join(", ")
}

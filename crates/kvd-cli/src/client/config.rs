//! Where a command finds its server: flags first, then the environment.

use std::{collections::BTreeMap, time::Duration};

use super::{ClientError, ClientResult, proxy::ProxyConfig, tls::TlsConfig};
use crate::{
    environment::Environment,
    flags::{Arguments, common},
    gofmt::{
        duration,
        number::{parse_bool, parse_int},
        quote::quote,
    },
};

/// Everything about the connection that people can set.
#[derive(Default)]
pub(crate) struct Config {
    /// The address as it was given.
    pub(super) address: String,
    /// The address requests are built from: that of the server, or a stand-in where it is a Unix socket.
    pub(super) base: String,
    pub(super) socket: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) wrap_ttl: Option<String>,
    pub(super) mfa: Vec<String>,
    pub(super) policy_override: bool,
    pub(super) follow_redirect: bool,
    pub(super) max_retries: u32,
    pub(super) timeout: Duration,
    pub(super) proxy: ProxyConfig,
    pub(super) tls: TlsConfig,
}

/// How long one request may take when nothing else is set, as in Vault's client.
const TIMEOUT: Duration = Duration::from_secs(60);

impl Config {
    /// Reads flags and environment.
    ///
    /// # Errors
    /// When a value cannot be understood; the message says which.
    pub(crate) fn read(arguments: &Arguments, environment: &Environment) -> ClientResult<Self> {
        check_unused(environment)?;
        let address = address(arguments, environment);
        if let Some(why) = not_an_address(&address) {
            return Err(ClientError::Setup(format!(
                "failed to create client: parse {}: {why}",
                quote(&address)
            )));
        }
        let (base, socket) = match address.strip_prefix("unix://") {
            Some(path) => ("http://localhost".to_owned(), Some(path.to_owned())),
            None => (address.clone(), None),
        };
        Ok(Self {
            namespace: namespace(arguments, environment),
            headers: headers(arguments)?,
            wrap_ttl: wrap_ttl(arguments, environment),
            mfa: mfa(arguments, environment),
            policy_override: arguments.bool(&common::POLICY_OVERRIDE),
            follow_redirect: !truth(arguments, environment, &common::DISABLE_REDIRECTS)?,
            // Like Vault's commands, these do not try again on their own: the person in front of them decides.
            max_retries: number(environment, "MAX_RETRIES")?.unwrap_or(0),
            timeout: timeout(environment)?,
            proxy: ProxyConfig::read(environment, &base),
            tls: TlsConfig::read(
                arguments,
                environment,
                truth(arguments, environment, &common::TLS_SKIP_VERIFY)?,
            ),
            base,
            socket,
            address,
        })
    }
}

fn address(arguments: &Arguments, environment: &Environment) -> String {
    let flag = |flag| Some(arguments.text(flag)).filter(|text| !text.is_empty());
    flag(&common::AGENT_ADDRESS)
        .or_else(|| flag(&common::ADDRESS))
        .or_else(|| environment.setting("AGENT_ADDR"))
        .or_else(|| environment.setting("ADDR"))
        .unwrap_or("https://127.0.0.1:8200")
        .to_owned()
}

/// Why a text cannot be an address at all, in the words of Go.
fn not_an_address(text: &str) -> Option<&'static str> {
    match text.split_once("://") {
        None if text.split('/').next().is_some_and(|segment| segment.contains(':')) => {
            Some("first path segment in URL cannot contain colon")
        }
        Some((_, rest)) if rest.split('/').next().is_some_and(|host| host.contains(' ')) => {
            Some("invalid character \" \" in host name")
        }
        None | Some(_) => None,
    }
}

fn namespace(arguments: &Arguments, environment: &Environment) -> Option<String> {
    let given = [&common::NS, &common::NAMESPACE].into_iter().find(|flag| arguments.has(flag));
    let name = match given {
        Some(flag) => arguments.text(flag),
        None => environment.setting("NAMESPACE")?,
    };
    let name = name.trim_matches('/');
    // The root namespace is where a request goes without the header.
    (!matches!(name, "" | "root")).then(|| format!("{name}/"))
}

fn headers(arguments: &Arguments) -> ClientResult<BTreeMap<String, String>> {
    let headers = arguments.map(&common::HEADER).cloned().unwrap_or_default();
    let reserved = |name: &&String| name.to_ascii_lowercase().starts_with("x-vault-");
    let refused: Vec<_> = headers.keys().filter(reserved).map(String::as_str).collect();
    if refused.is_empty() {
        return Ok(headers);
    }
    Err(ClientError::Setup(format!(
        "failed to setup Headers[{}]: Header starting by 'X-Vault-' are for internal usage only",
        refused.join(", ")
    )))
}

fn wrap_ttl(arguments: &Arguments, environment: &Environment) -> Option<String> {
    match arguments.duration(&common::WRAP_TTL) {
        Some(typed) => Some(typed).filter(|ttl| !ttl.is_zero()).map(|ttl| ttl.to_string()),
        // Not looked at here: a server that cannot read it says so, where silence would leave a secret unwrapped.
        None => environment.setting("WRAP_TTL").map(str::to_owned),
    }
}

fn mfa(arguments: &Arguments, environment: &Environment) -> Vec<String> {
    match (arguments.list(&common::MFA), environment.setting("MFA")) {
        ([], Some(text)) => text.split(',').map(|item| item.trim().to_owned()).collect(),
        (given, _) => given.to_vec(),
    }
}

fn truth(arguments: &Arguments, environment: &Environment, flag: &crate::flags::Flag) -> ClientResult<bool> {
    if arguments.has(flag) {
        return Ok(arguments.bool(flag));
    }
    let Some(name) = flag.setting else { return Ok(false) };
    let Some(text) = environment.setting(name) else { return Ok(false) };
    parse_bool(text)
        .map_err(|_| ClientError::Setup(format!("failed to read environment: could not parse VAULT_{name}")))
}

fn number(environment: &Environment, name: &str) -> ClientResult<Option<u32>> {
    let Some(text) = environment.setting(name) else { return Ok(None) };
    let unreadable = |why: &str| ClientError::Setup(format!("failed to read environment: {why}"));
    let parsed = parse_int(text).map_err(|why| unreadable(&why))?;
    u32::try_from(parsed).map(Some).map_err(|_| unreadable(&format!("VAULT_{name} is out of range")))
}

/// Settings that other clients follow and this one, which sends one request at a time, need not; nonsense in them is
/// a mistake all the same.
fn check_unused(environment: &Environment) -> ClientResult<()> {
    let wrong = |text: &str| Err(ClientError::Setup(format!("failed to read environment: {text}")));
    if let Some(text) = environment.setting("RATE_LIMIT") {
        let (rate, burst) = text.split_once(':').unwrap_or((text, "1"));
        if rate.parse::<f64>().is_err() || burst.parse::<u32>().is_err() {
            return wrong("VAULT_RATE_LIMIT was provided but incorrectly formatted");
        }
    }
    if environment.setting("SRV_LOOKUP").is_some_and(|text| parse_bool(text).is_err()) {
        return wrong("could not parse VAULT_SRV_LOOKUP");
    }
    Ok(())
}

fn timeout(environment: &Environment) -> ClientResult<Duration> {
    let Some(text) = environment.setting("CLIENT_TIMEOUT") else { return Ok(TIMEOUT) };
    let parsed = duration::Duration::parse(text).ok().filter(|timeout| !timeout.is_negative());
    let timeout = parsed.ok_or_else(|| {
        let name = quote("VAULT_CLIENT_TIMEOUT");
        ClientError::Setup(format!("failed to read environment: could not parse {name}"))
    })?;
    match timeout.whole_seconds().unsigned_abs() {
        0 => Ok(TIMEOUT),
        seconds => Ok(Duration::from_secs(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flags;

    fn read(typed: &[&str], variables: &[(&str, &str)]) -> ClientResult<Config> {
        let typed = typed.iter().map(|&argument| argument.to_owned()).collect();
        let (arguments, result) = flags::parse(&[&common::HTTP], typed);
        result.unwrap();
        Config::read(&arguments, &Environment::of_pairs(variables.iter().copied()))
    }

    #[test]
    fn the_address_is_found_in_order() {
        for (typed, variables, expected) in [
            ([].as_slice(), [].as_slice(), "https://127.0.0.1:8200"),
            (&[], &[("VAULT_ADDR", "http://v")], "http://v"),
            (&[], &[("VAULT_ADDR", "http://v"), ("KVD_ADDR", "http://k")], "http://k"),
            (&[], &[("VAULT_ADDR", "http://v"), ("VAULT_AGENT_ADDR", "http://a")], "http://a"),
            (
                &["-address=http://f"],
                &[("VAULT_ADDR", "http://v"), ("VAULT_AGENT_ADDR", "http://a")],
                "http://f",
            ),
            (&["-address=http://f", "-agent-address=http://g"], &[], "http://g"),
        ] {
            assert_eq!(read(typed, variables).map(|config| config.address).ok().as_deref(), Some(expected));
        }
    }

    #[test]
    fn namespaces_have_one_form_and_root_is_none() {
        for (typed, variables, expected) in [
            ([].as_slice(), [].as_slice(), None),
            (&["-namespace=team"], &[], Some("team/")),
            (&["-ns=a/b/", "-namespace=team"], &[], Some("a/b/")),
            (&["-ns="], &[("VAULT_NAMESPACE", "env")], None),
            (&["-namespace=root"], &[], None),
            (&[], &[("VAULT_NAMESPACE", "/env/")], Some("env/")),
        ] {
            assert_eq!(
                read(typed, variables).map(|config| config.namespace).ok().flatten().as_deref(),
                expected
            );
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (typed, variables, part) in [
            (["-header=X-Vault-Token=x"].as_slice(), [].as_slice(), "Headers[X-Vault-Token]"),
            (&["-header=x-vault-token=x"], &[], "Headers[x-vault-token]"),
            (&[], &[("VAULT_SKIP_VERIFY", "maybe")], "VAULT_SKIP_VERIFY"),
            (&[], &[("VAULT_CLIENT_TIMEOUT", "never")], "VAULT_CLIENT_TIMEOUT"),
            (&[], &[("VAULT_MAX_RETRIES", "-1")], "VAULT_MAX_RETRIES"),
            (&[], &[("VAULT_MAX_RETRIES", "x")], "strconv.ParseInt: parsing \"x\": invalid syntax"),
            (&[], &[("VAULT_RATE_LIMIT", "x")], "VAULT_RATE_LIMIT was provided but incorrectly formatted"),
            (&[], &[("VAULT_SRV_LOOKUP", "x")], "VAULT_SRV_LOOKUP"),
            (&["-address=127.0.0.1:1"], &[], "first path segment in URL cannot contain colon"),
            (&["-address=http://a b"], &[], "invalid character \" \" in host name"),
        ] {
            let text = read(typed, variables).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(text.contains(part), "{text}");
        }
    }
}

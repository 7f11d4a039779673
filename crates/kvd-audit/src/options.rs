//! Options of a device, parsed once from the texts in which they are given and kept.

use crate::EnableError;
use kvd_types::parse_duration;
use std::{collections::BTreeMap, time::Duration};

/// Options as an administrator gives them.
type Raw = BTreeMap<String, String>;

/// A device as it is to be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceOptions {
    /// Where lines go.
    pub kind: DeviceKind,
    /// What they look like.
    pub format: FormatOptions,
    /// Whether it is set up without a trial record.
    pub skip_test: bool,
}

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// A file, or a stream of the process.
    File(FileOptions),
    /// The system log.
    Syslog(SyslogOptions),
    /// A socket that somebody listens on.
    Socket(SocketOptions),
}

/// What lines look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatOptions {
    /// Everything in clear (`log_raw`).
    pub log_raw: bool,
    /// Accessors as HMACs (`hmac_accessor`).
    pub hmac_accessor: bool,
    /// The number of names in place of a listing's names (`elide_list_responses`).
    pub elide_list_responses: bool,
    /// A text in front of each line (`prefix`); one line at most.
    pub prefix: String,
}

impl Default for FormatOptions {
    fn default() -> Self {
        Self { log_raw: false, hmac_accessor: true, elide_list_responses: false, prefix: String::new() }
    }
}

/// A file, or a stream of the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOptions {
    /// Which one (`file_path`, or `path`).
    pub target: FileTarget,
    /// Permission bits (`mode`), never executable; none leaves those of an existing file alone (`0000`).
    pub mode: Option<u32>,
    /// When a line counts as written (`sync`).
    pub sync: SyncMode,
}

/// Which file or stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileTarget {
    /// The file of this path.
    Path(String),
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Nowhere; every line counts as written.
    Discard,
}

/// When a line counts as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncMode {
    /// Once the operating system has it: survives a crash of the process, not one of the machine (`os`).
    #[default]
    System,
    /// Once the disk has it, with one flush for all lines that wait (`group`).
    Group,
}

/// How to write to the system log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyslogOptions {
    /// The facility (`facility`).
    pub facility: Facility,
    /// The name of the program (`tag`).
    pub tag: String,
}

/// A facility of the system log; the number is that of RFC 5424, table 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(pub(crate) u8);

/// How to reach a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketOptions {
    /// The kind of socket (`socket_type`).
    pub kind: SocketKind,
    /// Host and port, or a path (`address`).
    pub address: String,
    /// How long connecting or writing may take (`write_timeout`).
    pub write_timeout: Duration,
}

/// A kind of socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketKind {
    /// A TCP connection.
    Tcp,
    /// One UDP datagram a line.
    Udp,
    /// A stream through a path.
    Unix,
}

impl DeviceOptions {
    /// Parses the options of a device of type `kind`. Options that the type does not know are let be, as Vault does.
    ///
    /// # Errors
    /// When an option is missing or cannot be understood.
    pub fn parse(kind: &str, raw: &Raw) -> Result<Self, EnableError> {
        let kind = match kind {
            "" => return Err(EnableError::NoType),
            "file" => DeviceKind::File(file(raw)?),
            "syslog" => DeviceKind::Syslog(syslog(raw)?),
            "socket" => DeviceKind::Socket(socket(raw)?),
            _ => return Err(EnableError::UnknownType),
        };
        if raw.get("format").is_some_and(|f| f != "json") {
            return Err(EnableError::UnknownFormat);
        }
        let prefix = raw.get("prefix").cloned().unwrap_or_default();
        if prefix.chars().any(char::is_control) {
            return Err(EnableError::Invalid("prefix", "one line of printable text"));
        }
        Ok(Self {
            kind,
            format: FormatOptions {
                log_raw: boolean(raw, "log_raw", false)?,
                hmac_accessor: boolean(raw, "hmac_accessor", true)?,
                elide_list_responses: boolean(raw, "elide_list_responses", false)?,
                prefix,
            },
            skip_test: boolean(raw, "skip_test", false)?,
        })
    }
}

fn file(raw: &Raw) -> Result<FileOptions, EnableError> {
    let path = match (raw.get("file_path"), raw.get("path")) {
        (Some(a), Some(b)) if a != b => return Err(EnableError::TwoPaths),
        (Some(path), _) | (None, Some(path)) if !path.is_empty() => path,
        _ => return Err(EnableError::Missing("file_path")),
    };
    let target = match path.to_ascii_lowercase().as_str() {
        "stdout" | "/dev/stdout" => FileTarget::Stdout,
        "stderr" | "/dev/stderr" => FileTarget::Stderr,
        "discard" => FileTarget::Discard,
        _ => FileTarget::Path(path.clone()),
    };
    let sync = match raw.get("sync").map(String::as_str) {
        None | Some("os") => SyncMode::System,
        Some("group") => SyncMode::Group,
        Some(_) => return Err(EnableError::Invalid("sync", "\"group\" or \"os\"")),
    };
    Ok(FileOptions { target, mode: mode(raw)?, sync })
}

/// Reading and writing only, and writing not for everybody: a log that can be executed, or planted where others
/// write, is a way in.
fn mode(raw: &Raw) -> Result<Option<u32>, EnableError> {
    let Some(text) = raw.get("mode") else { return Ok(Some(0o600)) };
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let bits = Some(digits)
        .filter(|d| d.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|d| u32::from_str_radix(d, 8).ok())
        .filter(|bits| *bits <= 0o777)
        .ok_or(EnableError::Invalid("mode", "octal permission bits such as 0600"))?;
    Ok(Some(bits & 0o664).filter(|_| bits != 0))
}

fn syslog(raw: &Raw) -> Result<SyslogOptions, EnableError> {
    let facility = Facility::parse(raw.get("facility").map_or("AUTH", String::as_str))
        .ok_or(EnableError::Invalid("facility", "a facility such as AUTH or LOCAL0"))?;
    let tag = raw.get("tag").map_or("vault", String::as_str);
    if tag.is_empty()
        || tag.len() > 32
        || !tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b))
    {
        return Err(EnableError::Invalid("tag", "up to 32 letters, digits, dots, slashes and dashes"));
    }
    Ok(SyslogOptions { facility, tag: tag.to_owned() })
}

impl Facility {
    fn parse(name: &str) -> Option<Self> {
        const NAMES: [&str; 12] = [
            "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV",
            "FTP",
        ];
        let name = name.to_ascii_uppercase();
        if let Some(number) = name.strip_prefix("LOCAL") {
            return number.parse::<u8>().ok().filter(|n| *n < 8).map(|n| Self(16 + n));
        }
        NAMES.iter().position(|n| *n == name).and_then(|n| u8::try_from(n).ok()).map(Self)
    }
}

fn socket(raw: &Raw) -> Result<SocketOptions, EnableError> {
    let address = raw.get("address").filter(|a| !a.is_empty()).ok_or(EnableError::Missing("address"))?;
    let kind = match raw.get("socket_type").map(String::as_str) {
        None | Some("tcp") => SocketKind::Tcp,
        Some("udp") => SocketKind::Udp,
        Some("unix") => SocketKind::Unix,
        Some(_) => return Err(EnableError::Invalid("socket_type", "\"tcp\", \"udp\" or \"unix\"")),
    };
    let write_timeout = parse_duration(raw.get("write_timeout").map_or("2s", String::as_str))
        .ok()
        .and_then(|nanos| u64::try_from(nanos).ok())
        .filter(|nanos| *nanos > 0)
        .map(Duration::from_nanos)
        .ok_or(EnableError::Invalid("write_timeout", "a duration such as 2s"))?;
    Ok(SocketOptions { kind, address: address.clone(), write_timeout })
}

/// The spellings that Vault takes.
fn boolean(raw: &Raw, name: &'static str, default: bool) -> Result<bool, EnableError> {
    match raw.get(name).map(String::as_str) {
        None => Ok(default),
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
        Some(_) => Err(EnableError::Invalid(name, "true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(kind: &str, options: &[(&str, &str)]) -> Result<DeviceOptions, String> {
        let raw = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        DeviceOptions::parse(kind, &raw).map_err(|e| e.to_string())
    }

    #[test]
    fn wrong_options_are_refused_with_a_text_that_names_them() {
        for (kind, options, want) in [
            ("", &[][..], "unknown backend type: \"\""),
            ("nosuch", &[], "unknown backend type: valid types are \"file\", \"socket\" and \"syslog\""),
            ("file", &[], "file_path is required"),
            ("file", &[("file_path", "")], "file_path is required"),
            ("file", &[("FILE_PATH", "/x")], "file_path is required"),
            (
                "file",
                &[("file_path", "/x"), ("path", "/y")],
                "file_path and path are two names of one option, give only one",
            ),
            (
                "file",
                &[("file_path", "/x"), ("format", "xml")],
                "unknown format type (only \"json\" is known)",
            ),
            (
                "file",
                &[("file_path", "/x"), ("mode", "abc")],
                "mode must be octal permission bits such as 0600",
            ),
            ("file", &[("file_path", "/x"), ("mode", "")], "mode must be octal permission bits such as 0600"),
            (
                "file",
                &[("file_path", "/x"), ("mode", "4755")],
                "mode must be octal permission bits such as 0600",
            ),
            ("file", &[("file_path", "/x"), ("log_raw", "maybe")], "log_raw must be true or false"),
            (
                "file",
                &[("file_path", "/x"), ("hmac_accessor", "maybe")],
                "hmac_accessor must be true or false",
            ),
            ("file", &[("file_path", "/x"), ("sync", "never")], "sync must be \"group\" or \"os\""),
            ("file", &[("file_path", "/x"), ("prefix", "a\nb")], "prefix must be one line of printable text"),
            ("syslog", &[("facility", "LOCAL8")], "facility must be a facility such as AUTH or LOCAL0"),
            ("syslog", &[("tag", "a b")], "tag must be up to 32 letters, digits, dots, slashes and dashes"),
            ("socket", &[], "address is required"),
            (
                "socket",
                &[("address", "x:1"), ("socket_type", "sctp")],
                "socket_type must be \"tcp\", \"udp\" or \"unix\"",
            ),
            (
                "socket",
                &[("address", "x:1"), ("write_timeout", "soon")],
                "write_timeout must be a duration such as 2s",
            ),
            (
                "socket",
                &[("address", "x:1"), ("write_timeout", "-1s")],
                "write_timeout must be a duration such as 2s",
            ),
        ] {
            assert_eq!(parse(kind, options), Err(want.to_owned()), "{kind} {options:?}");
        }
    }

    #[test]
    fn v090_a_mode_is_never_executable_nor_writable_for_everybody() {
        for (text, want) in [
            ("0600", Some(0o600)),
            ("0644", Some(0o644)),
            ("644", Some(0o644)),
            ("0755", Some(0o644)),
            ("0777", Some(0o664)),
            ("0111", Some(0)),
            ("0000", None),
            ("0", None),
        ] {
            let options = parse("file", &[("path", "/x"), ("mode", text)]).unwrap();
            let DeviceKind::File(file) = options.kind else { panic!("not a file") };
            assert_eq!(file.mode, want, "{text}");
        }
    }

    #[test]
    fn what_is_given_is_kept_in_types() {
        let options = parse(
            "file",
            &[
                ("path", "STDOUT"),
                ("log_raw", "T"),
                ("hmac_accessor", "0"),
                ("elide_list_responses", "true"),
                ("skip_test", "true"),
            ],
        )
        .unwrap();
        assert!(
            options.format.log_raw && !options.format.hmac_accessor && options.format.elide_list_responses
        );
        assert!(options.skip_test);
        assert_eq!(
            options.kind,
            DeviceKind::File(FileOptions {
                target: FileTarget::Stdout,
                mode: Some(0o600),
                sync: SyncMode::System
            })
        );
        assert_eq!(
            parse("syslog", &[("facility", "local3"), ("tag", "x")]).unwrap().kind,
            DeviceKind::Syslog(SyslogOptions { facility: Facility(19), tag: "x".to_owned() })
        );
        assert_eq!(
            parse("socket", &[("address", "h:9090"), ("socket_type", "udp"), ("write_timeout", "5")])
                .unwrap()
                .kind,
            DeviceKind::Socket(SocketOptions {
                kind: SocketKind::Udp,
                address: "h:9090".to_owned(),
                write_timeout: Duration::from_secs(5),
            })
        );
    }
}

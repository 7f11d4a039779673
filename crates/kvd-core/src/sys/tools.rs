//! `sys/tools`: random bytes and hashes by way of the server.

use super::routes::{field, route};
use crate::{fault, house::House};
use base64::{Engine, engine::general_purpose::STANDARD};
use kvd_backend::{Access, Field, FieldKind, Input, Request, RouteTable};
use kvd_types::{Fault, Operation, Reply};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};
use zeroize::Zeroizing;

/// The most bytes that one call gives.
const MOST: i64 = 131_072;

const RANDOM: &[Field] = &[
    field("bytes", FieldKind::Int, "How many bytes; 32 when nothing is said."),
    field("format", FieldKind::String, "hex or base64."),
    field("source", FieldKind::String, "platform, seal or all; one and the same here."),
];
const HASH: &[Field] = &[
    field("algorithm", FieldKind::String, "sha2-224 to sha2-512, sha3-224 to sha3-512."),
    field("format", FieldKind::String, "hex or base64."),
    field("input", FieldKind::String, "What to hash, in base64."),
];

/// The endpoints of this group.
pub(super) static ROUTES: RouteTable<House> = RouteTable(&[
    route(
        "tools/random",
        Access::Token,
        &[(Operation::Write, |_, r| Box::pin(random(r)))],
        RANDOM,
        "Random bytes.",
    ),
    route(
        "tools/random/{urlbytes}",
        Access::Token,
        &[(Operation::Write, |_, r| Box::pin(random(r)))],
        RANDOM,
        "Random bytes.",
    ),
    route(
        "tools/random/{source}/{urlbytes}",
        Access::Token,
        &[(Operation::Write, |_, r| Box::pin(random(r)))],
        RANDOM,
        "Random bytes.",
    ),
    route(
        "tools/hash",
        Access::Token,
        &[(Operation::Write, |_, r| Box::pin(hash(r)))],
        HASH,
        "The hash of a text.",
    ),
    route(
        "tools/hash/{urlalgorithm}",
        Access::Token,
        &[(Operation::Write, |_, r| Box::pin(hash(r)))],
        HASH,
        "The hash of a text.",
    ),
]);

/// How bytes are written.
#[derive(Clone, Copy)]
enum Format {
    Hex,
    Base64,
}

impl Format {
    fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => STANDARD.encode(bytes),
        }
    }

    fn parse(name: &str) -> Option<Self> {
        match name {
            "hex" => Some(Self::Hex),
            "base64" => Some(Self::Base64),
            _ => None,
        }
    }
}

async fn random(request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let (mut source, mut count) = (request.params.get("source"), request.params.get("urlbytes"));
    let named = input.string("source")?;
    // With one name in the path, it is a source or a number.
    if source.is_empty() && is_source(count) {
        (source, count) = (count, "");
    }
    let source = if source.is_empty() { named.as_deref().unwrap_or("platform") } else { source };
    if !is_source(source) {
        let shown = short(source);
        let text = format!("unsupported entropy source {shown:?}; must be \"platform\", \"seal\" or \"all\"");
        return Err(Fault::invalid(text));
    }
    let bytes = match count {
        "" => input.int("bytes")?.unwrap_or(32),
        digits => {
            digits.parse().map_err(|_| Fault::invalid("error parsing url-set byte count: not a number"))?
        }
    };
    if bytes < 1 {
        return Err(Fault::invalid("'bytes' cannot be less than 1"));
    }
    if bytes > MOST {
        return Err(Fault::invalid(format!("'bytes' should be less than {MOST}")));
    }
    let format = input.string("format")?.unwrap_or("base64".into());
    let format = Format::parse(&format).ok_or_else(|| {
        let text = format!("unsupported encoding format {:?}; must be \"hex\" or \"base64\"", short(&format));
        Fault::invalid(text)
    })?;
    let mut drawn = Zeroizing::new(vec![0; usize::try_from(bytes).unwrap_or_default()]);
    request.entropy.fill(&mut drawn).map_err(fault::entropy)?;
    let drawn = Zeroizing::new(format.write(&drawn));
    Ok(Reply::object(|w| {
        w.key("random_bytes");
        w.string(&drawn);
    }))
}

fn is_source(name: &str) -> bool {
    matches!(name, "platform" | "seal" | "all")
}

async fn hash(request: Request<'_>) -> Result<Reply, Fault> {
    let input = Input::new(request.data());
    let in_path = request.params.get("urlalgorithm");
    let named = input.string("algorithm")?;
    let algorithm = if in_path.is_empty() { named.as_deref().unwrap_or("sha2-256") } else { in_path };
    let text = Zeroizing::new(input.string("input")?.unwrap_or_default().into_owned());
    let bytes = STANDARD
        .decode(text.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| Fault::invalid("unable to decode input as base64: it is not base64"))?;
    let format = input.string("format")?.unwrap_or("hex".into());
    let format = Format::parse(&format).ok_or_else(|| {
        let text = format!("unsupported encoding format {}; must be \"hex\" or \"base64\"", short(&format));
        Fault::invalid(text)
    })?;
    let sum = match algorithm {
        "sha2-224" => Sha224::digest(&*bytes).to_vec(),
        "sha2-256" => Sha256::digest(&*bytes).to_vec(),
        "sha2-384" => Sha384::digest(&*bytes).to_vec(),
        "sha2-512" => Sha512::digest(&*bytes).to_vec(),
        "sha3-224" => Sha3_224::digest(&*bytes).to_vec(),
        "sha3-256" => Sha3_256::digest(&*bytes).to_vec(),
        "sha3-384" => Sha3_384::digest(&*bytes).to_vec(),
        "sha3-512" => Sha3_512::digest(&*bytes).to_vec(),
        other => return Err(Fault::invalid(format!("unsupported algorithm {}", short(other)))),
    };
    Ok(Reply::object(|w| {
        w.key("sum");
        w.string(&format.write(&sum));
    }))
}

/// A short, plain part of a word that was given, enough to find the mistake.
fn short(word: &str) -> String {
    word.chars().filter(char::is_ascii_graphic).take(16).collect()
}

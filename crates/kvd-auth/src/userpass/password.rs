//! Passwords: hashed with bcrypt, and compared at a cost that does not depend on the user.
//!
//! bcrypt reads 72 bytes and takes a password for endless, with a NUL between its repetitions. So a longer password
//! or one with a NUL in it would be good for others too: neither can be set, and neither is ever right.

use crate::record;
use kvd_backend::Input;
use kvd_storage::{View, ViewTx};
use kvd_types::{Entropy, Fault, Secret};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The cost of a new hash, as in Vault: 2^10 rounds.
const COST: u32 = 10;
/// The costs that a hash made elsewhere may have; a higher one would let every login take seconds.
const COSTS: std::ops::RangeInclusive<u32> = 4..=14;
const MOST_BYTES: usize = 72;

/// The hash of a password, in bcrypt's own form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored(String);

impl Stored {
    /// The hash as text, to be held against that of a later moment.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    fn cost(&self) -> u32 {
        bcrypt::HashParts::from_str(&self.0).map_or(COST, |parts| parts.get_cost())
    }
}

/// The highest cost of any password of the mount: what every login takes, be there such a user or not.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Work(u32);

/// The work of the mount.
///
/// # Errors
/// When the store fails.
pub(super) async fn work(view: &dyn View) -> Result<Work, Fault> {
    Ok(record::read(view, record::slot("", "work")).await?.unwrap_or(Work(COST)))
}

/// Notes down a hash that costs more than those before it.
///
/// # Errors
/// When the store fails.
pub(super) fn raise_work(tx: &mut dyn ViewTx, stored: &Stored) -> Result<(), Fault> {
    let slot = record::slot("", "work");
    let Work(known) = record::read_in(tx, slot)?.unwrap_or(Work(COST));
    if stored.cost() > known {
        record::write(tx, slot, &Work(stored.cost()))?;
    }
    Ok(())
}

/// A password as a body gives it.
pub(super) enum Given {
    /// In clear, still to be hashed.
    Clear(Secret<String>),
    /// Hashed elsewhere.
    Hashed(Stored),
}

impl Given {
    /// The password in a body; none when there is none.
    ///
    /// # Errors
    /// When it cannot be a password.
    pub(super) fn read(input: Input<'_>) -> Result<Option<Self>, Fault> {
        let text = |name| -> Result<Option<Secret<String>>, Fault> {
            Ok(input.string(name)?.map(|s| Secret::new(s.into_owned())).filter(|s| !s.expose().is_empty()))
        };
        match (text("password")?, text("password_hash")?) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                Err(Fault::invalid("only one of password or password_hash may be provided"))
            }
            (Some(clear), None) if is_usable(clear.expose()) => Ok(Some(Self::Clear(clear))),
            (Some(_), None) => {
                Err(Fault::invalid("a password has at most 72 bytes, and no NUL character in it"))
            }
            (None, Some(hash)) => match bcrypt::HashParts::from_str(hash.expose()) {
                Ok(parts) if COSTS.contains(&parts.get_cost()) => {
                    Ok(Some(Self::Hashed(Stored(hash.expose().clone()))))
                }
                Ok(_) => Err(Fault::invalid("password_hash has to have a cost from 4 to 14")),
                Err(_) => Err(Fault::invalid("password_hash is not a valid bcrypt hash")),
            },
        }
    }

    /// What is stored of it.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(super) async fn store(self, entropy: &dyn Entropy) -> Result<Stored, Fault> {
        let clear = match self {
            Self::Hashed(stored) => return Ok(stored),
            Self::Clear(clear) => clear,
        };
        let mut salt = [0; 16];
        entropy.fill(&mut salt).map_err(Fault::internal)?;
        let hashed = aside(move || bcrypt::hash_with_salt(clear.expose(), COST, salt)).await?;
        Ok(Stored(hashed.map_err(Fault::internal)?.format_for_version(bcrypt::Version::TwoB)))
    }
}

fn is_usable(password: &str) -> bool {
    password.len() <= MOST_BYTES && !password.contains('\0')
}

/// Whether `password` is the one that is `stored`. Takes 2^`work` rounds, whatever is stored and whatever is given:
/// what a cheaper hash leaves over is spent, 2^c + (2^c + 2^(c+1) + … + 2^(work-1)) being 2^work.
///
/// # Errors
/// When it cannot be told.
pub(super) async fn is_right(
    stored: Option<Stored>,
    password: Secret<String>,
    work: Work,
) -> Result<bool, Fault> {
    aside(move || {
        let usable = is_usable(password.expose());
        let given = if usable { password.expose().as_str() } else { "" };
        let (cost, right) = match &stored {
            Some(stored) => (stored.cost(), bcrypt::verify(given, stored.text()).unwrap_or(false)),
            None => (work.0, spend(given, work.0)),
        };
        for cost in cost..work.0 {
            spend(given, cost);
        }
        right && usable
    })
    .await
}

/// Hashes for nothing but the time it takes.
fn spend(password: &str, cost: u32) -> bool {
    let hashed = bcrypt::hash_with_salt(password, cost, [0; 16]);
    std::hint::black_box(hashed).is_ok_and(|_| false)
}

/// Does what keeps a processor busy for long where no call waits for a worker.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(Fault::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvd_json::{Limits, Object};

    fn given(body: &str) -> Result<Option<Given>, Fault> {
        let object = Object::parse(body.as_bytes(), &Limits::default()).unwrap();
        Given::read(Input::new(&object))
    }

    fn cheap(password: &str) -> Stored {
        Stored(bcrypt::hash_with_salt(password, 4, [7; 16]).unwrap().to_string())
    }

    async fn right(stored: &Stored, password: &str) -> bool {
        is_right(Some(stored.clone()), Secret::new(password.to_owned()), Work(4)).await.unwrap()
    }

    #[tokio::test]
    async fn v059_passwords_that_bcrypt_takes_for_others_are_never_right() {
        for (password, accepted) in [
            ("a".repeat(72), true),
            ("a".repeat(73), false),
            ("é".repeat(37), false),
            ("a\\u0000b".to_owned(), false),
            ("a\\u0000a".to_owned(), false),
        ] {
            let body = format!("{{\"password\":\"{password}\"}}");
            assert_eq!(given(&body).is_ok(), accepted, "{password}");
        }
        let long = cheap(&"a".repeat(72));
        assert!(right(&long, &"a".repeat(72)).await);
        assert!(!right(&long, &"a".repeat(73)).await);
        // Without the rule, bcrypt could not tell these from the password.
        let short = cheap("a");
        assert!(bcrypt::verify("a\0a", short.text()).unwrap());
        assert!(right(&short, "a").await && !right(&short, "a\0a").await);
        assert!(!right(&cheap(""), "a\0a").await);
    }

    #[test]
    fn a_hash_made_elsewhere_has_a_bounded_cost() {
        let tail = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde";
        for (hash, accepted) in [
            (format!("$2a$04${tail}"), true),
            (format!("$2b$14${tail}"), true),
            (format!("$2y$15${tail}"), false),
            (format!("$2a$31${tail}"), false),
            ("$2a$10$short".to_owned(), false),
            ("plain".to_owned(), false),
        ] {
            assert_eq!(given(&format!("{{\"password_hash\":\"{hash}\"}}")).is_ok(), accepted, "{hash}");
        }
        assert!(given(r#"{"password":"a","password_hash":"b"}"#).is_err());
        assert!(given(r#"{"password":""}"#).unwrap().is_none());
    }
}

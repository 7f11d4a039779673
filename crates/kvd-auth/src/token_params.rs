//! The fields that shape the token of a login; roles and users of every method have them.

use crate::cidr;
use kvd_backend::{Field, FieldKind, Input, field_error};
use kvd_json::Writer;
use kvd_types::{Fault, GrantedKind, LoginGrant, LoginTimes};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, net::IpAddr, time::Duration};

/// What a role says of its tokens.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TokenParams {
    pub(crate) bound_cidrs: Vec<String>,
    pub(crate) explicit_max_ttl_seconds: u64,
    pub(crate) max_ttl_seconds: u64,
    pub(crate) no_default_policy: bool,
    pub(crate) num_uses: u64,
    pub(crate) period_seconds: u64,
    /// As they were written; the vault brings them into one spelling.
    pub(crate) policies: Vec<String>,
    pub(crate) strictly_bind_ip: bool,
    pub(crate) ttl_seconds: u64,
    kind: Kind,
    /// The old names by which fields were set last: answers show the field under both names then.
    old_names: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Default,
    Service,
    Batch,
}

/// One of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenField {
    BoundCidrs,
    ExplicitMaxTtl,
    MaxTtl,
    NoDefaultPolicy,
    NumUses,
    Period,
    Policies,
    StrictlyBindIp,
    Ttl,
    Type,
}

use TokenField::{
    BoundCidrs, ExplicitMaxTtl, MaxTtl, NoDefaultPolicy, NumUses, Period, Policies, StrictlyBindIp, Ttl, Type,
};

const ALL: [TokenField; 10] = [
    BoundCidrs,
    ExplicitMaxTtl,
    MaxTtl,
    NoDefaultPolicy,
    NumUses,
    Period,
    Policies,
    StrictlyBindIp,
    Ttl,
    Type,
];

/// The old name that a method still takes for a field.
pub(crate) type OldName = (TokenField, &'static str);

/// The old names by which methods with roles have taken the fields since before the present ones.
pub(crate) const ROLE_OLD_NAMES: &[OldName] = &[
    (BoundCidrs, "bound_cidrs"),
    (MaxTtl, "max_ttl"),
    (NumUses, "num_uses"),
    (Period, "period"),
    (Policies, "policies"),
    (Ttl, "ttl"),
];

/// The fields as routes name them; every method adds its own to these.
pub(crate) const FIELDS: [Field; 10] = [
    Field::new("token_bound_cidrs", FieldKind::List, "Where the token can be used from."),
    Field::new(
        "token_explicit_max_ttl",
        FieldKind::Duration,
        "The longest the token can live, fixed at the login.",
    ),
    Field::new("token_max_ttl", FieldKind::Duration, "The longest the token can live."),
    Field::new("token_no_default_policy", FieldKind::Bool, "Leave the default policy out."),
    Field::new(
        "token_num_uses",
        FieldKind::Int,
        "How often the token can be used; 0 for as often as one likes.",
    ),
    Field::new("token_period", FieldKind::Duration, "Renewals give this time again, without a maximum."),
    Field::new("token_policies", FieldKind::List, "The policies of the token."),
    Field::new("token_strictly_bind_ip", FieldKind::Bool, "Bind the token to the address of the login."),
    Field::new("token_ttl", FieldKind::Duration, "How long the token lives."),
    Field::new("token_type", FieldKind::String, "service, batch, or default for what the mount makes."),
];

/// The fields of a method and those of its tokens, as one list of `N`.
pub(crate) const fn with_token_fields<const N: usize>(own: &[Field]) -> [Field; N] {
    let mut all = [FIELDS[0]; N];
    let mut i = 0;
    while i < own.len() {
        all[i] = own[i];
        i += 1;
    }
    while i < N {
        all[i] = FIELDS[i - own.len()];
        i += 1;
    }
    all
}

/// Seconds out of a field that holds a length of time.
///
/// # Errors
/// When it holds none.
pub(crate) fn seconds(input: Input<'_>, name: &str) -> Result<Option<u64>, Fault> {
    let Some(nanos) = input.signed_duration(name)? else { return Ok(None) };
    let whole = nanos / 1_000_000_000;
    u64::try_from(whole).map(Some).map_err(|_| {
        Fault::invalid(format!(
            "error converting input for field {name:?}: cannot provide negative value '{whole}'"
        ))
    })
}

/// A number of uses.
///
/// # Errors
/// When it is no number, or a negative one, which is refused with `negative`.
pub(crate) fn uses(input: Input<'_>, name: &str, negative: &'static str) -> Result<Option<u64>, Fault> {
    input.int(name)?.map(|n| u64::try_from(n).map_err(|_| Fault::invalid(negative))).transpose()
}

/// A list of blocks, as they were written; the length can only be left out where the blocks are those of a token.
///
/// # Errors
/// When one is no block.
pub(crate) fn blocks(input: Input<'_>, name: &str, with_length: bool) -> Result<Option<Vec<String>>, Fault> {
    let Some(blocks) = input.list(name)? else { return Ok(None) };
    match blocks.iter().all(|b| cidr::parse(b, with_length).is_some()) {
        true => Ok(Some(blocks)),
        false => Err(Fault::invalid(format!("invalid CIDR blocks in field {name:?}"))),
    }
}

impl TokenField {
    /// Its name in bodies and answers.
    pub(crate) fn name(self) -> &'static str {
        FIELDS[ALL.iter().position(|f| *f == self).unwrap_or_default()].name
    }
}

impl TokenParams {
    /// Takes over what a body names.
    ///
    /// # Errors
    /// When a value makes no sense, by itself or beside the others.
    pub(crate) fn apply(
        &mut self,
        input: Input<'_>,
        old_names: &[OldName],
        warnings: &mut Vec<String>,
    ) -> Result<(), Fault> {
        for field in ALL {
            self.take(field, input, old_names, warnings)?;
        }
        self.check()
    }

    /// Takes over one field, if the body names it. The present name counts more than the old one.
    ///
    /// # Errors
    /// When the value makes no sense.
    pub(crate) fn take(
        &mut self,
        field: TokenField,
        input: Input<'_>,
        old_names: &[OldName],
        warnings: &mut Vec<String>,
    ) -> Result<bool, Fault> {
        let old = old_names.iter().find(|(f, _)| *f == field).map(|(_, name)| *name);
        let old_is_given = old.is_some_and(|name| input.raw(name).is_some());
        let name = match (input.raw(field.name()), old) {
            (Some(_), _) => field.name(),
            (None, Some(name)) if old_is_given => name,
            (None, _) => return Ok(false),
        };
        self.set(field, input, name, warnings)?;
        if let Some(old) = old {
            self.old_names.remove(old);
            if old_is_given {
                self.old_names.insert(old.to_owned());
            }
        }
        Ok(true)
    }

    /// Takes over a field by a name that is older still than its old one, under which it is shown.
    ///
    /// # Errors
    /// When the value makes no sense.
    pub(crate) fn take_older(
        &mut self,
        (field, old): OldName,
        older: &'static str,
        input: Input<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let is_newer = input.raw(field.name()).or(input.raw(old)).is_some();
        if !is_newer && self.take(field, input, &[(field, older)], warnings)? {
            self.old_names.remove(older);
            self.old_names.insert(old.to_owned());
        }
        Ok(())
    }

    fn set(
        &mut self,
        field: TokenField,
        input: Input<'_>,
        name: &str,
        warnings: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let length = || Ok::<_, Fault>(seconds(input, name)?.unwrap_or_default());
        let truth = || Ok::<_, Fault>(input.bool(name)?.unwrap_or_default());
        match field {
            BoundCidrs => {
                let blocks = blocks(input, name, false)?.unwrap_or_default();
                self.bound_cidrs =
                    blocks.iter().filter_map(|b| cidr::parse(b, false)).map(cidr::shown).collect();
            }
            ExplicitMaxTtl => self.explicit_max_ttl_seconds = length()?,
            MaxTtl => self.max_ttl_seconds = length()?,
            NoDefaultPolicy => self.no_default_policy = truth()?,
            NumUses => {
                self.num_uses = uses(input, name, "'token_num_uses' cannot be negative")?.unwrap_or_default();
            }
            Period => self.period_seconds = length()?,
            Policies => self.policies = policies(input, name)?,
            StrictlyBindIp => self.strictly_bind_ip = truth()?,
            Ttl => self.ttl_seconds = length()?,
            Type => self.kind = kind(&input.string(name)?.unwrap_or_default(), warnings)?,
        }
        Ok(())
    }

    /// Sets a field back to what it is where nothing is said.
    pub(crate) fn reset(&mut self, field: TokenField, old_names: &[OldName]) {
        let fresh = Self::default();
        match field {
            BoundCidrs => self.bound_cidrs = fresh.bound_cidrs,
            ExplicitMaxTtl => self.explicit_max_ttl_seconds = 0,
            MaxTtl => self.max_ttl_seconds = 0,
            NoDefaultPolicy => self.no_default_policy = false,
            NumUses => self.num_uses = 0,
            Period => self.period_seconds = 0,
            Policies => self.policies = fresh.policies,
            StrictlyBindIp => self.strictly_bind_ip = false,
            Ttl => self.ttl_seconds = 0,
            Type => self.kind = fresh.kind,
        }
        for (_, name) in old_names.iter().filter(|(f, _)| *f == field) {
            self.old_names.remove(*name);
        }
    }

    fn check(&self) -> Result<(), Fault> {
        if self.kind == Kind::Batch && self.period_seconds > 0 {
            return Err(Fault::invalid(
                "'token_type' cannot be 'batch' or 'default_batch' when set to generate periodic tokens",
            ));
        }
        if self.kind == Kind::Batch && self.num_uses > 0 {
            return Err(Fault::invalid(
                "'token_type' cannot be 'batch' or 'default_batch' when set to generate tokens with limited use count",
            ));
        }
        if self.max_ttl_seconds > 0 && self.ttl_seconds > self.max_ttl_seconds {
            return Err(Fault::invalid("'token_ttl' cannot be greater than 'token_max_ttl'"));
        }
        Ok(())
    }

    /// Writes all fields, and those that were set by an old name under that name too.
    pub(crate) fn write(&self, w: &mut Writer, old_names: &[OldName]) {
        for (field, _) in old_names {
            self.write_old(w, *field, old_names);
        }
        for field in ALL {
            w.key(field.name());
            self.write_value(w, field);
        }
    }

    /// Writes a field under its old name, if it was set by that and says something.
    pub(crate) fn write_old(&self, w: &mut Writer, field: TokenField, old_names: &[OldName]) {
        for (_, name) in old_names.iter().filter(|(f, n)| *f == field && self.old_names.contains(*n)) {
            if !self.is_unset(field) {
                w.key(name);
                self.write_value(w, field);
            }
        }
    }

    fn is_unset(&self, field: TokenField) -> bool {
        match field {
            BoundCidrs => self.bound_cidrs.is_empty(),
            ExplicitMaxTtl => self.explicit_max_ttl_seconds == 0,
            MaxTtl => self.max_ttl_seconds == 0,
            NoDefaultPolicy => !self.no_default_policy,
            NumUses => self.num_uses == 0,
            Period => self.period_seconds == 0,
            Policies => self.policies.is_empty(),
            StrictlyBindIp => !self.strictly_bind_ip,
            Ttl => self.ttl_seconds == 0,
            Type => self.kind == Kind::Default,
        }
    }

    /// Writes the value of a field.
    pub(crate) fn write_value(&self, w: &mut Writer, field: TokenField) {
        match field {
            BoundCidrs => w.strings(&self.bound_cidrs),
            ExplicitMaxTtl => number(w, self.explicit_max_ttl_seconds),
            MaxTtl => number(w, self.max_ttl_seconds),
            NoDefaultPolicy => w.bool(self.no_default_policy),
            NumUses => number(w, self.num_uses),
            Period => number(w, self.period_seconds),
            Policies => w.strings(&self.policies),
            StrictlyBindIp => w.bool(self.strictly_bind_ip),
            Ttl => number(w, self.ttl_seconds),
            Type => w.string(match self.kind {
                Kind::Default => "default",
                Kind::Service => "service",
                Kind::Batch => "batch",
            }),
        }
    }

    /// The times of a token.
    pub(crate) fn times(&self) -> LoginTimes {
        LoginTimes {
            ttl: Duration::from_secs(self.ttl_seconds),
            max_ttl: Duration::from_secs(self.max_ttl_seconds),
            period: Duration::from_secs(self.period_seconds),
            explicit_max: Duration::from_secs(self.explicit_max_ttl_seconds),
        }
    }

    /// The grant for somebody at `address`, to which the method adds who that is. `bound_cidrs` are the role's own
    /// or narrower ones.
    ///
    /// # Errors
    /// When the token is to be bound to an address that it could not be used from.
    pub(crate) fn grant(&self, bound_cidrs: &[String], address: Option<IpAddr>) -> Result<LoginGrant, Fault> {
        let bound_cidrs = match (self.strictly_bind_ip, address) {
            (false, _) => bound_cidrs.to_vec(),
            (true, Some(address)) if cidr::admits(bound_cidrs, Some(address)) => {
                vec![address.to_canonical().to_string()]
            }
            (true, _) => return Err(Fault::permission_denied()),
        };
        Ok(LoginGrant {
            policies: self.policies.clone(),
            no_default_policy: self.no_default_policy,
            times: self.times(),
            num_uses: self.num_uses,
            kind: match self.kind {
                Kind::Default => GrantedKind::Mount,
                Kind::Service => GrantedKind::Service,
                Kind::Batch => GrantedKind::Batch,
            },
            bound_cidrs,
            ..LoginGrant::default()
        })
    }

    /// Whether a token with these policies would get the same today; the policy `default` does not count.
    pub(crate) fn has_policies(&self, policies: &[String]) -> bool {
        let set = |names: &[String]| -> BTreeSet<String> {
            let names = names.iter().map(|n| n.trim().to_lowercase());
            names.filter(|n| !n.is_empty() && n != "default").collect()
        };
        set(&self.policies) == set(policies)
    }
}

/// Names of policies: sorted and named once, in the spelling they were written in.
fn policies(input: Input<'_>, name: &str) -> Result<Vec<String>, Fault> {
    let given = input.list(name)?.ok_or_else(|| field_error(name))?;
    let mut names: Vec<String> =
        given.iter().map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect();
    names.sort_by_key(|n| n.to_lowercase());
    names.dedup();
    Ok(names)
}

fn kind(text: &str, warnings: &mut Vec<String>) -> Result<Kind, Fault> {
    let adjusted = |to: &str| format!("{text} has no useful meaning; adjusting to {to}");
    match text {
        "" | "default" => Ok(Kind::Default),
        "service" => Ok(Kind::Service),
        "batch" => Ok(Kind::Batch),
        "default-service" => {
            warnings.push(adjusted("service"));
            Ok(Kind::Service)
        }
        "default-batch" => {
            warnings.push(adjusted("batch"));
            Ok(Kind::Batch)
        }
        _ => {
            let shown: String = text.chars().filter(char::is_ascii_graphic).take(32).collect();
            Err(Fault::invalid(format!("invalid 'token_type' value {shown:?}")))
        }
    }
}

/// Writes a number that is no larger than a signed one can be.
pub(crate) fn number(w: &mut Writer, n: u64) {
    w.int(i64::try_from(n).unwrap_or(i64::MAX));
}

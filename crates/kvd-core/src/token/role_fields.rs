//! The body that sets a role, and how a role is shown.

use super::{
    cidr::Cidr,
    policies::normalized,
    role::{Role, RoleType},
};
use crate::policy::ROOT;
use kvd_backend::{Field, FieldKind, Input};
use kvd_json::Writer;
use kvd_policy::PolicyName;
use kvd_types::Fault;
use std::time::Duration;

pub(super) const FIELDS: &[Field] = &[
    Field::new(
        "allowed_entity_aliases",
        FieldKind::List,
        "Aliases that its tokens may be given; * at either end.",
    ),
    Field::new("allowed_policies", FieldKind::List, "Policies that its tokens may have."),
    Field::new("allowed_policies_glob", FieldKind::List, "The same, with *."),
    Field::new("bound_cidrs", FieldKind::List, "The old name of token_bound_cidrs."),
    Field::new("disallowed_policies", FieldKind::List, "Policies that its tokens may not have."),
    Field::new("disallowed_policies_glob", FieldKind::List, "The same, with *."),
    Field::new("explicit_max_ttl", FieldKind::Duration, "The old name of token_explicit_max_ttl."),
    Field::new("orphan", FieldKind::Bool, "Whether its tokens have no parent."),
    Field::new(
        "path_suffix",
        FieldKind::String,
        "Stands behind the name of the role in the path of its tokens.",
    ),
    Field::new("period", FieldKind::Duration, "The old name of token_period."),
    Field::new("renewable", FieldKind::Bool, "Whether its tokens can be renewed."),
    Field::new("token_bound_cidrs", FieldKind::List, "Addresses that its tokens may be used from."),
    Field::new("token_explicit_max_ttl", FieldKind::Duration, "The longest that its tokens can live."),
    Field::new("token_no_default_policy", FieldKind::Bool, "Leave the default policy out."),
    Field::new("token_num_uses", FieldKind::Int, "How often each of its tokens can be used at most."),
    Field::new("token_period", FieldKind::Duration, "Renewals give this time again, without a maximum."),
    Field::new("token_type", FieldKind::String, "service, batch, default-service or default-batch."),
];

/// What a body changes of a role; what it does not name stays.
#[derive(Clone)]
pub(super) struct RoleChange {
    allowed_policies: Option<Vec<String>>,
    allowed_policies_glob: Option<Vec<String>>,
    disallowed_policies: Option<Vec<String>>,
    disallowed_policies_glob: Option<Vec<String>>,
    allowed_entity_aliases: Option<Vec<String>>,
    orphan: Option<bool>,
    renewable: Option<bool>,
    path_suffix: Option<String>,
    bound_cidrs: Renamed<Vec<String>>,
    explicit_max: Renamed<Duration>,
    period: Renamed<Duration>,
    num_uses: Option<u64>,
    no_default_policy: Option<bool>,
    token_type: Option<RoleType>,
}

/// A value that goes by two names.
#[derive(Clone)]
struct Renamed<T> {
    value: Option<T>,
    by_old_name: bool,
    both: bool,
}

impl<T> Renamed<T> {
    fn of(old: Option<T>, new: Option<T>) -> Self {
        let both = old.is_some() && new.is_some();
        let by_old_name = new.is_none() && old.is_some();
        Self { value: new.or(old), by_old_name, both }
    }
}

impl RoleChange {
    /// Reads and checks a body.
    pub(super) fn read(input: Input<'_>) -> Result<Self, Fault> {
        let cidrs = |name, prefix: &str| -> Result<Option<Vec<String>>, Fault> {
            let Some(list) = input.list(name)? else { return Ok(None) };
            let cidrs: Option<Vec<String>> = list.iter().map(|text| Cidr::canonical(text)).collect();
            let refusal =
                || Fault::invalid(format!("error parsing {prefix}: not an address or a CIDR block"));
            cidrs.map(Some).ok_or_else(refusal)
        };
        let suffix = input.string("path_suffix")?.map(|s| s.trim_matches('/').to_owned());
        if suffix.as_deref().is_some_and(|s| !s.is_empty() && !is_suffix(s)) {
            return Err(Fault::invalid(
                r"given role path suffix contains invalid characters; must match \w[\w-.]+\w",
            ));
        }
        let token_type = match input.string("token_type")? {
            None => None,
            Some(text) => Some(RoleType::parse(&text).ok_or_else(|| {
                let shown: String = text.chars().filter(|c| c.is_ascii_graphic()).take(32).collect();
                Fault::invalid(format!("invalid 'token_type' value {shown:?}"))
            })?),
        };
        let globs = |name| Ok::<_, Fault>(input.list(name)?.map(|list| normalized(&list)));
        let names = |name| -> Result<Option<Vec<String>>, Fault> {
            let Some(names) = globs(name)? else { return Ok(None) };
            // `root` may stand in a role, though nobody gets it who does not have it.
            for name in names.iter().filter(|name| *name != ROOT) {
                PolicyName::parse(name).map_err(|e| Fault::invalid(e.to_string()))?;
            }
            Ok(Some(names))
        };
        Ok(Self {
            allowed_policies: names("allowed_policies")?,
            allowed_policies_glob: globs("allowed_policies_glob")?,
            disallowed_policies: names("disallowed_policies")?,
            disallowed_policies_glob: globs("disallowed_policies_glob")?,
            allowed_entity_aliases: globs("allowed_entity_aliases")?,
            orphan: input.bool("orphan")?,
            // A null is the zero of its type, as for every client of Vault.
            renewable: input.bool("renewable")?.or(input.has("renewable").then_some(false)),
            path_suffix: suffix,
            bound_cidrs: Renamed::of(
                cidrs("bound_cidrs", "bound_cidrs")?,
                cidrs("token_bound_cidrs", "role fields")?,
            ),
            explicit_max: Renamed::of(
                input.duration("explicit_max_ttl")?,
                input.duration("token_explicit_max_ttl")?,
            ),
            period: Renamed::of(input.duration("period")?, input.duration("token_period")?),
            num_uses: input
                .int("token_num_uses")?
                .map(|n| {
                    u64::try_from(n).map_err(|_| {
                        Fault::invalid("error parsing role fields: 'token_num_uses' cannot be negative")
                    })
                })
                .transpose()?,
            no_default_policy: input.bool("token_no_default_policy")?,
            token_type,
        })
    }

    /// What the caller should know of names that were given beside their old forms.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        [
            (self.period.both, "period"),
            (self.bound_cidrs.both, "bound_cidrs"),
            (self.explicit_max.both, "explicit_max_ttl"),
        ]
        .into_iter()
        .filter(|(both, _)| *both)
        .map(|(_, name)| {
            format!(
                "Both 'token_{name}' and deprecated '{name}' value supplied, ignoring the deprecated value"
            )
        })
    }

    /// Makes the change.
    ///
    /// # Errors
    /// When the role would make tokens that cannot be.
    pub(super) fn apply(&self, role: &mut Role) -> Result<(), Fault> {
        fn set<T: Clone>(place: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        set(&mut role.allowed_policies, &self.allowed_policies);
        set(&mut role.allowed_policies_glob, &self.allowed_policies_glob);
        set(&mut role.disallowed_policies, &self.disallowed_policies);
        set(&mut role.disallowed_policies_glob, &self.disallowed_policies_glob);
        if self.allowed_entity_aliases.is_some() {
            role.allowed_entity_aliases.clone_from(&self.allowed_entity_aliases);
        }
        set(&mut role.orphan, &self.orphan);
        set(&mut role.renewable, &self.renewable);
        set(&mut role.path_suffix, &self.path_suffix);
        set(&mut role.num_uses, &self.num_uses);
        set(&mut role.no_default_policy, &self.no_default_policy);
        set(&mut role.token_type, &self.token_type);
        if let Some(cidrs) = &self.bound_cidrs.value {
            role.bound_cidrs.clone_from(cidrs);
            role.old_names.bound_cidrs = self.bound_cidrs.by_old_name;
        }
        if let Some(time) = self.explicit_max.value {
            role.explicit_max_seconds = time.as_secs();
            role.old_names.explicit_max = self.explicit_max.by_old_name;
        }
        if let Some(time) = self.period.value {
            role.period_seconds = time.as_secs();
            role.old_names.period = self.period.by_old_name;
        }
        check_batch(role)
    }
}

/// Batch tokens are not stored, so much that needs a record is beyond them.
fn check_batch(role: &Role) -> Result<(), Fault> {
    let what = match role {
        Role {
            token_type: RoleType::Service | RoleType::DefaultService | RoleType::DefaultBatch, ..
        } => {
            return Ok(());
        }
        Role { orphan: false, .. } => "non-orphan tokens",
        Role { period_seconds: 1.., .. } => "periodic tokens",
        Role { renewable: true, .. } => "renewable tokens",
        Role { explicit_max_seconds: 1.., .. } => "tokens with an explicit max TTL",
        Role { num_uses: 1.., .. } => "tokens with limited use count",
        _ => return Ok(()),
    };
    Err(Fault::invalid(format!("'token_type' cannot be 'batch' when role is set to generate {what}")))
}

/// At least three characters of those that the refusal names, and no way up.
fn is_suffix(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() >= 3
        && !text.contains("..")
        && text.chars().all(|c| word(c) || c == '-' || c == '.')
        && text.starts_with(word)
        && text.ends_with(word)
}

/// Writes a role as a look-up shows it.
pub(super) fn write(w: &mut Writer, name: &str, role: &Role) {
    let seconds = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let old = |shown: bool, n: u64| if shown { seconds(n) } else { 0 };
    w.key("allowed_entity_aliases");
    match &role.allowed_entity_aliases {
        Some(aliases) => w.strings(aliases),
        None => w.null(),
    }
    for (key, list) in
        [("allowed_policies", &role.allowed_policies), ("allowed_policies_glob", &role.allowed_policies_glob)]
    {
        w.key(key);
        w.strings(list);
    }
    if role.old_names.bound_cidrs && !role.bound_cidrs.is_empty() {
        w.key("bound_cidrs");
        w.strings(&role.bound_cidrs);
    }
    for (key, list) in [
        ("disallowed_policies", &role.disallowed_policies),
        ("disallowed_policies_glob", &role.disallowed_policies_glob),
    ] {
        w.key(key);
        w.strings(list);
    }
    w.key("explicit_max_ttl");
    w.int(old(role.old_names.explicit_max, role.explicit_max_seconds));
    w.key("name");
    w.string(name);
    w.key("orphan");
    w.bool(role.orphan);
    w.key("path_suffix");
    w.string(&role.path_suffix);
    w.key("period");
    w.int(old(role.old_names.period, role.period_seconds));
    w.key("renewable");
    w.bool(role.renewable);
    if !role.bound_cidrs.is_empty() {
        w.key("token_bound_cidrs");
        w.strings(&role.bound_cidrs);
    }
    w.key("token_explicit_max_ttl");
    w.int(seconds(role.explicit_max_seconds));
    w.key("token_no_default_policy");
    w.bool(role.no_default_policy);
    if role.num_uses > 0 {
        w.key("token_num_uses");
        w.int(seconds(role.num_uses));
    }
    w.key("token_period");
    w.int(seconds(role.period_seconds));
    w.key("token_type");
    w.string(role.token_type.name());
}

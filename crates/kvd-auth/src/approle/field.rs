//! `role/{role_name}/{field}`: one field of a role, read, set, and set back to what it is without being set.

use super::{
    role::{self, OLD_NAMES, Role},
    roles::{named, strings_or_null},
};
use crate::token_params::{TokenField, blocks, number, seconds, uses};
use kvd_backend::{Input, Request};
use kvd_json::Writer;
use kvd_storage::transact;
use kvd_types::{Fault, Reply};

/// A field with a path of its own.
#[derive(Clone, Copy)]
enum RoleField {
    BindSecretId,
    BoundCidrList,
    LocalSecretIds,
    SecretIdBoundCidrs,
    SecretIdNumUses,
    SecretIdTtl,
    Token(TokenField),
}

use RoleField::{
    BindSecretId, BoundCidrList, LocalSecretIds, SecretIdBoundCidrs, SecretIdNumUses, SecretIdTtl, Token,
};

impl RoleField {
    /// The field that the path names.
    ///
    /// # Errors
    /// When there is no such field: then there is no such path.
    fn named(request: &Request<'_>) -> Result<Self, Fault> {
        Ok(match request.params.get("field") {
            "bind-secret-id" => BindSecretId,
            "bound-cidr-list" => BoundCidrList,
            "local-secret-ids" => LocalSecretIds,
            "period" => Token(TokenField::Period),
            "policies" => Token(TokenField::Policies),
            "secret-id-bound-cidrs" => SecretIdBoundCidrs,
            "secret-id-num-uses" => SecretIdNumUses,
            "secret-id-ttl" => SecretIdTtl,
            "token-bound-cidrs" => Token(TokenField::BoundCidrs),
            "token-max-ttl" => Token(TokenField::MaxTtl),
            "token-num-uses" => Token(TokenField::NumUses),
            "token-ttl" => Token(TokenField::Ttl),
            _ => return Err(Fault::unsupported_path()),
        })
    }

    /// Its name in bodies and answers.
    fn name(self) -> &'static str {
        match self {
            BindSecretId => "bind_secret_id",
            BoundCidrList => "bound_cidr_list",
            LocalSecretIds => "local_secret_ids",
            SecretIdBoundCidrs => "secret_id_bound_cidrs",
            SecretIdNumUses => "secret_id_num_uses",
            SecretIdTtl => "secret_id_ttl",
            Token(field) => field.name(),
        }
    }

    fn write(self, w: &mut Writer, role: &Role) {
        if let Token(field) = self {
            role.token.write_old(w, field, OLD_NAMES);
        }
        w.key(self.name());
        match self {
            BindSecretId => w.bool(role.bind_secret_id),
            // What was set by this name is shown by the present one.
            BoundCidrList => w.null(),
            LocalSecretIds => w.bool(role.local_secret_ids),
            SecretIdBoundCidrs => strings_or_null(w, &role.secret_id_bound_cidrs),
            SecretIdNumUses => number(w, role.secret_id_num_uses),
            SecretIdTtl => number(w, role.secret_id_ttl_seconds),
            Token(TokenField::BoundCidrs) => strings_or_null(w, &role.token.bound_cidrs),
            Token(field) => role.token.write_value(w, field),
        }
    }

    /// Takes the field over from a body; tells whether it was there.
    fn take(self, role: &mut Role, input: Input<'_>) -> Result<bool, Fault> {
        if let Token(field) = self {
            // Only a token's type can bring warnings, and it has no path of its own.
            return role.token.take(field, input, OLD_NAMES, &mut Vec::new());
        }
        if input.raw(self.name()).is_none() {
            return Ok(false);
        }
        let name = self.name();
        match self {
            BindSecretId => role.bind_secret_id = input.bool(name)?.unwrap_or_default(),
            BoundCidrList | SecretIdBoundCidrs => {
                role.secret_id_bound_cidrs = blocks(input, name, true)?.unwrap_or_default();
            }
            SecretIdNumUses => {
                let negative = "secret_id_num_uses cannot be negative";
                role.secret_id_num_uses = uses(input, name, negative)?.unwrap_or_default();
            }
            SecretIdTtl => role.secret_id_ttl_seconds = seconds(input, name)?.unwrap_or_default(),
            LocalSecretIds | Token(_) => {}
        }
        Ok(true)
    }

    fn reset(self, role: &mut Role) {
        match self {
            BindSecretId => role.bind_secret_id = true,
            BoundCidrList | SecretIdBoundCidrs => role.secret_id_bound_cidrs.clear(),
            LocalSecretIds => {}
            SecretIdNumUses => role.secret_id_num_uses = 0,
            SecretIdTtl => role.secret_id_ttl_seconds = 0,
            Token(field) => role.token.reset(field, OLD_NAMES),
        }
    }

    /// The text for a body without the field.
    fn missing(self) -> Fault {
        let is_period = matches!(self, Token(TokenField::Period));
        let name = if is_period { "period" } else { self.name() };
        Fault::invalid(format!("missing {name}"))
    }

    /// Whether the role makes sense with the changed field.
    fn check(self, role: &Role) -> Result<(), Fault> {
        let token = &role.token;
        if token.max_ttl_seconds > 0 && token.ttl_seconds > token.max_ttl_seconds {
            let is_max = matches!(self, Token(TokenField::MaxTtl));
            return Err(Fault::invalid(if is_max {
                "token_max_ttl should be greater than or equal to token_ttl"
            } else {
                "token_ttl should not be greater than token_max_ttl"
            }));
        }
        role.check()
    }
}

/// The field.
pub(super) async fn read(request: Request<'_>) -> Result<Reply, Fault> {
    let (name, field) = (named(&request)?, RoleField::named(&request)?);
    let role = role::find(&**request.view, &name).await?.ok_or_else(Fault::absent)?;
    let reply = Reply::object(|w| field.write(w, &role));
    if !matches!(field, BoundCidrList) {
        return Ok(reply);
    }
    Ok(reply.warn("The \"bound_cidr_list\" field is deprecated and will be removed. Please use \"secret_id_bound_cidrs\" instead."))
}

/// Sets the field.
pub(super) async fn write(request: Request<'_>) -> Result<Reply, Fault> {
    let (name, field) = (named(&request)?, changeable(&request)?);
    let body = request.data().clone();
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        let old = role::find_in(tx, &name)?.ok_or_else(Fault::unsupported_path)?;
        let mut role = old.clone();
        if !field.take(&mut role, Input::new(&body))? {
            return Err(field.missing());
        }
        field.check(&role)?;
        role::store(tx, &name, &role, Some(&old))
    })
    .await?;
    Ok(Reply::empty())
}

/// Sets the field back; of a role that is not there nothing is left to set back.
pub(super) async fn reset(request: Request<'_>) -> Result<Reply, Fault> {
    let (name, field) = (named(&request)?, changeable(&request)?);
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        let Some(old) = role::find_in(tx, &name)? else { return Ok(()) };
        let mut role = old.clone();
        field.reset(&mut role);
        field.check(&role)?;
        role::store(tx, &name, &role, Some(&old))
    })
    .await?;
    Ok(Reply::empty())
}

/// The field that the path names, if it can be changed after the role was made.
fn changeable(request: &Request<'_>) -> Result<RoleField, Fault> {
    let field = RoleField::named(request)?;
    if matches!(field, LocalSecretIds) { Err(Fault::unsupported_operation()) } else { Ok(field) }
}

//! `login/{username}`: from a name and a password to a grant, and what becomes of the grant.

use super::{
    UserPass, lockout, password,
    user::{self, User},
    users::missing_password,
};
use crate::{cidr, name};
use kvd_backend::{Input, Renewal, Request};
use kvd_storage::ViewTx;
use kvd_types::{Fault, FaultKind, LoginGrant, LoginTimes, Reply, Secret, Timestamp};

/// One answer to a wrong name and a wrong password.
fn refused() -> Fault {
    Fault::new(FaultKind::WrongCredentials, "invalid username or password")
}

/// Checks name and password. That the name has logged in is noted down in [`redeem`].
pub(super) async fn login(method: &UserPass, request: Request<'_>) -> Result<Reply, Fault> {
    let given = Input::new(request.data()).string("password")?.unwrap_or_default();
    if given.is_empty() {
        return Err(missing_password());
    }
    let password = Secret::new(given.into_owned());
    // What can be no name leads nowhere. All spellings of a name are counted together.
    let name = name::parse(request.params.get("username")).ok_or_else(Fault::unsupported_path)?;
    let (view, rules) = (&**request.view, request.mount.lockout);
    let _turn = method.turns.wait(&name).await;
    lockout::check(view, &name, rules, request.now).await?;
    let user = user::find(view, &name).await?;
    let stored = user.as_ref().map(|user| user.password.clone());
    let right = password::is_right(stored, password, password::work(view).await?).await?;
    let (Some(user), true) = (user, right) else {
        lockout::count(view, &name, rules, request.now).await?;
        return Err(refused());
    };
    let address = request.call.peer.address;
    if !cidr::admits(&user.token.bound_cidrs, address) {
        return Err(Fault::permission_denied());
    }
    Ok(Reply::grant(grant(user, name, address)?))
}

fn grant(user: User, name: String, address: Option<std::net::IpAddr>) -> Result<LoginGrant, Fault> {
    let mut grant = user.token.grant(&user.token.bound_cidrs, address)?;
    grant.metadata.insert("username".to_owned(), name.clone());
    grant.display_name.clone_from(&name);
    grant.alias.clone_from(&name);
    grant.subject = name;
    grant.ticket = Some(Secret::new(user.password.text().to_owned()));
    Ok(grant)
}

/// Makes sure that the password is still the user's, and forgets the failures before.
pub(super) fn redeem(
    _: &UserPass,
    grant: &LoginGrant,
    _: Timestamp,
    tx: &mut dyn ViewTx,
) -> Result<(), Fault> {
    let user = user::find_in(tx, &grant.subject)?.ok_or_else(refused)?;
    let shown = grant.ticket.as_ref().map(|t| t.expose().as_str());
    if shown != Some(user.password.text()) {
        return Err(refused());
    }
    lockout::forget(tx, &grant.subject);
    Ok(())
}

/// A renewal goes by the times of the user as they are at present, but not by policies that were changed.
pub(super) async fn renew(_: &UserPass, renewal: Renewal<'_>) -> Result<LoginTimes, Fault> {
    let user = user::find(&**renewal.view, renewal.subject).await?;
    let user = user.ok_or_else(|| Fault::invalid("user no longer exists, not renewing"))?;
    if !user.token.has_policies(renewal.policies) {
        return Err(Fault::invalid("policies have changed, not renewing"));
    }
    Ok(user.token.times())
}

//! `users`, `users/{username}` and its parts.

use super::{
    password::Given,
    user::{self, OLD_NAMES, USERS, User},
};
use crate::{
    name, record,
    token_params::{TokenField, TokenParams},
};
use kvd_backend::{Input, Request};
use kvd_storage::{Page, Table, transact};
use kvd_types::{Fault, Reply};

/// The user's name in the path, in the spelling that is stored.
///
/// # Errors
/// When it is no name: then there is no such path.
fn named(request: &Request<'_>) -> Result<String, Fault> {
    name::parse(request.params.get("username")).ok_or_else(Fault::unsupported_path)
}

/// The names of all users.
pub(super) async fn list(request: Request<'_>) -> Result<Reply, Fault> {
    Reply::listing(request.view.list(Table::Heads, USERS, Page::default()).await?)
}

/// Whether a write is an update.
pub(super) async fn exists(request: Request<'_>) -> Result<bool, Fault> {
    let Some(name) = name::parse(request.params.get("username")) else { return Ok(true) };
    Ok(user::find(&**request.view, &name).await?.is_some())
}

/// The user, but for the password.
pub(super) async fn read(request: Request<'_>) -> Result<Reply, Fault> {
    let user = user::find(&**request.view, &named(&request)?).await?.ok_or_else(Fault::absent)?;
    Ok(Reply::object(|w| user.token.write(w, OLD_NAMES)))
}

/// Makes a user, or changes what the body names.
pub(super) async fn write(request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(&request)?;
    let body = request.data().clone();
    // A body that will be refused is not worth the time of a hash.
    TokenParams::default().apply(Input::new(&body), OLD_NAMES, &mut Vec::new())?;
    let password = match Given::read(Input::new(&body))? {
        Some(given) => Some(given.store(&**request.entropy).await?),
        None => None,
    };
    let warnings = transact(&**request.view, move |tx| -> Result<Vec<String>, Fault> {
        let mut warnings = Vec::new();
        let mut user = match (user::find_in(tx, &name)?, &password) {
            (Some(user), None) => user,
            (Some(user), Some(password)) => User { password: password.clone(), ..user },
            (None, Some(password)) => User { password: password.clone(), token: TokenParams::default() },
            (None, None) => return Err(missing_password()),
        };
        user.token.apply(Input::new(&body), OLD_NAMES, &mut warnings)?;
        user::store(tx, &name, &user)?;
        Ok(warnings)
    })
    .await?;
    Ok(warnings.into_iter().fold(Reply::empty(), Reply::warn))
}

/// The text for a body without the password that it needs.
pub(super) fn missing_password() -> Fault {
    Fault::invalid("missing password")
}

/// Removes a user; the user's tokens live on.
pub(super) async fn delete(request: Request<'_>) -> Result<Reply, Fault> {
    let name = named(&request)?;
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        tx.delete(record::slot(USERS, &name));
        Ok(())
    })
    .await?;
    Ok(Reply::empty())
}

/// Sets the password.
pub(super) async fn set_password(request: Request<'_>) -> Result<Reply, Fault> {
    let given = Given::read(Input::new(request.data()))?.ok_or_else(missing_password)?;
    let password = given.store(&**request.entropy).await?;
    edit(request, move |user| {
        user.password = password.clone();
        Ok(())
    })
    .await
}

/// Sets the policies.
pub(super) async fn set_policies(request: Request<'_>) -> Result<Reply, Fault> {
    let body = request.data().clone();
    edit(request, move |user| {
        user.token.take(TokenField::Policies, Input::new(&body), OLD_NAMES, &mut Vec::new()).map(|_| ())
    })
    .await
}

async fn edit(
    request: Request<'_>,
    edit: impl Fn(&mut User) -> Result<(), Fault> + Send + 'static,
) -> Result<Reply, Fault> {
    let name = named(&request)?;
    transact(&**request.view, move |tx| -> Result<(), Fault> {
        let user = user::find_in(tx, &name)?;
        let mut user = user.ok_or_else(|| Fault::invalid("username does not exist"))?;
        edit(&mut user)?;
        user::store(tx, &name, &user)
    })
    .await?;
    Ok(Reply::empty())
}

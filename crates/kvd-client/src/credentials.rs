//! What a client proves itself with.

use crate::Error;
use kvd_proto::v1::{AppRoleCredentials, JwtCredentials, LoginRequest, UserpassCredentials, login_request};
use kvd_types::Secret;
use std::path::PathBuf;

/// Where Kubernetes puts the token of a pod's service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// What a client proves itself with; nothing of it is shown by `Debug`.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Nothing: only the state of the server can be asked for.
    None,
    /// A token that somebody else has made. It is prolonged while that is possible, and there is no other after it.
    Token(Secret<String>),
    /// A role of the method `approle`.
    AppRole {
        /// The mount of the method below `auth/`.
        mount: String,
        /// Names the role.
        role_id: Secret<String>,
        /// The role's secret; empty where it needs none.
        secret_id: Secret<String>,
    },
    /// The service account of a pod, by the method `kubernetes`.
    Kubernetes {
        /// The mount of the method below `auth/`.
        mount: String,
        /// The role to log in to.
        role: String,
        /// The service account's token.
        source: JwtSource,
    },
    /// A signed token of somebody else's, by the method `jwt`.
    Jwt {
        /// The mount of the method below `auth/`.
        mount: String,
        /// The role to log in to.
        role: String,
        /// The token.
        source: JwtSource,
    },
    /// A name and a password, by the method `userpass`.
    Userpass {
        /// The mount of the method below `auth/`.
        mount: String,
        /// The name.
        username: String,
        /// The password.
        password: Secret<String>,
    },
}

/// Where a signed token comes from.
#[derive(Clone, Debug)]
pub enum JwtSource {
    /// It is given.
    Text(Secret<String>),
    /// It stands in a file, which is read at each login, since whoever writes it replaces it from time to time.
    File(PathBuf),
}

impl Credentials {
    /// A token that somebody else has made.
    pub fn token(token: impl Into<String>) -> Self {
        Self::Token(Secret::new(token.into()))
    }

    /// A role of the method `approle` that is mounted at `mount`.
    pub fn approle(
        mount: impl Into<String>,
        role_id: impl Into<String>,
        secret_id: impl Into<String>,
    ) -> Self {
        Self::AppRole {
            mount: mount.into(),
            role_id: Secret::new(role_id.into()),
            secret_id: Secret::new(secret_id.into()),
        }
    }

    /// The service account of the pod that this runs in, for the method `kubernetes` that is mounted at `mount`.
    pub fn kubernetes(mount: impl Into<String>, role: impl Into<String>) -> Self {
        let source = JwtSource::File(PathBuf::from(SERVICE_ACCOUNT));
        Self::Kubernetes { mount: mount.into(), role: role.into(), source }
    }

    /// The login that these prove; none where there is nothing to log in with.
    pub(crate) async fn login(&self) -> Result<Option<LoginRequest>, Error> {
        use login_request::Credentials as Proof;
        let (mount, proof) = match self {
            Self::None | Self::Token(_) => return Ok(None),
            Self::AppRole { mount, role_id, secret_id } => {
                let (role_id, secret_id) = (role_id.expose().clone(), secret_id.expose().clone());
                (mount, Proof::Approle(AppRoleCredentials { role_id, secret_id }))
            }
            Self::Kubernetes { mount, role, source } => {
                (mount, Proof::Kubernetes(JwtCredentials { role: role.clone(), jwt: source.read().await? }))
            }
            Self::Jwt { mount, role, source } => {
                (mount, Proof::Jwt(JwtCredentials { role: role.clone(), jwt: source.read().await? }))
            }
            Self::Userpass { mount, username, password } => {
                let (username, password) = (username.clone(), password.expose().clone());
                (mount, Proof::Userpass(UserpassCredentials { username, password }))
            }
        };
        Ok(Some(LoginRequest { mount: mount.clone(), credentials: Some(proof) }))
    }
}

impl JwtSource {
    async fn read(&self) -> Result<String, Error> {
        match self {
            Self::Text(text) => Ok(text.expose().clone()),
            Self::File(file) => match tokio::fs::read_to_string(file).await {
                Ok(text) => Ok(text.trim().to_owned()),
                Err(source) => Err(Error::Credentials { file: file.clone(), source }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_in_a_file_is_read_at_each_login() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let source = JwtSource::File(file.clone());
        let credentials = Credentials::Jwt { mount: "jwt".into(), role: "r".into(), source };
        assert!(matches!(credentials.login().await, Err(Error::Credentials { .. })));
        for text in ["one", "two\n"] {
            std::fs::write(&file, text).unwrap();
            let login = credentials.login().await.unwrap().unwrap();
            let Some(login_request::Credentials::Jwt(jwt)) = login.credentials else { unreachable!("a jwt") };
            assert_eq!((jwt.role.as_str(), jwt.jwt.as_str()), ("r", text.trim()));
        }
    }

    #[test]
    fn debug_output_shows_nothing_that_proves() {
        let text = format!("{:?}", Credentials::approle("approle", "CANARY", "CANARY"));
        assert!(!text.contains("CANARY"), "{text}");
    }
}

//! `config`: whom to ask about tokens. A write replaces everything.

use super::{
    Kubernetes,
    api::Api,
    config::{self, Config},
};
use kvd_backend::{Input, Request};
use kvd_storage::transact;
use kvd_types::{Fault, Reply};

/// The configuration, but for the token that is shown to the API server.
pub(super) async fn read(request: Request<'_>) -> Result<Reply, Fault> {
    let config = config::find(&**request.view).await?.ok_or_else(Fault::absent)?;
    Ok(Reply::object(|w| {
        let flags = [
            ("disable_iss_validation", config.disable_iss_validation),
            ("disable_local_ca_jwt", config.disable_local_ca_jwt),
            ("token_reviewer_jwt_set", !config.reviewer_jwt.is_empty()),
            ("use_annotations_as_alias_metadata", config.annotations_as_alias_metadata),
        ];
        for (name, flag) in flags {
            w.key(name);
            w.bool(flag);
        }
        let texts = [
            ("issuer", &config.issuer),
            ("kubernetes_ca_cert", &config.ca_cert),
            ("kubernetes_host", &config.host),
        ];
        for (name, text) in texts {
            w.key(name);
            w.string(text);
        }
        w.key("pem_keys");
        w.strings(&config.pem_keys);
    }))
}

/// Takes a configuration that names its authority, or stands in a pod that has one.
pub(super) async fn write(method: &Kubernetes, request: Request<'_>) -> Result<Reply, Fault> {
    let config = Config::read(Input::new(request.data()))?;
    Api::new(method, &config).await?;
    transact(&**request.view, move |tx| config::store(tx, &config)).await?;
    Ok(Reply::empty())
}

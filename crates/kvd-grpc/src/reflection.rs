//! The standard reflection service, in both of its versions: what can be called, for tools that ask.

use std::convert::Infallible;
use tonic::{body::Body, server::NamedService};
use tonic_reflection::server::Builder;
use tower::{Service, util::BoxCloneSyncService};

/// A service whose type has no name.
pub(crate) type Boxed = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Infallible>;

/// The versions of the service by name.
pub(crate) struct Services(Vec<(&'static str, Boxed)>);

impl Services {
    /// The one of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Boxed> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, service)| service)
    }
}

/// Both versions; `most` is how many bytes a message may have. The definitions are compiled in and known to be whole:
/// a version that could not be built is one that there is not.
pub(crate) fn services(most: usize) -> Services {
    let builder = || {
        Builder::configure()
            .register_encoded_file_descriptor_set(kvd_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let v1 = builder().build_v1().ok().map(|service| boxed(service.max_decoding_message_size(most)));
    let v1alpha =
        builder().build_v1alpha().ok().map(|service| boxed(service.max_decoding_message_size(most)));
    Services(v1.into_iter().chain(v1alpha).collect())
}

fn boxed<S>(service: S) -> (&'static str, Boxed)
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    (S::NAME, BoxCloneSyncService::new(service))
}

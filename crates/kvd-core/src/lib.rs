//! The vault: mounts, tokens, policies and the request path.

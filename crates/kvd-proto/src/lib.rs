//! The messages and services of `proto/kvd/v1`, as code.
//!
//! The definitions in `proto/` are the source; `cargo xtask codegen` writes what stands in `gen/`, and a test fails when
//! the two differ. Building this crate needs neither `protoc` nor a build script.
//!
//! Messages carry tokens and secrets, so none of them has a `Debug`.
//!
//! The features `client` and `server` give the code for one end of a connection each.

#[rustfmt::skip]
#[path = "gen/kvd.v1.rs"]
#[cfg_attr(
    any(feature = "client", feature = "server"),
    expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "written by a generator"
    )
)]
#[expect(unused_qualifications, reason = "written by a generator")]
pub mod v1;

/// The definitions in binary form (a `google.protobuf.FileDescriptorSet`), for the reflection service.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/kvd.v1.bin");

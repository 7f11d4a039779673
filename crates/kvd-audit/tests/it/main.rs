//! Tests of the crate as others use it.

mod broker;
mod canary;
mod golden;
mod support;

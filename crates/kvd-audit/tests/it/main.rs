//! Tests of the crate as others use it.

// `cfg(test)` tells the lints that helpers beside the tests are tests too.
#[cfg(test)]
mod broker;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod support;

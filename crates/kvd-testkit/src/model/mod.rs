//! Models: what a part of kvd must do, written so simply that it is seen to be right.

pub mod kv2;

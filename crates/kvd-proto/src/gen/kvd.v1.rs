//! Generated from proto/kvd/v1 by `cargo xtask codegen`; change the definitions there instead.

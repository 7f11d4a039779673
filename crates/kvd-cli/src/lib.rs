//! The command line: what whoever knows vault types.

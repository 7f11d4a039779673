//! A parser for HCL 1, the language of Vault's policies and configuration files.

//! The HTTP gateway: Vault's verbs, headers and JSON around any service of calls.

//! Policies and configuration: any text is read or refused, with a place and without being repeated.

use kvd_policy::{Policy, PolicyName};

/// Reads the input as a policy, and as HCL of any kind.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(body) = kvd_hcl::parse(text) {
        let printed = kvd_hcl::print(&body);
        let again = kvd_hcl::parse(&printed).map(|body| kvd_hcl::print(&body));
        assert_eq!(again.as_deref(), Ok(&*printed), "what is printed reads otherwise");
    }
    let name = PolicyName::parse("fuzzed").unwrap();
    if let Ok(policy) = Policy::parse(name, text) {
        assert_eq!(policy.text(), text);
    }
}

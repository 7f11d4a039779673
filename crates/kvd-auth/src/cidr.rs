//! Blocks of addresses that logins and tokens are bound to.

use ipnet::IpNet;
use std::net::IpAddr;

/// A block such as `10.0.0.0/8`; a single address counts where `with_length` does not ask for a length.
pub(crate) fn parse(text: &str, with_length: bool) -> Option<IpNet> {
    match text.parse::<IpNet>() {
        Ok(block) => Some(block),
        Err(_) if with_length => None,
        Err(_) => text.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

/// A block as answers show it: one that is a single address goes without its length.
pub(crate) fn shown(block: IpNet) -> String {
    if block.prefix_len() == block.max_prefix_len() { block.addr().to_string() } else { block.to_string() }
}

/// Whether somebody at `address` may come: where there are no blocks everybody may, where there are some nobody may
/// whose address is not known.
pub(crate) fn admits(blocks: &[String], address: Option<IpAddr>) -> bool {
    let inside =
        |a: IpAddr| blocks.iter().filter_map(|b| parse(b, false)).any(|b| b.contains(&a.to_canonical()));
    blocks.is_empty() || address.is_some_and(inside)
}

/// Whether each of the blocks `inner` lies within one of `outer`; where `outer` is empty everything does.
pub(crate) fn covers(outer: &[String], inner: &[String]) -> bool {
    let outer: Vec<IpNet> = outer.iter().filter_map(|b| parse(b, false)).collect();
    let within = |text: &String| parse(text, false).is_some_and(|b| outer.iter().any(|o| o.contains(&b)));
    outer.is_empty() || inner.iter().all(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<String> {
        text.split_terminator(',').map(str::to_owned).collect()
    }

    #[test]
    fn addresses_are_held_against_blocks() {
        for (bound, address, want) in [
            ("", "8.8.8.8", true),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("192.168.0.0/16,127.0.0.1", "127.0.0.1", true),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true),
            ("::1", "127.0.0.1", false),
            ("fd00::/8", "fd12::1", true),
        ] {
            assert_eq!(admits(&blocks(bound), Some(address.parse().unwrap())), want, "{bound} {address}");
        }
        assert!(admits(&[], None) && !admits(&blocks("0.0.0.0/0"), None));
    }

    #[test]
    fn blocks_are_held_against_blocks() {
        for (outer, inner, want) in [
            ("", "10.0.0.0/8", true),
            ("10.0.0.0/8", "", true),
            ("10.0.0.0/8", "10.1.0.0/16,10.2.3.4", true),
            ("10.1.0.0/16", "10.0.0.0/8", false),
            ("10.0.0.0/8", "10.0.0.0/16,11.0.0.0/16", false),
        ] {
            assert_eq!(covers(&blocks(outer), &blocks(inner)), want, "{outer} {inner}");
        }
    }

    #[test]
    fn a_single_address_may_need_its_length() {
        assert!(parse("10.0.0.1", true).is_none());
        assert_eq!(parse("10.0.0.1", false).map(shown).as_deref(), Some("10.0.0.1"));
        assert_eq!(parse("10.0.0.1/32", true).map(shown).as_deref(), Some("10.0.0.1"));
        assert_eq!(parse("10.1.2.3/8", true).map(shown).as_deref(), Some("10.1.2.3/8"));
        for bad in ["", "10.0.0.0/99", "not-an-address", "10.0.0/8"] {
            assert!(parse(bad, false).is_none(), "{bad}");
        }
    }
}

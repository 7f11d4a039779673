//! Ranges of addresses that a token may be used from.

use std::net::IpAddr;

/// A range such as `10.0.0.0/8`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    bits: u128,
    length: u8,
    family: Family,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    V4,
    V6,
    None,
}

impl Cidr {
    /// The range without addresses.
    pub(crate) const NOBODY: Self = Self { bits: 0, length: 0, family: Family::None };

    /// Reads a range; nothing when it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let (bits, family, most) = bits_of(address.parse().ok()?);
        let length = length.unwrap_or(most);
        (length <= most).then(|| Self { bits: masked(bits, length, most), length, family })
    }

    /// The text of a range as look-ups show it: a single address without the length behind it.
    pub(crate) fn canonical(text: &str) -> Option<String> {
        let range = Self::parse(text)?;
        let single = match range.family {
            Family::V4 => range.length == 32,
            Family::V6 => range.length == 128,
            Family::None => false,
        };
        let address = text.split_once('/').map_or(text, |(address, _)| address);
        Some(if single { address } else { text }.to_owned())
    }

    /// Whether all addresses of `other` are among its own.
    pub(crate) fn covers(self, other: Self) -> bool {
        let most = match self.family {
            Family::V4 => 32,
            Family::V6 => 128,
            Family::None => return false,
        };
        self.family == other.family
            && self.length <= other.length
            && masked(other.bits, self.length, most) == self.bits
    }

    pub(crate) fn contains(self, address: IpAddr) -> bool {
        let (bits, family, most) = bits_of(address.to_canonical());
        family == self.family && masked(bits, self.length, most) == self.bits
    }
}

fn bits_of(address: IpAddr) -> (u128, Family, u8) {
    match address {
        IpAddr::V4(a) => (u128::from(a.to_bits()), Family::V4, 32),
        IpAddr::V6(a) => (a.to_bits(), Family::V6, 128),
    }
}

fn masked(bits: u128, length: u8, most: u8) -> u128 {
    let free = u32::from(most - length);
    bits.checked_shr(free).and_then(|b| b.checked_shl(free)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_held_against_ranges() {
        for (range, address, want) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3/8", "10.9.9.9", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:1::", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true),
        ] {
            let range = Cidr::parse(range).unwrap();
            assert_eq!(range.contains(address.parse().unwrap()), want, "{range:?} {address}");
        }
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "x", "10.0.0.0/-1"] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
        assert!(!Cidr::NOBODY.contains("127.0.0.1".parse().unwrap()));
    }
}

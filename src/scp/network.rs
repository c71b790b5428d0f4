//! Networks that may connect: an address, or one with the length of its prefix (RFC 4632).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use crate::error::{Error, Result};

/// The addresses that begin with the same bits. IPv4 counts as IPv6 does over a dual stack: `::ffff:192.0.2.7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: Ipv6Addr,
    /// How many of its bits count.
    prefix: u32,
}

/// The bits before an IPv4 address in IPv6.
const MAPPED: u32 = 96;

impl Network {
    /// Whether `address` is one of its addresses.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let differing = self.address.to_bits() ^ mapped(address).to_bits();
        differing.leading_zeros() >= self.prefix
    }
}

/// `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`.
impl FromStr for Network {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: &str| Error::invalid_argument(format!("{text:?} {why}"));
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| {
            wrong("is neither an IP address nor one with the length of a prefix, as 192.0.2.0/24")
        })?;
        let (before, bits) = if address.is_ipv4() { (MAPPED, 32) } else { (0, 128) };
        let prefix = match prefix {
            Some(digits) => digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit())),
            None => Some(bits),
        };
        let prefix = prefix.filter(|prefix| *prefix <= bits);
        let prefix = prefix.ok_or_else(|| wrong(&format!("has no prefix length from 0 to {bits}")))?;
        Ok(Self { address: mapped(address), prefix: before + prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address.to_ipv4_mapped(), self.prefix.checked_sub(MAPPED)) {
            (Some(address), Some(prefix)) => write!(f, "{address}/{prefix}"),
            _ => write!(f, "{}/{}", self.address, self.prefix),
        }
    }
}

fn mapped(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn prefixes_of_both_families() {
        for (network, inside, outside) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.7", "::ffff:192.0.2.7", "::ffff:192.0.2.6"),
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.129/25", "192.0.2.128", "192.0.2.127"),
            ("0.0.0.0/0", "255.255.255.255", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::1", "::1", "127.0.0.1"),
        ] {
            assert!(contains(network, inside), "{network} {inside}");
            assert!(!contains(network, outside), "{network} {outside}");
        }
        assert!(contains("::/0", "192.0.2.7"));
    }

    #[test]
    fn words_for_what_is_none() {
        for text in [
            "",
            "pacs",
            "192.0.2",
            "192.0.2.0/33",
            "192.0.2.0/",
            "192.0.2.0/+8",
            "::1/129",
            "::1/-1",
            "1.2.3.4/8/8",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        assert_eq!("192.0.2.0/24".parse::<Network>().unwrap().to_string(), "192.0.2.0/24");
        assert_eq!("2001:db8::/32".parse::<Network>().unwrap().to_string(), "2001:db8::/32");
    }
}

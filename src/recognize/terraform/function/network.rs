//! Functions of IP networks.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/cidrsubnet>

use super::Outcome;
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: its first address as a number, how many bits tell it, and how many bits an address has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    base: u128,
    length: u32,
    width: u32,
}

/// The call, if the function is one of networks.
pub(super) fn call(name: &str, arguments: &[Value], loc: Loc) -> Option<Outcome> {
    if !matches!(
        name,
        "cidrsubnet" | "cidrsubnets" | "cidrhost" | "cidrnetmask" | "cidrcontains"
    ) {
        return None;
    }
    // What is not known yet may still be a network.
    if !arguments.iter().all(value::is_known) {
        return Some(Outcome::Open);
    }
    let computed = match (name, arguments) {
        ("cidrsubnet", [prefix, bits, number]) => Network::of(prefix)
            .zip(value::integer(bits))
            .zip(value::integer(number))
            .and_then(|((network, bits), number)| {
                let sub = network.part(u32::try_from(bits).ok()?, u128::try_from(number).ok()?)?;
                Some(value::text(sub.to_string(), loc))
            }),
        ("cidrsubnets", [prefix, bits @ ..]) => {
            Network::of(prefix).and_then(|network| subnets(network, bits, loc))
        }
        ("cidrhost", [prefix, number]) => Network::of(prefix)
            .zip(value::integer(number))
            .and_then(|(network, number)| network.host(number))
            .map(|host| value::text(host.to_string(), loc)),
        ("cidrnetmask", [prefix]) => Network::of(prefix)
            .filter(|network| network.width == 32)
            .map(|network| value::text(network.address(mask(32, network.length)).to_string(), loc)),
        ("cidrcontains", [outer, inner]) => {
            let inner_network = Network::of(inner).or_else(|| Network::of_address(inner.as_str()?));
            Network::of(outer)
                .zip(inner_network)
                .map(|(outer, inner)| value::boolean(outer.holds(inner), loc))
        }
        _ => None,
    };
    Some(computed.map_or(Outcome::Fails, Outcome::Is))
}

/// Networks one behind the other, each as many bits longer as its argument says.
fn subnets(network: Network, bits: &[Value], loc: Loc) -> Option<Value> {
    let mut next = network.base;
    let mut out = Vec::with_capacity(bits.len());
    for one in bits {
        let length = network
            .length
            .checked_add(u32::try_from(value::integer(one)?).ok()?)?;
        if length > network.width {
            return None;
        }
        // Starts where a network of its size may start.
        let size = 1_u128.checked_shl(network.width - length)?;
        let base = next.checked_add(size - 1)? & !(size - 1);
        let sub = Network {
            base,
            length,
            ..network
        };
        if !network.holds(sub) {
            return None;
        }
        next = base.checked_add(size)?;
        out.push(value::text(sub.to_string(), loc));
    }
    Some(value::list(out, loc))
}

/// The bits of the first `length` places in an address of `width` bits.
fn mask(width: u32, length: u32) -> u128 {
    let all = all_ones(width);
    all & !(all.checked_shr(length).unwrap_or(0))
}

fn all_ones(width: u32) -> u128 {
    u128::MAX >> (128 - width.clamp(1, 128))
}

impl Network {
    /// The network of `10.0.0.0/16`; bits behind its length do not count.
    fn of(value: &Value) -> Option<Network> {
        let (address, length) = value.as_str()?.split_once('/')?;
        let network = Network::of_address(address)?;
        let length: u32 = length.parse().ok()?;
        (length <= network.width).then(|| Network {
            base: network.base & mask(network.width, length),
            length,
            ..network
        })
    }

    fn of_address(address: &str) -> Option<Network> {
        let (base, width) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        Some(Network {
            base,
            length: width,
            width,
        })
    }

    fn part(self, bits: u32, number: u128) -> Option<Network> {
        let length = self.length.checked_add(bits)?;
        let fits = bits >= 128 || number < 1_u128.checked_shl(bits)?;
        if length > self.width || !fits {
            return None;
        }
        let offset = match self.width - length {
            128 => 0,
            shift => number.checked_shl(shift)?,
        };
        Some(Network {
            base: self.base | offset,
            length,
            ..self
        })
    }

    /// A negative number counts from the end.
    fn host(self, number: i64) -> Option<IpAddr> {
        let last = all_ones(self.width) & !mask(self.width, self.length);
        let offset = match u128::try_from(number) {
            Ok(number) => number,
            Err(_) => (last.checked_add(1)?).checked_sub(u128::from(number.unsigned_abs()))?,
        };
        (offset <= last).then(|| self.address(self.base | offset))
    }

    fn address(self, number: u128) -> IpAddr {
        match (self.width, u32::try_from(number)) {
            (32, Ok(number)) => IpAddr::V4(Ipv4Addr::from(number)),
            _ => IpAddr::V6(Ipv6Addr::from(number)),
        }
    }

    fn holds(self, inner: Network) -> bool {
        self.width == inner.width
            && self.length <= inner.length
            && inner.base & mask(self.width, self.length) == self.base
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address(self.base), self.length)
    }
}

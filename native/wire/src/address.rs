//! Who talks to whom, as the flow table compares it: two endpoints in canonical order and the tags of the networks they are in.

use std::hash::Hasher;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use siphasher::sip::SipHasher13;

/// The most VLAN and tunnel identifiers that a flow key holds; deeper ones are decapsulated but do not tell flows apart.
pub const TAGS_MAX: usize = 6;

/// Bits that say what an identifier is, where it is no VLAN.
const VNI: u32 = 1 << 31;
const SESSION: u32 = 1 << 30;
const INTERFACE: u32 = 1 << 29;
const NO_VLAN: u32 = VNI | SESSION | INTERFACE;

/// VLAN and virtual network identifiers from the outside in. Two tenants may use one address and port pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tags {
    ids: [u32; TAGS_MAX],
    count: u8,
}

impl Tags {
    /// Adds a VLAN identifier; 0 is a priority tag and names no network.
    pub(crate) fn push_vlan(&mut self, id: u16) {
        if id != 0 {
            self.push(u32::from(id));
        }
    }

    /// Adds a 24-bit virtual network identifier of a tunnel.
    pub(crate) fn push_network(&mut self, id: u32) {
        self.push(id | VNI);
    }

    /// Adds the identifier of a session of PPPoE, of which one customer has one.
    pub(crate) fn push_session(&mut self, id: u16) {
        self.push(u32::from(id) | SESSION);
    }

    /// Adds the identifier of a virtual interface of a switch; 0 is none.
    pub(crate) fn push_interface(&mut self, id: u16) {
        if id != 0 {
            self.push(u32::from(id) | INTERFACE);
        }
    }

    fn push(&mut self, id: u32) {
        if let Some(slot) = self.ids.get_mut(usize::from(self.count)) {
            *slot = id;
            self.count += 1;
        }
    }

    /// The VLAN identifiers, outermost first.
    pub fn vlans(&self) -> impl Iterator<Item = u16> {
        self.ids().iter().filter(|id| **id & NO_VLAN == 0).map(|id| *id as u16)
    }

    /// The identifiers of virtual networks (VXLAN, Geneve), outermost first.
    pub fn networks(&self) -> impl Iterator<Item = u32> {
        self.ids().iter().filter(|id| **id & VNI != 0).map(|id| *id & !VNI)
    }

    fn ids(&self) -> &[u32] {
        &self.ids[..usize::from(self.count)]
    }
}

/// The addresses of one IP header; IPv4 lies in the low 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Network {
    pub source: u128,
    pub destination: u128,
    pub v6: bool,
}

/// The canonical key of a flow: the same for both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowKey {
    addresses: [u128; 2],
    ports: [u16; 2],
    v6: bool,
    tags: Tags,
}

impl FlowKey {
    /// The key, and whether the packet's source is the key's first endpoint.
    pub(crate) fn new(network: &Network, source_port: u16, destination_port: u16, tags: Tags) -> (Self, bool) {
        let from_first = (network.source, source_port) <= (network.destination, destination_port);
        let (addresses, ports) = if from_first {
            ([network.source, network.destination], [source_port, destination_port])
        } else {
            ([network.destination, network.source], [destination_port, source_port])
        };
        (FlowKey { addresses, ports, v6: network.v6, tags }, from_first)
    }

    /// Puts the endpoints into other networks.
    pub(crate) fn set_tags(&mut self, tags: Tags) {
        self.tags = tags;
    }

    /// A keyed hash (SipHash-1-3), the same for both directions, so that nobody can aim packets at one slot or worker.
    pub(crate) fn hash(&self, key: [u64; 2]) -> u64 {
        let mut bytes = [0u8; 36];
        let used = if self.v6 {
            bytes[..16].copy_from_slice(&self.addresses[0].to_le_bytes());
            bytes[16..32].copy_from_slice(&self.addresses[1].to_le_bytes());
            32
        } else {
            bytes[..4].copy_from_slice(&(self.addresses[0] as u32).to_le_bytes());
            bytes[4..8].copy_from_slice(&(self.addresses[1] as u32).to_le_bytes());
            8
        };
        bytes[used..used + 2].copy_from_slice(&self.ports[0].to_le_bytes());
        bytes[used + 2..used + 4].copy_from_slice(&self.ports[1].to_le_bytes());
        let hasher = SipHasher13::new_with_keys(key[0], key[1]);
        if self.tags.count == 0 {
            return hasher.hash(&bytes[..used + 4]);
        }
        let mut hasher = hasher;
        hasher.write(&bytes[..used + 4]);
        for id in self.tags.ids() {
            hasher.write_u32(*id);
        }
        hasher.finish()
    }

    /// Address and port of the first (0) or second (1) endpoint.
    pub fn endpoint(&self, index: usize) -> (IpAddr, u16) {
        let second = usize::from(index != 0);
        let address = self.addresses[second];
        let ip = if self.v6 { IpAddr::V6(Ipv6Addr::from(address)) } else { IpAddr::V4(Ipv4Addr::from(address as u32)) };
        (ip, self.ports[second])
    }

    /// The networks that the endpoints are in.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }
}

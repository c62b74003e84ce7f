//! What is known of the tap that packets are from.

use tapistry_wire::DecodeOptions;

/// How packets of one tap are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tap {
    /// VLANs and virtual networks do not tell flows apart, since the tap tags one direction only.
    pub ignore_vlan: bool,
    /// Copies of a packet are not looked for, since there are none.
    pub keep_duplicates: bool,
}

impl Tap {
    /// For the decoder of its packets.
    pub fn decode_options(self) -> DecodeOptions {
        DecodeOptions { tags_in_key: !self.ignore_vlan, drop_duplicates: !self.keep_duplicates, ..DecodeOptions::default() }
    }
}

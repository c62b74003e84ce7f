//! Blocks laid out by hand as the kernel does.

use proptest::prelude::*;

use super::*;

const FIRST: usize = 48;
const MAC: usize = 96;
const FRAME: [u8; 18] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 0, 0x45, 0, 0, 0];

/// A block with one record: status bits, tag control and type.
fn block(status: u32, tag: u32, ether_type: u16) -> Vec<u8> {
    let mut block = vec![0; 512];
    let header = offset_of!(tpacket_block_desc, hdr);
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(header + offset_of!(tpacket_hdr_v1, num_pkts), &1u32.to_ne_bytes());
    put(header + offset_of!(tpacket_hdr_v1, offset_to_first_pkt), &(FIRST as u32).to_ne_bytes());
    for (at, number) in [
        (offset_of!(tpacket3_hdr, tp_sec), 7),
        (offset_of!(tpacket3_hdr, tp_nsec), 9),
        (offset_of!(tpacket3_hdr, tp_snaplen), FRAME.len() as u32),
        (offset_of!(tpacket3_hdr, tp_len), 1500),
        (offset_of!(tpacket3_hdr, tp_status), status),
        (offset_of!(tpacket3_hdr, hv1) + offset_of!(tpacket_hdr_variant1, tp_vlan_tci), tag),
    ] {
        put(FIRST + at, &u32::to_ne_bytes(number));
    }
    put(FIRST + offset_of!(tpacket3_hdr, tp_mac), &(MAC as u16).to_ne_bytes());
    put(FIRST + offset_of!(tpacket3_hdr, hv1) + offset_of!(tpacket_hdr_variant1, tp_vlan_tpid), &ether_type.to_ne_bytes());
    put(FIRST + MAC, &FRAME);
    block
}

/// Bytes of a frame, and how many it had on the wire.
type Seen = (Vec<u8>, u32);

/// The frame without and with its tag, and its time.
fn read_one(mut block: Vec<u8>, is_ethernet: bool) -> (Seen, Seen, i64) {
    let mut out = None;
    let malformed = each(&mut block, &mut |frame| {
        let (bare, time_ns) = (frame.bare().0.to_vec(), frame.time_ns);
        let bare = (bare, frame.bare().1);
        let (whole, length) = frame.whole(is_ethernet);
        out = Some((bare, (whole.to_vec(), length), time_ns));
    });
    assert_eq!(malformed, 0);
    out.unwrap()
}

#[test]
fn a_frame_without_a_tag_stays_as_it_is() {
    let frame = (FRAME.to_vec(), 1500);
    assert_eq!(read_one(block(0, 0, 0), true), (frame.clone(), frame, 7_000_000_009));
}

#[test]
fn a_tag_comes_back_where_it_was() {
    let tagged = |tag: [u8; 4]| ([&FRAME[..12], &tag, &FRAME[12..]].concat(), 1504);
    let typed = libc::TP_STATUS_VLAN_VALID | libc::TP_STATUS_VLAN_TPID_VALID;
    assert_eq!(read_one(block(typed, 0x2005, 0x88a8), true).1, tagged([0x88, 0xa8, 0x20, 5]));
    assert_eq!(read_one(block(libc::TP_STATUS_VLAN_VALID, 5, 0), true).1, tagged([0x81, 0, 0, 5]));
    let (bare, whole, _) = read_one(block(typed, 5, 0x8100), false);
    assert_eq!((&bare, &bare.0[..]), (&whole, &FRAME[..]), "raw IP has no place for one");
}

#[test]
fn a_record_beyond_the_block_makes_no_sense() {
    let mut beyond = block(0, 0, 0);
    let at = FIRST + offset_of!(tpacket3_hdr, tp_snaplen);
    beyond[at..at + 4].copy_from_slice(&1000u32.to_ne_bytes());
    assert_eq!(each(&mut beyond, &mut |_| panic!("no frame")), 1);
}

proptest! {
    #[test]
    fn no_block_makes_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        // Few records, so that a run is short.
        if let Some(count) = bytes.get_mut(14..16) {
            count.fill(0);
        }
        each(&mut bytes, &mut |frame| {
            frame.whole(true);
        });
    }
}

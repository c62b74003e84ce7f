//! Header blocks of one direction, each behind the octet that says how long it is: any cut of a block off, no panic, and what is told is bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_http::h2::FieldSink;
use tapistry_http::h2::hpack::{Decoder, Outcome};

#[derive(Default)]
struct Fields {
    bytes: usize,
    is_whole: bool,
}

impl FieldSink for Fields {
    fn field(&mut self, name: Option<&[u8]>, value: Option<&[u8]>) {
        self.is_whole &= name.is_some() && value.is_some();
        self.bytes += name.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len);
    }
}

fuzz_target!(|input: &[u8]| {
    let [how, mut rest @ ..] = input else { return };
    let mut decoder = Decoder::default();
    if how & 1 == 1 {
        decoder.lose();
    }
    while let [length, after @ ..] = rest {
        let (block, next) = after.split_at(after.len().min(usize::from(*length)));
        let mut fields = Fields { bytes: 0, is_whole: true };
        let outcome = decoder.block(block, &mut fields);
        assert!(fields.bytes <= 256 << 10);
        assert!(fields.is_whole || outcome.is_unknown || outcome.is_wrong, "what is not known is said");
        assert!(outcome == Outcome::default() || how & 1 == 1 || outcome.is_wrong || outcome.is_cut || outcome.is_unknown);
        rest = next;
    }
});

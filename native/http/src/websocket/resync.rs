//! Where frames go on after a gap: at bytes that read as frame after frame.

use super::head::{CONTROL_BYTES_MAX, Head, Opcode, Parsed, parse};

/// Frames longer than this are not believed in by themselves.
const LENGTH_LIKELY: u64 = 16 << 20;

/// The place in a piece of the stream where frames begin again. Most begin with a segment, so less proof is asked for there: one frame that ends with the
/// piece, or two in a row; elsewhere one more of either.
pub(super) fn next_frame(bytes: &[u8], is_masked: bool, may_compress: bool) -> Option<usize> {
    (0..bytes.len()).find(|start| {
        let (frames, ends) = chain(&bytes[*start..], is_masked, may_compress);
        frames + usize::from(ends) >= if *start == 0 { 2 } else { 3 }
    })
}

/// Whether bytes begin with a frame as clients send them first: masked, and of a message or of none.
pub fn begins_with_client_frame(bytes: &[u8]) -> bool {
    matches!(parse(bytes), Parsed::Head(head) if head.opcode != Opcode::Continuation && is_likely(&head, true, true))
}

/// How many frames follow each other, up to three, and whether the last one ends with the bytes.
fn chain(mut bytes: &[u8], is_masked: bool, may_compress: bool) -> (usize, bool) {
    for frames in 0..3 {
        if bytes.is_empty() {
            return (frames, true);
        }
        let head = match parse(bytes) {
            Parsed::Head(head) if is_likely(&head, is_masked, may_compress) => head,
            _ => return (frames, false),
        };
        match usize::try_from(head.length).ok().and_then(|length| bytes.get(head.bytes + length..)) {
            Some(rest) => bytes = rest,
            None => return (frames, false),
        }
    }
    (3, bytes.is_empty())
}

fn is_likely(head: &Head, is_masked: bool, may_compress: bool) -> bool {
    let fits = if head.opcode.is_control() { head.length <= CONTROL_BYTES_MAX } else { head.length <= LENGTH_LIKELY };
    let compression_fits = !head.is_compressed || (may_compress && head.opcode != Opcode::Continuation);
    fits && compression_fits && !head.is_wide && head.mask.is_some() == is_masked
}

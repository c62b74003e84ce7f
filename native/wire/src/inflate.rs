//! Payloads of IP that are compressed one by one (RFC 3173, RFC 2394).

use crate::link::Drop;
use crate::link::cursor::Cursor;
use flate2::{Decompress, FlushDecompress, Status};

/// Bytes of the longest payload of IP.
const PAYLOAD_BYTES_MAX: usize = 65_535;

/// Inflates what is left of a packet into `payload`.
pub(crate) fn inflate(cursor: &Cursor<'_>, payload: &mut Vec<u8>) -> Result<(), Drop> {
    payload.clear();
    payload.reserve_exact(PAYLOAD_BYTES_MAX);
    match Decompress::new(false).decompress_vec(cursor.rest, payload, FlushDecompress::Finish) {
        Ok(Status::StreamEnd) => Ok(()),
        Ok(_) | Err(_) => Err(cursor.cut("ipcomp")),
    }
}

//! Compression of records (RFC 3749): one stream for a direction, flushed with each record.

use flate2::{Decompress, FlushDecompress};

/// Bytes that a record may hold when it is inflated.
const CONTENT_BYTES_MAX: usize = 1 << 14;

/// State of one direction from one change of keys to the next.
pub struct Inflate(Decompress);

impl Inflate {
    /// At the start of its stream.
    pub fn new() -> Self {
        Inflate(Decompress::new(true))
    }

    /// The content of the next record; none where it is no such stream, or too long.
    pub fn next(&mut self, packed: &[u8]) -> Option<Vec<u8>> {
        // One more than fits shows that there is more.
        let mut content = Vec::with_capacity(CONTENT_BYTES_MAX + 1);
        let before = self.0.total_in();
        self.0.decompress_vec(packed, &mut content, FlushDecompress::Sync).ok()?;
        let is_whole = self.0.total_in() - before == packed.len() as u64;
        (is_whole && content.len() <= CONTENT_BYTES_MAX).then_some(content)
    }
}

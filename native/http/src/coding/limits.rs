//! Caps against decompression bombs.

/// Caps of one body. Decoding stops where one is hit, with `coding.bomb`; what came before is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that any layer may give.
    pub output_bytes_max: u64,
    /// Bytes that any layer may give for each coded byte of the body, looked at beyond `ratio_floor_bytes`.
    pub ratio_max: u64,
    /// Up to this many decoded bytes the ratio does not matter.
    pub ratio_floor_bytes: u64,
}

impl Default for Limits {
    /// 64 MiB; 2,048 times beyond 1 MiB, which no content reaches by chance (deflate cannot exceed 1,032).
    fn default() -> Self {
        Limits { output_bytes_max: 64 << 20, ratio_max: 2048, ratio_floor_bytes: 1 << 20 }
    }
}

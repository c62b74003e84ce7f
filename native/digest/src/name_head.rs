//! Comparing a name with a known one in a few instructions.

const HEAD_BYTES: usize = 16;

/// For a length, the bytes of two words that belong to it.
const MASKS: [[u64; 2]; HEAD_BYTES + 1] = masks();

/// The first 16 bytes of a name, zero behind its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameHead([u64; 2]);

impl NameHead {
    pub fn of(name: &[u8]) -> Self {
        let mut bytes = [0; HEAD_BYTES];
        let length = name.len().min(HEAD_BYTES);
        bytes[..length].copy_from_slice(&name[..length]);
        Self::load(&bytes)
    }

    /// Whether a head tells all of a name.
    #[inline]
    pub const fn holds(name: &[u8]) -> bool {
        name.len() <= HEAD_BYTES
    }

    /// Whether `text` begins with `name`, whose head this is.
    #[inline]
    pub fn is_start_of(self, name: &str, text: &[u8]) -> bool {
        match (text.first_chunk::<HEAD_BYTES>(), MASKS.get(name.len())) {
            (Some(chunk), Some(mask)) => {
                let found = Self::load(chunk);
                (found.0[0] & mask[0]) == self.0[0] && (found.0[1] & mask[1]) == self.0[1]
            }
            _ => text.starts_with(name.as_bytes()),
        }
    }

    /// Where it belongs in a small table: bytes mixed by one multiplication.
    #[inline]
    pub const fn mixed(self) -> u64 {
        let [low, high] = self.0;
        (low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
    }

    #[inline]
    fn load(bytes: &[u8; HEAD_BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *bytes;
        Self([u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p])])
    }
}

const fn masks() -> [[u64; 2]; HEAD_BYTES + 1] {
    let mut masks = [[0; 2]; HEAD_BYTES + 1];
    let mut length = 0;
    while length <= HEAD_BYTES {
        let bits = length as u32 * 8;
        masks[length] = [
            if bits >= 64 { u64::MAX } else { (1 << bits) - 1 },
            if bits >= 128 {
                u64::MAX
            } else if bits > 64 {
                (1 << (bits - 64)) - 1
            } else {
                0
            },
        ];
        length += 1;
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_starts_of_any_length() {
        let text = b"abcdefghijklmnopqrstuvwxyz";
        for length in 0..=text.len() {
            let name = std::str::from_utf8(&text[..length]).unwrap();
            let head = NameHead::of(name.as_bytes());
            assert!(head.is_start_of(name, text), "{name}");
            assert!(head.is_start_of(name, name.as_bytes()), "{name}");
            assert!(length == 0 || !head.is_start_of(name, &text[1..]), "{name}");
            assert!(length == 0 || !head.is_start_of(name, &text[..length - 1]), "{name}");
        }
    }
}

//! Base64 that comes in pieces (RFC 4648 §4); each frame of gRPC-Web may end with its own padding.

/// The bits that are not yet a byte.
#[derive(Clone, Copy, Debug, Default)]
pub struct Base64 {
    bits: u32,
    held: u32,
}

impl Base64 {
    /// Appends what the next piece stands for; what is not of the alphabet is passed over.
    pub fn decode(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for &byte in text {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                b'=' => {
                    *self = Base64::default();
                    continue;
                }
                _ => continue,
            };
            self.bits = self.bits << 6 | u32::from(value);
            self.held += 6;
            if self.held >= 8 {
                self.held -= 8;
                out.push((self.bits >> self.held) as u8);
                self.bits &= (1 << self.held) - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Base64;

    #[test]
    fn pieces_of_any_size_with_padding_between() {
        let text = b"aGk/aGVsbG8=aGVsbG8gd29ybGQh";
        for step in 1..text.len() {
            let (mut base64, mut out) = (Base64::default(), Vec::new());
            text.chunks(step).for_each(|piece| base64.decode(piece, &mut out));
            assert_eq!(out, b"hi?hellohello world!");
        }
    }
}

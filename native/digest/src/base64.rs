//! Base64 in both alphabets, as far as recognising values needs it.

/// Whether the byte belongs to the base64url alphabet (RFC 4648 §5).
pub(crate) fn is_url_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Decodes as much of the text as fits the buffer and is base64 of either alphabet; padding ends it.
pub(crate) fn decode_prefix<'a>(text: &[u8], buffer: &'a mut [u8]) -> &'a [u8] {
    let (mut bits, mut count, mut length) = (0u32, 0, 0);
    for &byte in text {
        let Some(value) = sextet(byte) else { break };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            if length == buffer.len() {
                break;
            }
            count -= 8;
            buffer[length] = (bits >> count) as u8;
            length += 1;
        }
    }
    &buffer[..length]
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_both_alphabets() {
        let mut buffer = [0; 16];
        assert_eq!(decode_prefix(b"aGVsbG8=", &mut buffer), b"hello");
        assert_eq!(decode_prefix(b"-_8", &mut buffer), [0xfb, 0xff]);
        assert_eq!(decode_prefix(b"+/8=", &mut buffer), [0xfb, 0xff]);
        assert_eq!(decode_prefix(b"aGVsbG8=", &mut [0; 2]), b"he");
        assert_eq!(decode_prefix(b"!", &mut buffer), b"");
    }
}

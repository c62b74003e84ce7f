//! Base64 of both alphabets (RFC 4648 §4, §5), with or without padding.

/// The bytes that `text` stands for; none where it is not base64. White space is passed over.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut held, mut padding) = (0u32, 0u32, 0);
    for &byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    (held < 6 && padding <= 2).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn both_alphabets() {
        assert_eq!(decode(b"aGk_Pz8=").as_deref(), Some(&b"hi???"[..]));
        assert_eq!(decode(b"aGk/Pz8").as_deref(), Some(&b"hi???"[..]));
        assert_eq!(decode(b"").as_deref(), Some(&b""[..]));
        for bad in [&b"a"[..], b"aGk=Pz8", b"a*k=", b"aGk===="] {
            assert_eq!(decode(bad), None);
        }
    }
}

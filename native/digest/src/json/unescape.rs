//! What a JSON string with backslashes means.

/// Writes the decoded text into `out` (cleared first). Escapes that are not defined stay as they are and lone surrogates become
/// U+FFFD; either gives false.
pub(crate) fn unescape(raw: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    out.reserve(raw.len());
    let mut is_proper = true;
    let mut rest = raw;
    while let Some(slash) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..slash]);
        rest = &rest[slash + 1..];
        let Some((escape, after)) = rest.split_first() else { return false };
        rest = after;
        match escape {
            b'"' | b'\\' | b'/' => out.push(*escape),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => match code_point(rest) {
                Some((code, used)) => {
                    out.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes());
                    is_proper &= code != char::REPLACEMENT_CHARACTER;
                    rest = &rest[used..];
                }
                None => {
                    is_proper = false;
                    out.extend_from_slice(b"\\u");
                }
            },
            other => {
                is_proper = false;
                out.extend_from_slice(&[b'\\', *other]);
            }
        }
    }
    out.extend_from_slice(rest);
    is_proper
}

/// The character of `XXXX` or `XXXX\uXXXX` (a pair of surrogates), and how many bytes it took.
fn code_point(text: &[u8]) -> Option<(char, usize)> {
    let first = hex4(text)?;
    if (0xd800..0xdc00).contains(&first)
        && text.get(4..6) == Some(b"\\u")
        && let Some(second @ 0xdc00..=0xdfff) = hex4(&text[6..])
    {
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return Some((char::from_u32(code)?, 10));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 4))
}

fn hex4(text: &[u8]) -> Option<u32> {
    text.get(..4)?.iter().try_fold(0, |value, byte| Some(value << 4 | char::from(*byte).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_escapes() {
        let rows: [(&str, &str, bool); 7] = [
            (r"a\nb", "a\nb", true),
            (r#"\"\\\/\b\f\r\t"#, "\"\\/\u{8}\u{c}\r\t", true),
            (r"\u00e9", "é", true),
            (r"\ud83d\ude00", "😀", true),
            (r"\ud83d!", "\u{fffd}!", false),
            (r"\q", r"\q", false),
            (r"\u12", r"\u12", false),
        ];
        for (raw, meant, is_proper) in rows {
            let mut out = Vec::new();
            assert_eq!(unescape(raw.as_bytes(), &mut out), is_proper, "{raw}");
            assert_eq!(String::from_utf8_lossy(&out), meant, "{raw}");
        }
    }
}

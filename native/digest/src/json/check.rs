//! Whether bytes of an unsaid or wrong media type are JSON after all.

use super::scan::{Reader, Stop};

/// Open brackets that are followed; deeper texts are not taken for JSON.
const DEPTH_MAX: u32 = 128;

/// Whether `bytes` are an object or array of strict JSON, or the beginning of one where the text was cut off (`whole` is false).
pub(crate) fn is_json(bytes: &[u8], whole: bool) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = Reader::new(bytes, whole);
    if !matches!(reader.peek_token(), Ok(b'{' | b'[')) {
        return false;
    }
    match walk(&mut reader).and_then(|()| reader.end()) {
        Ok(()) => !reader.is_odd,
        Err(stop) => stop == Stop::Truncated && !whole && !reader.is_odd,
    }
}

/// Goes past one object or array without recursion: one bit an open bracket tells objects from arrays.
fn walk(reader: &mut Reader) -> Result<(), Stop> {
    let mut objects = 0u128;
    let mut depth = 0;
    loop {
        let opened = match reader.peek_token()? {
            byte @ (b'{' | b'[') => {
                if depth == DEPTH_MAX {
                    return Err(Stop::Invalid);
                }
                reader.at += 1;
                depth += 1;
                objects = objects << 1 | u128::from(byte == b'{');
                true
            }
            _ => {
                reader.skip_value()?;
                false
            }
        };
        let mut is_empty = opened;
        loop {
            let is_object = objects & 1 == 1;
            let close = if is_object { b'}' } else { b']' };
            let byte = reader.peek_token()?;
            if byte == close {
                reader.at += 1;
                depth -= 1;
                objects >>= 1;
                is_empty = false;
                if depth == 0 {
                    return Ok(());
                }
                continue;
            }
            if !is_empty {
                if byte != b',' {
                    return Err(Stop::Invalid);
                }
                reader.at += 1;
            }
            if is_object {
                name(reader)?;
            }
            break;
        }
    }
}

fn name(reader: &mut Reader) -> Result<(), Stop> {
    if reader.peek_token()? != b'"' {
        return Err(Stop::Invalid);
    }
    reader.text()?;
    if reader.peek_token()? != b':' {
        return Err(Stop::Invalid);
    }
    reader.at += 1;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_json_from_what_looks_like_it() {
        for text in ["{}", "[]", " [1, {\"a\": [null]}, \"x\"] ", "{\"a\":{},\"b\":[]}", "[[[]]]"] {
            assert!(is_json(text.as_bytes(), true), "{text}");
        }
        for text in ["", "1", "\"a\"", "{hello}", "[INFO] started", "{\"a\":1", "[1,]", "{\"a\" 1}", "[1 2]", "{,}", "{}{}", "[1}", "{\"a\":1]"] {
            assert!(!is_json(text.as_bytes(), true), "{text}");
        }
        assert!(is_json(b"{\"a\":[1,", false));
        assert!(!is_json(b"{hello", false));
        assert!(!is_json("[".repeat(200).as_bytes(), false));
    }
}

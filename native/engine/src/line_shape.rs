//! What a line looks like, without anything that it says.

/// Characters of a shape.
const SHAPE_MAX: usize = 160;

/// Letters as `a`, digits as `0`, other text as `u`, each however long; of the rest what formats are made of, and `?` for anything else. Cut where it is long,
/// with `...` in place of what follows.
pub fn line_shape(line: &[u8]) -> String {
    let mut shape = String::new();
    for &byte in line {
        let like = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => 'a',
            b'0'..=b'9' => '0',
            b' ' | b'\t' => ' ',
            b'"' | b'\'' | b'{' | b'}' | b'[' | b']' | b'(' | b')' | b'<' | b'>' | b':' | b';' | b',' | b'=' | b'|' | b'/' | b'.' | b'-' | b'+' => {
                char::from(byte)
            }
            0x80.. => 'u',
            _ => '?',
        };
        let is_run = matches!(like, 'a' | '0' | 'u' | ' ' | '?');
        if is_run && shape.ends_with(like) {
            continue;
        }
        if shape.len() == SHAPE_MAX {
            shape.push_str("...");
            break;
        }
        shape.push(like);
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stands_between_values_shows() {
        let line = br#"10.0.0.1 - maria [21/Sep/2026:14:00:00 +0000] "GET /a?token=s3cr3t HTTP/1.1" 200"#;
        assert_eq!(line_shape(line), r#"0.0.0.0 - a [0/a/0:0:0:0 +0] "a /a?a=a0a0a a/0.0" 0"#);
        assert_eq!(line_shape("{\"na\u{ef}f\":  $\u{0}}".as_bytes()), "{\"aua\": ?}");
        assert_eq!(line_shape(b""), "");
        assert_eq!(line_shape(&b"-.".repeat(1000)), format!("{}...", "-.".repeat(80)));
    }

    proptest! {
        #[test]
        fn no_letter_or_digit_of_a_line_is_in_its_shape(line in proptest::collection::vec(any::<u8>(), 0..600)) {
            let shape = line_shape(&line);
            prop_assert!(shape.chars().filter(char::is_ascii_alphanumeric).all(|like| matches!(like, 'a' | '0' | 'u')));
            prop_assert!(shape.is_ascii() && shape.len() <= SHAPE_MAX + 3);
        }
    }
}

//! MAC addresses (EUI-48 and EUI-64): pairs joined by `:`, `-` or space, or groups of four joined by dots.

use super::KeyHint;

/// Whether the text is a MAC address. Without separators it needs a key that says so.
pub(super) fn is_mac_address(text: &[u8], hint: &KeyHint) -> bool {
    match text.len() {
        12 | 16 => hint.says(KeyHint::MAC) && text.iter().all(u8::is_ascii_hexdigit),
        17 | 23 => {
            let separator = text[2];
            matches!(separator, b':' | b'-' | b' ')
                && text.iter().enumerate().all(|(at, byte)| if at % 3 == 2 { *byte == separator } else { byte.is_ascii_hexdigit() })
        }
        14 | 19 => text.iter().enumerate().all(|(at, byte)| if at % 5 == 4 { *byte == b'.' } else { byte.is_ascii_hexdigit() }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        let none = KeyHint::default();
        for text in ["01:23:45:67:89:AB", "01-23-45-67-89-ab", "0012.3456.789a", "FF:FF:FF:FF:FF:FF:FF:FF"] {
            assert!(is_mac_address(text.as_bytes(), &none), "{text}");
        }
        for text in ["01:23:45:67:89", "01:23-45:67:89:AB", "0102030405ab", "0g:23:45:67:89:ab", "2024-01-31T10:00", ""] {
            assert!(!is_mac_address(text.as_bytes(), &none), "{text}");
        }
        assert!(is_mac_address(b"0102030405ab", &KeyHint::of_name(b"macAddress")));
    }
}

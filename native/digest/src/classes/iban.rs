//! International bank account numbers (ISO 13616): country length, mod 97.

/// Whether the text is an IBAN, in groups of four or without spaces.
pub(super) fn is_iban(text: &[u8]) -> bool {
    // Digits where the check digits stand tell most words apart at once.
    if text.len() < 15 || text.len() > 42 || !text[0].is_ascii_alphabetic() || !text[1].is_ascii_alphabetic() || !text[2].is_ascii_digit() {
        return false;
    }
    let mut compact = [0; 34];
    let mut length = 0;
    for &byte in text {
        if matches!(byte, b' ' | b'-') {
            continue;
        }
        if length == compact.len() || !byte.is_ascii_alphanumeric() {
            return false;
        }
        compact[length] = byte.to_ascii_uppercase();
        length += 1;
    }
    let iban = &compact[..length];
    length_of([iban[0], iban[1]]) == Some(length)
        && iban[2].is_ascii_digit()
        && iban[3].is_ascii_digit()
        && has_groups(text)
        && remainder_97(&iban[4..], &iban[..4]) == 1
}

/// Separators only between groups of four, if any.
fn has_groups(text: &[u8]) -> bool {
    let Some(separator) = text.iter().find(|byte| !byte.is_ascii_alphanumeric()) else { return true };
    let mut groups = text.split(|byte| byte == separator).peekable();
    while let Some(group) = groups.next() {
        if group.len() > 4 || (group.len() < 4 && groups.peek().is_some()) {
            return false;
        }
    }
    true
}

fn remainder_97(first: &[u8], second: &[u8]) -> u64 {
    // Dividing costs most, so it waits until the number is large.
    const LARGE: u64 = 1 << 56;
    let mut number = 0;
    for byte in [first, second].into_iter().flatten() {
        let value = u64::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
        number = number * if value > 9 { 100 } else { 10 } + value;
        if number >= LARGE {
            number %= 97;
        }
    }
    number % 97
}

/// Length by country, from the IBAN registry and the national schemes that follow it.
fn length_of(country: [u8; 2]) -> Option<usize> {
    Some(match &country {
        b"NO" => 15,
        b"BE" => 16,
        b"DK" | b"FI" | b"FK" | b"FO" | b"GL" | b"NL" | b"SD" => 18,
        b"MK" | b"SI" => 19,
        b"AT" | b"BA" | b"EE" | b"KZ" | b"LT" | b"LU" | b"XK" | b"MN" => 20,
        b"CH" | b"HR" | b"LI" | b"LV" => 21,
        b"BG" | b"BH" | b"CR" | b"DE" | b"GB" | b"GE" | b"IE" | b"ME" | b"RS" | b"VA" => 22,
        b"AE" | b"GI" | b"IL" | b"IQ" | b"OM" | b"SO" | b"TL" => 23,
        b"AD" | b"CZ" | b"ES" | b"MD" | b"PK" | b"RO" | b"SA" | b"SE" | b"SK" | b"TN" | b"VG" => 24,
        b"LY" | b"PT" | b"ST" => 25,
        b"IR" | b"IS" | b"TR" => 26,
        b"BI" | b"DJ" | b"FR" | b"GR" | b"IT" | b"MC" | b"SM" | b"MR" | b"CM" | b"CF" | b"CG" | b"GA" | b"GQ" | b"TD" | b"KM" => 27,
        b"AL" | b"AZ" | b"BY" | b"CY" | b"DO" | b"GT" | b"HN" | b"HU" | b"LB" | b"NI" | b"PL" | b"SV" | b"BF" | b"BJ" | b"CI" | b"ML" | b"MA" | b"NE"
        | b"SN" | b"TG" => 28,
        b"BR" | b"EG" | b"PS" | b"QA" | b"UA" => 29,
        b"JO" | b"KW" | b"MU" | b"YE" => 30,
        b"MT" | b"SC" => 31,
        b"LC" => 32,
        b"RU" => 33,
        b"DZ" => 26,
        b"AO" | b"CV" | b"MZ" | b"GW" => 25,
        b"MG" => 27,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        for text in ["GB82WEST12345698765432", "DE89 3704 0044 0532 0130 00", "NO93 8601 1117 947", "MT84MALT011000012345MTLCAST001S", "de89370400440532013000"]
        {
            assert!(is_iban(text.as_bytes()), "{text}");
        }
        for text in [
            "GB82WEST12345698765433",
            "DE89370400440532",
            "XX82WEST12345698765432",
            "HR12 001 0051 8630 0016 A",
            "US0378331005",
            "",
            "GB82 WEST 1234 5698 7654 3",
        ] {
            assert!(!is_iban(text.as_bytes()), "{text}");
        }
    }
}

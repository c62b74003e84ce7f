//! Numbers of JSON.

/// A number that stands at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    /// Bytes it takes.
    pub end: usize,
    /// Its value, to the nearest `f64`.
    pub value: f64,
    /// Written without fraction and exponent.
    pub is_integer: bool,
    pub has_exponent: bool,
}

/// Powers of ten that an `f64` holds exactly.
const TENS: [f64; 23] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

/// The number at the beginning of `text` (RFC 8259 §6), `None` where there is none. What follows is not looked at.
#[inline]
pub(crate) fn number(text: &[u8]) -> Option<Number> {
    let is_negative = text.first() == Some(&b'-');
    let start = usize::from(is_negative);
    let (mut digits, mut at) = digits(text, start, 0);
    if at == start || (text[start] == b'0' && at - start > 1) {
        return None;
    }
    let mut digit_count = at - start;
    let mut fraction_count = 0;
    let mut has_exponent = false;
    let is_integer = match text.get(at) {
        Some(b'.') => {
            let (more, end) = self::digits(text, at + 1, digits);
            fraction_count = end - at - 1;
            if fraction_count == 0 {
                return None;
            }
            digits = more;
            digit_count += fraction_count;
            at = end;
            false
        }
        _ => true,
    };
    if let Some(b'e' | b'E') = text.get(at) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let (_, end) = self::digits(text, at + 1 + sign, 0);
        if end == at + 1 + sign {
            return None;
        }
        has_exponent = true;
        at = end;
    }
    // Both operands are exact, so the quotient is the nearest double, as the library would give.
    let value = if has_exponent || digit_count > 15 {
        slow_value(&text[..at])
    } else {
        let magnitude = digits as f64 / TENS[fraction_count];
        if is_negative { -magnitude } else { magnitude }
    };
    Some(Number { end: at, value, is_integer: is_integer && !has_exponent, has_exponent })
}

/// The digits from `at` on joined to `value` (wrapping where there are too many), and where they end.
#[inline]
fn digits(text: &[u8], mut at: usize, mut value: u64) -> (u64, usize) {
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (value, at)
}

#[cold]
fn slow_value(text: &[u8]) -> f64 {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_library_reads() {
        for text in ["0", "-0", "7", "-12", "999999999999999", "9007199254740993", "1.5", "-0.25", "3.141592653589793", "1e3", "2.5E-3", "1e400"] {
            let number = number(text.as_bytes()).unwrap();
            assert_eq!(number.value, text.parse::<f64>().unwrap(), "{text}");
            assert_eq!(number.end, text.len());
            assert_eq!(number.is_integer, text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "-", "01", "-01", ".5", "1.", "1.e3", "1e", "1e+", "+1", "NaN", "abc"] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
        assert_eq!(number(b"12,").unwrap().end, 2);
    }
}

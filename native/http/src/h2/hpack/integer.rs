//! Integers with a prefix of some bits (RFC 7541 §5.1).

/// More octets than any size or index of ours needs.
const OCTETS_MAX: usize = 5;

/// Takes an integer whose first octet lends its `bits` lowest bits off the front of `bytes`; `None` where it is cut off or too large.
#[inline]
pub(super) fn take_integer(bytes: &mut &[u8], bits: u32) -> Option<u32> {
    let (first, mut rest) = bytes.split_first()?;
    let most = (1u32 << bits) - 1;
    let mut value = u32::from(*first) & most;
    if value == most {
        for place in 0.. {
            let (octet, after) = rest.split_first()?;
            rest = after;
            let digit = u32::from(octet & 0x7f).checked_shl(7 * place).filter(|digit| digit >> (7 * place) == u32::from(octet & 0x7f))?;
            value = value.checked_add(digit)?;
            if octet & 0x80 == 0 {
                break;
            }
            if place as usize + 1 == OCTETS_MAX {
                return None;
            }
        }
    }
    *bytes = rest;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::take_integer;

    #[test]
    fn the_examples_of_the_rfc_and_what_is_none() {
        for (bytes, bits, value) in [
            (&[0b0000_1010][..], 5, Some(10)),
            (&[0b0001_1111, 0b1001_1010, 0b0000_1010], 5, Some(1337)),
            (&[42], 8, Some(42)),
            (&[0xff, 0], 8, Some(255)),
            (&[0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f], 7, None),
            (&[0x7f, 0x80, 0xff, 0xff, 0xff, 0x0f], 7, Some(0xffff_ffff)),
            (&[0x1f, 0x80, 0x80, 0x80, 0x80, 0x80, 0], 5, None),
            (&[0x1f, 0x80, 0x80, 0x80, 0x80, 0x10], 5, None),
            (&[0x1f, 0x9a], 5, None),
            (&[], 5, None),
        ] {
            let mut rest = bytes;
            assert_eq!(take_integer(&mut rest, bits), value, "{bytes:x?}");
            assert_eq!(rest.is_empty(), value.is_some() || bytes.is_empty());
        }
    }
}

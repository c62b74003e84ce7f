//! The static Huffman code (RFC 7541 Appendix B). It is canonical, so the lengths of its codes say all.

/// Bits of the code of each octet; the end of the text has 30.
#[rustfmt::skip]
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];
const BITS_MAX: usize = 30;
/// Bits that one look tells; most octets of header fields have codes of 5 to 8.
const FAST_BITS: u32 = 12;

struct Code {
    /// The octets whose codes the bits begin with, one or two, and how many bits these are; none for a longer code.
    pairs: [Pair; 1 << FAST_BITS],
    /// By length: the first code, and where its octet stands in `octets`; how many there are of the length.
    first: [(u32, u16, u16); BITS_MAX + 1],
    /// By length, then by value.
    octets: [u8; 256],
}

#[derive(Clone, Copy)]
struct Pair {
    octets: [u8; 2],
    count: u8,
    bits: u8,
}

static CODE: Code = code();

const fn code() -> Code {
    let none = Pair { octets: [0; 2], count: 0, bits: 0 };
    let mut code = Code { pairs: [none; 1 << FAST_BITS], first: [(0, 0, 0); BITS_MAX + 1], octets: [0; 256] };
    // One octet by the bits that its code has at most; length 0 for longer codes.
    let mut singles = [(0u8, 0u8); 1 << FAST_BITS];
    let (mut next, mut count, mut length) = (0u32, 0u16, 1usize);
    while length <= BITS_MAX {
        code.first[length] = (next, count, 0);
        let mut octet = 0usize;
        while octet < 256 {
            if LENGTHS[octet] as usize == length {
                code.octets[count as usize] = octet as u8;
                if length as u32 <= FAST_BITS {
                    let room = FAST_BITS - length as u32;
                    let mut low = 0;
                    while low < 1 << room {
                        singles[((next << room) | low) as usize] = (octet as u8, length as u8);
                        low += 1;
                    }
                }
                next += 1;
                count += 1;
                code.first[length].2 += 1;
            }
            octet += 1;
        }
        next <<= 1;
        length += 1;
    }
    let mut at = 0usize;
    while at < 1 << FAST_BITS {
        let (octet, bits) = singles[at];
        if bits > 0 {
            let (second, more) = singles[(at << bits) & ((1 << FAST_BITS) - 1)];
            let has_second = more > 0 && (bits + more) as u32 <= FAST_BITS;
            code.pairs[at] = Pair { octets: [octet, second], count: 1 + has_second as u8, bits: if has_second { bits + more } else { bits } };
        }
        at += 1;
    }
    code
}

/// Octets that the looks at one word of bits write at most.
const BATCH: usize = 8;

/// Appends the text of `coded`; `false` where the code ends wrongly: what came before stays.
pub(super) fn decode(coded: &[u8], out: &mut Vec<u8>) -> bool {
    let (mut rest, mut window, mut bits) = (coded, 0u64, 0u32);
    // Room for all that five bits an octet give, so that octets are written where they belong and not appended.
    let mut at = out.len();
    out.resize(at + coded.len() * 8 / 5 + BATCH, 0);
    while let Some(word) = rest.first_chunk::<8>() {
        // Bits that are there already come again in the same place.
        window |= u64::from_be_bytes(*word) >> bits;
        rest = &rest[((63 - bits) >> 3) as usize..];
        bits |= 56;
        let Some(room) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<BATCH>) else { break };
        let mut count = 0usize;
        for _ in 0..BATCH / 2 {
            let pair = CODE.pairs[(window >> (64 - FAST_BITS)) as usize];
            room[count % BATCH] = pair.octets[0];
            room[(count + 1) % BATCH] = pair.octets[1];
            count += usize::from(pair.count);
            window <<= pair.bits;
            bits -= u32::from(pair.bits);
        }
        at += count;
        if count == 0 {
            let Some((octet, length)) = long(window) else {
                out.truncate(at);
                return false;
            };
            out[at] = octet;
            at += 1;
            window <<= length;
            bits -= length;
        }
    }
    out.truncate(at);
    end(rest, window, bits, out)
}

/// The last octets, with their padding.
fn end(rest: &[u8], mut window: u64, mut bits: u32, out: &mut Vec<u8>) -> bool {
    // Bits beyond those that count may be there already: they come again.
    window = window.checked_shr(64 - bits).map_or(0, |window| window << (64 - bits));
    let mut bytes = rest.iter();
    loop {
        while bits <= 56
            && let Some(byte) = bytes.next()
        {
            window |= u64::from(*byte) << (56 - bits);
            bits += 8;
        }
        let pair = CODE.pairs[(window >> (64 - FAST_BITS)) as usize];
        let single = (pair.count > 0).then(|| (pair.octets[0], u32::from(LENGTHS[usize::from(pair.octets[0])])));
        let (octet, length) = single.or_else(|| long(window)).unwrap_or((0, u32::MAX));
        if length > bits {
            // What is left is padding: the beginning of the longest code, shorter than an octet (§5.2).
            return bits < 8 && window >> (64 - 8) == u64::from(!(0xffu8.checked_shr(bits).unwrap_or(0)));
        }
        out.push(octet);
        window <<= length;
        bits -= length;
    }
}

/// The octet and length of a code that is longer than one look.
#[cold]
fn long(window: u64) -> Option<(u8, u32)> {
    (FAST_BITS as usize + 1..=BITS_MAX).find_map(|length| {
        let (first, at, count) = CODE.first[length];
        let above = ((window >> (64 - length)) as u32).checked_sub(first).filter(|above| *above < u32::from(count))?;
        Some((CODE.octets[usize::from(at) + above as usize], length as u32))
    })
}

#[cfg(test)]
pub(super) fn encode(text: &[u8], out: &mut Vec<u8>) {
    let (mut window, mut bits) = (0u64, 0);
    for octet in text {
        let length = usize::from(LENGTHS[usize::from(*octet)]);
        let (first, at, count) = CODE.first[length];
        let place = CODE.octets[usize::from(at)..][..usize::from(count)].iter().position(|known| known == octet).unwrap();
        window = window << length | u64::from(first + place as u32);
        bits += length;
        while bits >= 8 {
            bits -= 8;
            out.push((window >> bits) as u8);
        }
    }
    if bits > 0 {
        out.push((window << (8 - bits)) as u8 | (0xff >> bits));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_whole() {
        let used: u64 = LENGTHS.iter().map(|length| 1u64 << (BITS_MAX - usize::from(*length))).sum();
        // Only the end of the text is left, the longest code of ones.
        assert_eq!(used + 1, 1 << BITS_MAX);
    }

    #[test]
    fn every_octet_comes_back_and_padding_is_judged() {
        let all: Vec<u8> = (0..=255).chain([b'a'; 9]).collect();
        for length in 0..all.len() {
            let (mut coded, mut text) = (Vec::new(), Vec::new());
            encode(&all[..length], &mut coded);
            assert!(decode(&coded, &mut text), "{length}");
            assert_eq!(text, all[..length]);
        }
        for (coded, text, is_right) in [
            (&[0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff][..], "www.example.com", true),
            (&[0x1f], "a", true),
            (&[0x18], "a", false),
            (&[0x1f, 0xff], "a", false),
            (&[0xff, 0xff, 0xff, 0xff], "", false),
        ] {
            let mut out = Vec::new();
            assert_eq!(decode(coded, &mut out), is_right, "{text}");
            assert_eq!(out, text.as_bytes());
        }
    }
}

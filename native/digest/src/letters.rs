//! What the letters of API words look like: trigram statistics that tell words from random text.
//!
//! The table and its limits are learned by `tools/letters.py`, which also says what they mean.

const SYMBOLS: usize = 28;
const BOUNDARY: u8 = 0;
const DIGIT: u8 = 27;
const WINDOW: usize = 8;
const LENGTHS: usize = 49;
/// Shorter texts hold too few letters to judge.
const LETTERS_MIN: usize = 4;

/// Whether a text is not spelled as words are: as a whole, or in any eight consecutive letters and digits.
///
/// Separators and camelCase humps end a word. One pass, no allocation.
pub fn is_random(text: &[u8]) -> bool {
    judge(&MODEL, text)
}

/// The learned table, so that a held-out one can be measured with the same code.
pub struct Letters {
    /// By two symbols before and one now, five bits each: shifts are cheaper than a dense table saves.
    costs: [u8; 1 << 15],
    whole: [u32; LENGTHS],
    window: u32,
}

impl Letters {
    /// Reads a table as `tools/letters.py` writes it. Nonsense gives nonsense costs, never a failure.
    pub const fn parse(text: &[u8]) -> Letters {
        let mut letters = Letters { costs: [0; 1 << 15], whole: [0; LENGTHS], window: 0 };
        let mut at = 0;
        while at < text.len() && text[at] == b'#' {
            while at < text.len() && text[at] != b'\n' {
                at += 1;
            }
            at += 1;
        }
        let mut index = 0;
        while index < SYMBOLS * SYMBOLS * SYMBOLS && at < text.len() {
            if text[at] != b'\n' {
                let (first, second, third) = (index / SYMBOLS / SYMBOLS, index / SYMBOLS % SYMBOLS, index % SYMBOLS);
                letters.costs[first << 10 | second << 5 | third] = text[at] - 33;
                index += 1;
            }
            at += 1;
        }
        let (mut length, mut number, mut inside) = (0, 0, false);
        while at < text.len() {
            if text[at].is_ascii_digit() {
                number = number * 10 + (text[at] - b'0') as u32;
                inside = true;
            } else if inside {
                if length < LENGTHS {
                    letters.whole[length] = number;
                    length += 1;
                } else {
                    letters.window = number;
                }
                (number, inside) = (0, false);
            }
            at += 1;
        }
        letters
    }

    /// [`is_random`] by this table.
    pub fn is_random(&self, text: &[u8]) -> bool {
        judge(self, text)
    }
}

static MODEL: Letters = Letters::parse(include_bytes!("../data/letters.txt"));

/// Letters to 1-26, digits to 27, the rest to the boundary; [`LOWER`] and [`UPPER`] tell humps.
static SYMBOL: [u8; 256] = {
    let mut table = [BOUNDARY; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' => (byte as u8 - b'a' + 1) | LOWER,
            b'A'..=b'Z' => (byte as u8 - b'A' + 1) | UPPER,
            _ => BOUNDARY,
        };
        byte += 1;
    }
    table
};

const LOWER: u8 = 32;
const UPPER: u8 = 64;

#[inline]
fn judge(letters: &Letters, text: &[u8]) -> bool {
    // The symbols before, five bits each; 0 is a boundary, so text begins behind two of them.
    let mut context = 0usize;
    let (mut total, mut pending, mut window) = (0u32, 0u32, 0u32);
    let mut ring = [0u32; WINDOW];
    let mut count = 0usize;
    let mut previous = 0u8;
    let cost_of = |context: usize| u32::from(letters.costs[context & 0x7fff]);
    for (at, &byte) in text.iter().enumerate() {
        let symbol = SYMBOL[usize::from(byte)];
        let is_hump = symbol & UPPER != 0
            && (previous & LOWER != 0 || (previous & UPPER != 0 && text.get(at + 1).is_some_and(|next| SYMBOL[usize::from(*next)] & LOWER != 0)));
        if (symbol == BOUNDARY && context & 31 != 0) || is_hump {
            context <<= 5;
            let cost = cost_of(context);
            total += cost;
            pending += cost;
        }
        if symbol != BOUNDARY {
            context = context << 5 | usize::from(symbol & 31);
            let cost = cost_of(context);
            total += cost;
            let slot = &mut ring[count % WINDOW];
            window = window + cost + pending - *slot;
            *slot = cost + pending;
            pending = 0;
            count += 1;
            if count >= WINDOW && window > letters.window {
                return true;
            }
        }
        previous = symbol;
    }
    if count < LETTERS_MIN {
        return false;
    }
    if context & 31 != 0 {
        total += cost_of(context << 5);
    }
    let last = LENGTHS - 1;
    let limit = if count <= last { letters.whole[count] } else { letters.whole[last].saturating_mul(count as u32) / last as u32 };
    total > limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_words_from_random_text() {
        for word in ["users", "getUserByName", "payment_methods", "k8s", "HTTPServer", "x-request-id", "createdAt", "sms", ""] {
            assert!(!is_random(word.as_bytes()), "{word}");
        }
        for random in ["zqxjkvbwpt", "Xk9vQ2mLp7Rt", "user-s3cr3tTok3nXyz99", "qzkxjwvphgd", "customerzqxjkvbwptid", "bXlzZWNyZXQ"] {
            assert!(is_random(random.as_bytes()), "{random}");
        }
    }

    #[test]
    fn the_table_is_whole() {
        assert!(MODEL.window > 0 && MODEL.whole[LENGTHS - 1] > MODEL.whole[8]);
        assert!(MODEL.whole.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}

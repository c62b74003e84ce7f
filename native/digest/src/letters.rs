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
    costs: [u8; SYMBOLS * SYMBOLS * SYMBOLS],
    whole: [u32; LENGTHS],
    window: u32,
}

impl Letters {
    /// Reads a table as `tools/letters.py` writes it. Nonsense gives nonsense costs, never a failure.
    pub const fn parse(text: &[u8]) -> Letters {
        let mut letters = Letters { costs: [0; SYMBOLS * SYMBOLS * SYMBOLS], whole: [0; LENGTHS], window: 0 };
        let mut at = 0;
        while at < text.len() && text[at] == b'#' {
            while at < text.len() && text[at] != b'\n' {
                at += 1;
            }
            at += 1;
        }
        let mut index = 0;
        while index < letters.costs.len() && at < text.len() {
            if text[at] != b'\n' {
                letters.costs[index] = text[at] - 33;
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

/// Letters to 1-26, digits to 27, the rest to the boundary; upper case is told by bit 6 of a second table lookup less.
static SYMBOL: [u8; 256] = {
    let mut table = [BOUNDARY; 256];
    let mut byte = 0;
    while byte < 256 {
        let lower = (byte as u8) | 0x20;
        if (byte as u8).is_ascii_digit() {
            table[byte] = DIGIT;
        } else if (byte as u8).is_ascii_alphabetic() {
            table[byte] = lower - b'a' + 1;
        }
        byte += 1;
    }
    table
};

fn judge(letters: &Letters, text: &[u8]) -> bool {
    let mut state = State { letters, context: 0, total: 0, pending: 0, ring: [0; WINDOW], window: 0, count: 0, ended: true };
    let mut previous = 0u8;
    for (at, &byte) in text.iter().enumerate() {
        let symbol = SYMBOL[usize::from(byte)];
        if symbol == BOUNDARY {
            state.end_word();
        } else {
            if byte.is_ascii_uppercase()
                && (previous.is_ascii_lowercase()
                    || (previous.is_ascii_uppercase() && text.get(at + 1).is_some_and(u8::is_ascii_lowercase)))
            {
                state.end_word();
            }
            if state.letter(symbol) {
                return true;
            }
        }
        previous = byte;
    }
    state.end_word();
    state.count >= LETTERS_MIN && {
        let last = LENGTHS - 1;
        let limit = if state.count <= last {
            letters.whole[state.count]
        } else {
            letters.whole[last].saturating_mul(state.count as u32) / last as u32
        };
        state.total > limit
    }
}

struct State<'a> {
    letters: &'a Letters,
    /// The two symbols before, as `first * 28 + second`.
    context: usize,
    total: u32,
    /// Cost of boundaries since the last letter: a window carries the humps inside it.
    pending: u32,
    ring: [u32; WINDOW],
    window: u32,
    count: usize,
    ended: bool,
}

impl State<'_> {
    fn step(&mut self, symbol: u8) -> u32 {
        let cost = u32::from(self.letters.costs[self.context * SYMBOLS + usize::from(symbol)]);
        self.context = self.context % SYMBOLS * SYMBOLS + usize::from(symbol);
        self.total += cost;
        cost
    }

    fn end_word(&mut self) {
        if !self.ended {
            self.ended = true;
            self.pending += self.step(BOUNDARY);
        }
    }

    /// Takes a letter or digit; true when the window that it ends is too dear.
    fn letter(&mut self, symbol: u8) -> bool {
        self.ended = false;
        let cost = self.step(symbol) + self.pending;
        self.pending = 0;
        let slot = &mut self.ring[self.count % WINDOW];
        self.window = self.window - *slot + cost;
        *slot = cost;
        self.count += 1;
        self.count >= WINDOW && self.window > self.letters.window
    }
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

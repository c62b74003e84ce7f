//! How many held-out API words are shown, and how many random texts are hidden: `letters_score WORDS`.
//!
//! WORDS is what `tools/letters.py FOLDER --held-out` writes to standard error. To measure the letters apart from the words that they were
//! learned from, put that command's standard output in place of `data/letters.txt` for the run.

use std::io::{self, Write};
use tapistry_digest::public::{is_public_literal, is_public_name};

fn main() -> io::Result<()> {
    let Some(path) = std::env::args().nth(1) else {
        return Err(io::Error::other("usage: letters_score WORDS"));
    };
    let mut out = io::stdout().lock();
    let text = std::fs::read_to_string(path)?;
    for kind in ["literal", "name"] {
        let (mut shown, mut of, mut hidden) = (0, 0, Vec::new());
        for word in text.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' ')) {
            let fits = word.len() <= if kind == "literal" { 40 } else { 64 } && !word.bytes().all(|byte| byte.is_ascii_digit());
            if !fits {
                continue;
            }
            of += 1;
            if if kind == "literal" { is_public_literal(word.as_bytes()) } else { is_public_name(word.as_bytes()) } {
                shown += 1;
            } else {
                hidden.push(word);
            }
        }
        writeln!(out, "{kind}: {shown} of {of} shown, {:.2} %", 100.0 * f64::from(shown) / f64::from(of.max(1)))?;
        if std::env::args().nth(2).is_some() {
            writeln!(out, "  hidden: {}", hidden.join(" "))?;
        }
    }
    let alphabets: [(&str, &[u8]); 6] = [
        ("lower", b"abcdefghijklmnopqrstuvwxyz"),
        ("mixed", b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("base62", b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
        ("base36", b"abcdefghijklmnopqrstuvwxyz0123456789"),
        ("base32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        ("hex", b"0123456789abcdef"),
    ];
    let mut state = 7u64;
    for (name, alphabet) in alphabets {
        write!(out, "{name:7} hidden %:")?;
        for length in [6, 8, 10, 12, 16, 20, 32] {
            let mut hidden = 0;
            const ROUNDS: u32 = 20_000;
            for _ in 0..ROUNDS {
                let text: Vec<u8> = (0..length).map(|_| alphabet[(next(&mut state) % alphabet.len() as u64) as usize]).collect();
                hidden += u32::from(!is_public_name(&text));
            }
            write!(out, "  {length}: {:.3}", 100.0 * f64::from(hidden) / f64::from(ROUNDS))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// SplitMix64: the same texts in each run.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

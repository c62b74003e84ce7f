//! Nothing of 10,000 secrets of many shapes is public as a name, literal or value, or shows in a path shape.

use tapistry_digest::classes::KeyHint;
use tapistry_digest::path::{KnownLiterals, Literals, PathShape, shape_path};
use tapistry_digest::public::{is_public_literal, is_public_name, is_public_value};

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE62: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8] = b"0123456789abcdef";
const DIGITS: &[u8] = b"0123456789";
const WORDS: [&str; 12] = ["Secret", "Token", "hunter", "dragon", "Winter", "Passw", "correct", "horse", "staple", "admin", "Summer", "master"];

#[test]
fn no_planted_secret_is_public() {
    let mut random = Random(42);
    let mut shown = Vec::new();
    let (mut shape, mut literals) = (PathShape::default(), Literals::new(KnownLiterals::default()));
    for round in 0..10_000 {
        let secret = secret(&mut random, round % SHAPES);
        let encoded = percent(&secret);
        let forms = [
            percent(&encoded),
            base64(&secret),
            [b"user-", &secret[..]].concat(),
            [&secret[..], b".json"].concat(),
            [b"token:", &secret[..]].concat(),
            secret.clone(),
            encoded,
        ];
        for text in forms {
            let value = is_public_value(&KeyHint::default(), &text) || is_public_value(&KeyHint::of_name(b"status"), &text);
            shape_path(&[b"/users/", &text[..], b"/items"].concat(), &mut literals, &mut shape);
            let in_path = memchr::memmem::find(shape.text.as_bytes(), &secret).is_some() || memchr::memmem::find(shape.text.as_bytes(), &text).is_some();
            if is_public_literal(&text) || is_public_name(&text) || value || in_path {
                shown.push(format!("shape {}: {}", round % SHAPES, String::from_utf8_lossy(&text)));
            }
        }
    }
    assert!(shown.is_empty(), "{} are shown:\n{}", shown.len(), shown[..shown.len().min(60)].join("\n"));
}

const SHAPES: usize = 16;

fn secret(random: &mut Random, shape: usize) -> Vec<u8> {
    match shape {
        0 => random.text(BASE62, 20, 40),
        1 => random.text(HEX, 16, 64),
        2 => random.text(BASE64, 24, 44),
        3 => random.text(LOWER, 12, 32),
        4 => random.text(BASE32, 16, 32),
        5 => [8, 4, 4, 4, 12].map(|length| random.text(HEX, length, length)).join(&b'-'),
        // Words with digits for letters: `S3cr3t-T0k3n-…`.
        6 => {
            let words: Vec<_> = (0..3).map(|_| leet(random.word().as_bytes())).collect();
            [words.join(&b'-'), b"-".to_vec(), random.text(BASE62, 6, 10)].concat()
        }
        7 => [random.word().as_bytes(), &random.text(DIGITS, 5, 9)].concat(),
        8 => [b"sk_live_".as_slice(), &random.text(BASE62, 24, 24)].concat(),
        9 => [b"AKIA".as_slice(), &random.text(BASE32, 16, 16)].concat(),
        10 => random.text(DIGITS, 10, 20),
        11 => {
            let joiner = b"_.-"[(random.next() % 3) as usize];
            [6, 7, 8, 9].map(|length| random.text(BASE62, length, length)).join(&joiner)
        }
        12 => [&random.text(LOWER, 14, 20)[..], b"@", &random.text(LOWER, 6, 12), b".com"].concat(),
        13 => random.text(UPPER, 16, 30),
        14 => [b"ghp_".as_slice(), &random.text(BASE62, 36, 36)].concat(),
        _ => [b"eyJ".as_slice(), &[36, 120, 43].map(|length| random.text(BASE62, length, length)).join(&b'.')].concat(),
    }
}

fn leet(word: &[u8]) -> Vec<u8> {
    word.iter()
        .map(|byte| match byte {
            b'e' => b'3',
            b'o' => b'0',
            b'a' => b'4',
            b'i' => b'1',
            other => *other,
        })
        .collect()
}

fn percent(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect()
}

fn base64(text: &[u8]) -> Vec<u8> {
    text.chunks(3)
        .flat_map(|chunk| {
            let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..=chunk.len()).map(move |at| BASE64[(bits >> (18 - 6 * at) & 63) as usize])
        })
        .collect()
}

/// SplitMix64: the same secrets in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn text(&mut self, alphabet: &[u8], min: usize, max: usize) -> Vec<u8> {
        let length = min + (self.next() % (max - min + 1) as u64) as usize;
        (0..length).map(|_| alphabet[(self.next() % alphabet.len() as u64) as usize]).collect()
    }

    fn word(&mut self) -> &'static str {
        WORDS[(self.next() % WORDS.len() as u64) as usize]
    }
}

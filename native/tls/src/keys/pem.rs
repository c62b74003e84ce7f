//! Private RSA keys in PEM (RFC 7468), PKCS #1 or PKCS #8 without a password.

use super::rsa::PrivateKey;
use crate::certificate::der::{Der, SEQUENCE};
use zeroize::Zeroizing;

/// Bytes of a block: of a key of 16,384 bits and more.
const BLOCK_BYTES_MAX: usize = 32 << 10;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const IDENTIFIER: u8 = 0x06;
/// rsaEncryption (RFC 8017).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// A block that is being read, line by line.
#[derive(Default)]
pub struct Block {
    begin: Option<Form>,
    bits: u32,
    count: u32,
    /// No key so far as it was read.
    is_odd: bool,
    der: Zeroizing<Vec<u8>>,
}

#[derive(Clone, Copy)]
enum Form {
    Pkcs1,
    Pkcs8,
    Other,
}

/// What a line was to a block.
pub enum Line {
    /// No block is open, and the line opens none.
    None,
    /// One of those inside.
    Inside,
    /// The last one.
    Key(PrivateKey),
    /// The last one of a block that holds no key that can be read.
    NoKey,
}

impl Block {
    /// Whether lines are missing.
    pub fn is_open(&self) -> bool {
        self.begin.is_some()
    }

    /// Takes a line without its end.
    pub fn take(&mut self, line: &[u8]) -> Line {
        if let Some(label) = line.strip_prefix(b"-----BEGIN ").and_then(|rest| rest.strip_suffix(b"-----")) {
            let form = match label {
                b"RSA PRIVATE KEY" => Form::Pkcs1,
                b"PRIVATE KEY" => Form::Pkcs8,
                _ => Form::Other,
            };
            *self = Block { begin: Some(form), der: Zeroizing::new(Vec::with_capacity(BLOCK_BYTES_MAX)), ..Block::default() };
            return Line::Inside;
        }
        let Some(form) = self.begin else { return Line::None };
        if line.starts_with(b"-----END ") {
            let key = if self.is_odd { None } else { read(form, &self.der) };
            *self = Block::default();
            return key.map_or(Line::NoKey, Line::Key);
        }
        self.is_odd |= !self.decode(line);
        Line::Inside
    }

    /// Base 64; anything else is a header of an encrypted key.
    fn decode(&mut self, line: &[u8]) -> bool {
        for digit in line.iter().copied().take_while(|digit| *digit != b'=') {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return false,
            };
            (self.bits, self.count) = (self.bits << 6 | u32::from(value), self.count + 6);
            if self.count >= 8 {
                if self.der.len() == BLOCK_BYTES_MAX {
                    return false;
                }
                self.count -= 8;
                self.der.push((self.bits >> self.count) as u8);
            }
        }
        true
    }
}

fn read(form: Form, der: &[u8]) -> Option<PrivateKey> {
    let mut elements = Der(Der(der).expect(SEQUENCE)?);
    elements.expect(INTEGER)?;
    match form {
        Form::Pkcs1 => {
            let modulus = elements.expect(INTEGER)?;
            elements.expect(INTEGER)?;
            PrivateKey::new(modulus, elements.expect(INTEGER)?)
        }
        Form::Pkcs8 => {
            let mut algorithm = Der(elements.expect(SEQUENCE)?);
            (algorithm.expect(IDENTIFIER)? == RSA).then_some(())?;
            read(Form::Pkcs1, elements.expect(OCTETS)?)
        }
        Form::Other => None,
    }
}

//! What a server's certificate says (RFC 5280): names, validity, key, and whether it signed itself. Nothing is verified.

pub(crate) mod der;
mod time;

use crate::cursor::Cursor;
use der::{Der, SEQUENCE};

/// Facts of one certificate; what could not be read is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// DNS names and addresses it is for; the common name where it has none. Lower case.
    pub names: Vec<String>,
    /// Seconds since the epoch.
    pub not_before: Option<i64>,
    /// Seconds since the epoch.
    pub not_after: Option<i64>,
    /// `rsa`, `ec`, `ed25519`, `ed448`, `dsa` or another.
    pub key_kind: &'static str,
    /// Bits of the key, where they are known.
    pub key_bits: Option<u32>,
    /// Issuer and subject are the same.
    pub is_self_signed: bool,
}

/// Names kept of a certificate.
const NAMES_MAX: usize = 16;

/// The first certificate of a Certificate message; `is_13` tells its form.
pub fn leaf(message: &[u8], is_13: bool) -> Option<Certificate> {
    let mut cursor = Cursor(message);
    if is_13 {
        cursor.block(1)?;
    }
    let mut list = Cursor(cursor.cut_block(3)?);
    Certificate::read(list.cut_block(3)?)
}

impl Certificate {
    /// Reads a certificate in DER; none where it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut outer = Der(Der(bytes).expect(SEQUENCE)?);
        let mut fields = Der(outer.expect(SEQUENCE)?);
        let mut certificate = Certificate { key_kind: "unknown", ..Certificate::default() };
        let _ = certificate.fill(&mut fields);
        Some(certificate)
    }

    fn fill(&mut self, fields: &mut Der<'_>) -> Option<()> {
        if fields.peek() == Some(0xa0) {
            fields.next()?;
        }
        fields.next()?; // serial number
        fields.next()?; // signature algorithm
        let issuer = fields.expect(SEQUENCE)?;
        let mut validity = Der(fields.expect(SEQUENCE)?);
        let mut moment = || validity.next().and_then(|(tag, content)| time::seconds(tag, content));
        (self.not_before, self.not_after) = (moment(), moment());
        let subject = fields.expect(SEQUENCE)?;
        self.is_self_signed = issuer == subject;
        let key = fields.expect(SEQUENCE)?;
        let _ = self.key(&mut Der(key));
        while let Some((tag, content)) = fields.next() {
            if tag == 0xa3 {
                let _ = self.extensions(&mut Der(content));
            }
        }
        if self.names.is_empty() {
            let _ = self.common_name(&mut Der(subject));
        }
        Some(())
    }

    fn key(&mut self, info: &mut Der<'_>) -> Option<()> {
        let mut algorithm = Der(info.expect(SEQUENCE)?);
        let kind = algorithm.expect(0x06)?;
        let bits = info.expect(0x03)?;
        (self.key_kind, self.key_bits) = match kind {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 | 0x0a] => {
                let modulus = Der(Der(bits.get(1..)?).expect(SEQUENCE)?).expect(0x02);
                ("rsa", modulus.map(bits_of))
            }
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => {
                // An uncompressed point is a byte and two coordinates; P-521 fills 66 bytes.
                let coordinate = bits.len().saturating_sub(2) / 2 * 8;
                ("ec", Some(if coordinate == 528 { 521 } else { coordinate as u32 }))
            }
            [0x2b, 0x65, 0x70] => ("ed25519", Some(256)),
            [0x2b, 0x65, 0x71] => ("ed448", Some(456)),
            [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => ("dsa", Der(algorithm.expect(SEQUENCE)?).expect(0x02).map(bits_of)),
            _ => ("unknown", None),
        };
        Some(())
    }

    fn extensions(&mut self, content: &mut Der<'_>) -> Option<()> {
        let mut list = Der(content.expect(SEQUENCE)?);
        while let Some((SEQUENCE, extension)) = list.next() {
            let mut extension = Der(extension);
            let kind = extension.expect(0x06)?;
            if extension.peek() == Some(0x01) {
                extension.next()?;
            }
            let value = extension.expect(0x04)?;
            if kind == [0x55, 0x1d, 0x11] {
                let mut names = Der(Der(value).expect(SEQUENCE)?);
                while let Some((tag, name)) = names.next() {
                    match (tag, name.len()) {
                        (0x82, _) => self.name(name),
                        (0x87, 4) => self.names.push(std::net::Ipv4Addr::from(<[u8; 4]>::try_from(name).ok()?).to_string()),
                        (0x87, 16) => self.names.push(std::net::Ipv6Addr::from(<[u8; 16]>::try_from(name).ok()?).to_string()),
                        _ => {}
                    }
                    self.names.truncate(NAMES_MAX);
                }
            }
        }
        Some(())
    }

    fn common_name(&mut self, subject: &mut Der<'_>) -> Option<()> {
        while let Some((0x31, set)) = subject.next() {
            let mut pair = Der(Der(set).expect(SEQUENCE)?);
            if pair.expect(0x06)? == [0x55, 4, 3] {
                self.name(pair.next()?.1);
            }
        }
        Some(())
    }

    /// Takes a name that is a host name: others may be those of people.
    fn name(&mut self, name: &[u8]) {
        let is_host = (1..=253).contains(&name.len())
            && name.contains(&b'.')
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'*'));
        if let (true, Ok(text)) = (is_host, std::str::from_utf8(name)) {
            self.names.push(text.to_ascii_lowercase());
        }
    }
}

fn bits_of(number: &[u8]) -> u32 {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = &number[zeros..];
    number.first().map_or(0, |first| number.len() as u32 * 8 - first.leading_zeros())
}

//! Writes frames and header blocks: a small encoder, for tests.

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// One frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u32;
    [&length.to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// HEADERS with all of its block.
pub fn headers(stream: u32, is_last: bool, block: &[u8]) -> Vec<u8> {
    frame(1, 4 | u8::from(is_last), stream, block)
}

/// DATA.
pub fn data(stream: u32, is_last: bool, payload: &[u8]) -> Vec<u8> {
    frame(0, u8::from(is_last), stream, payload)
}

/// How a field is written.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// A literal that the table takes, or by its index once it is there.
    Kept,
    /// A literal that it does not take.
    Plain,
    /// A literal that nobody may keep.
    Never,
}

/// Writes the blocks of one direction; its dynamic table has no bound that tests would reach.
#[derive(Default)]
pub struct Encoder(Vec<(Vec<u8>, Vec<u8>)>);

impl Encoder {
    pub fn block(&mut self, fields: &[(&[u8], &[u8], How)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, value, how) in fields {
            let known = self.0.iter().rev().position(|known| known.0 == *name && known.1 == *value);
            let prefix = match (how, known) {
                (How::Kept, Some(place)) => {
                    integer(0x80, 7, 62 + place, &mut out);
                    continue;
                }
                (How::Kept, None) => 0x40,
                (How::Plain, _) => 0,
                (How::Never, _) => 0x10,
            };
            let bits = if prefix == 0x40 { 6 } else { 4 };
            match self.0.iter().rev().position(|known| known.0 == *name) {
                Some(place) => integer(prefix, bits, 62 + place, &mut out),
                None => {
                    out.push(prefix);
                    text(name, &mut out);
                }
            }
            text(value, &mut out);
            if prefix == 0x40 {
                self.0.push((name.to_vec(), value.to_vec()));
            }
        }
        out
    }
}

fn text(text: &[u8], out: &mut Vec<u8>) {
    integer(0, 7, text.len(), out);
    out.extend_from_slice(text);
}

fn integer(prefix: u8, bits: u32, value: usize, out: &mut Vec<u8>) {
    let most = (1usize << bits) - 1;
    if value < most {
        return out.push(prefix | value as u8);
    }
    out.push(prefix | most as u8);
    let mut rest = value - most;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

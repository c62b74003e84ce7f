//! Messages behind five bytes each: a flag and a length (gRPC over HTTP/2, "Length-Prefixed-Message").

use super::base64::Base64;
use super::framing::Framing;

/// Bytes before each message.
pub const PREFIX_BYTES: usize = 5;
/// Trailers of gRPC-Web that are kept to find the status in.
const TRAILERS_BYTES_MAX: usize = 1024;
const COMPRESSED: u8 = 1;
const TRAILERS: u8 = 0x80;

/// Counts the messages of one body, which comes in any pieces.
#[derive(Debug)]
pub struct Messages {
    framing: Framing,
    base64: Base64,
    decoded: Vec<u8>,
    prefix: [u8; PREFIX_BYTES],
    have: usize,
    left: u32,
    count: u64,
    compressed: u64,
    is_in_trailers: bool,
    has_compressed_trailers: bool,
    trailers: Vec<u8>,
}

impl Messages {
    /// None seen.
    pub fn new(framing: Framing) -> Self {
        Messages {
            framing,
            base64: Base64::default(),
            decoded: Vec::new(),
            prefix: [0; PREFIX_BYTES],
            have: 0,
            left: 0,
            count: 0,
            compressed: 0,
            is_in_trailers: false,
            has_compressed_trailers: false,
            trailers: Vec::new(),
        }
    }

    /// How they are framed.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Messages that have begun.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Those that are compressed.
    pub fn compressed(&self) -> u64 {
        self.compressed
    }

    /// Whether a message has begun and not ended.
    pub fn is_cut(&self) -> bool {
        self.left > 0 || self.have > 0
    }

    /// The trailers of gRPC-Web as sent, and whether they are compressed.
    pub fn trailers(&self) -> (&[u8], bool) {
        (&self.trailers, self.has_compressed_trailers)
    }

    /// The next bytes of the body.
    pub fn feed(&mut self, bytes: &[u8]) {
        match self.framing {
            Framing::Binary => self.frames(bytes),
            Framing::Text => {
                for piece in bytes.chunks(4096) {
                    let mut decoded = std::mem::take(&mut self.decoded);
                    self.base64.decode(piece, &mut decoded);
                    self.frames(&decoded);
                    decoded.clear();
                    self.decoded = decoded;
                }
            }
        }
    }

    fn frames(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let (piece, rest) = bytes.split_at(bytes.len().min(self.left as usize));
                if self.is_in_trailers {
                    let room = TRAILERS_BYTES_MAX.saturating_sub(self.trailers.len());
                    self.trailers.extend_from_slice(&piece[..piece.len().min(room)]);
                }
                self.left -= piece.len() as u32;
                bytes = rest;
                continue;
            }
            let (piece, rest) = bytes.split_at(bytes.len().min(PREFIX_BYTES - self.have));
            self.prefix[self.have..self.have + piece.len()].copy_from_slice(piece);
            self.have += piece.len();
            bytes = rest;
            if self.have == PREFIX_BYTES {
                let [flags, length @ ..] = self.prefix;
                (self.have, self.left) = (0, u32::from_be_bytes(length));
                self.is_in_trailers = flags & TRAILERS != 0;
                if self.is_in_trailers {
                    self.has_compressed_trailers = flags & COMPRESSED != 0;
                } else {
                    self.count += 1;
                    self.compressed += u64::from(flags & COMPRESSED);
                }
            }
        }
    }
}

/// The status in trailers of gRPC-Web.
pub fn status_in(trailers: &[u8]) -> Option<u32> {
    trailers.split(|byte| *byte == b'\n').find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let value = str::from_utf8(&line[colon + 1..]).ok()?.trim();
        line[..colon].trim_ascii().eq_ignore_ascii_case(b"grpc-status").then(|| value.parse().ok())?
    })
}

/// The messages of a body in bytes, each with whether it is compressed; the last one as far as it goes.
pub fn messages(mut bytes: &[u8]) -> impl Iterator<Item = (bool, &[u8])> {
    std::iter::from_fn(move || {
        loop {
            let ([flags, length @ ..], rest) = bytes.split_first_chunk::<PREFIX_BYTES>()?;
            let length = (u32::from_be_bytes(*length) as usize).min(rest.len());
            bytes = &rest[length..];
            if flags & TRAILERS == 0 {
                return Some((flags & COMPRESSED != 0, &rest[..length]));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"\0\0\0\0\x03abc\x01\0\0\0\x02de\0\0\0\0\0\x80\0\0\0\x20grpc-status: 5\r\ngrpc-message:x\r\n";
    const TEXT: &[u8] = b"AAAAAANhYmMBAAAAAmRlAAAAAACAAAAAIGdycGMtc3RhdHVzOiA1DQpncnBjLW1lc3NhZ2U6eA0K";

    #[test]
    fn counted_in_pieces_of_any_size() {
        for (framing, body) in [(Framing::Binary, BODY), (Framing::Text, TEXT)] {
            for step in 1..body.len() {
                let mut messages = Messages::new(framing);
                body.chunks(step).for_each(|piece| messages.feed(piece));
                assert_eq!((messages.count(), messages.compressed(), status_in(messages.trailers().0), messages.is_cut()), (3, 1, Some(5), false));
            }
            let mut cut = Messages::new(framing);
            cut.feed(&body[..body.len() - 4]);
            assert!(cut.is_cut());
        }
    }

    #[test]
    fn found_in_a_body() {
        let found: Vec<_> = messages(BODY).collect();
        assert_eq!(found, [(false, &b"abc"[..]), (true, b"de"), (false, b"")]);
        assert_eq!(messages(&BODY[..7]).collect::<Vec<_>>(), [(false, &b"ab"[..])]);
        assert_eq!(messages(b"\0\0").count(), 0);
    }
}

//! Finds the elements of `log.entries` in a stream without holding the document.

/// Bytes of a key that are kept: enough to tell `entries`.
const KEY_BYTES: usize = 8;

/// Some of an element.
pub enum Piece<'a> {
    /// More of it follows.
    Part(&'a [u8]),
    /// Its last bytes.
    End(&'a [u8]),
}

/// Where the scan is. Brackets are counted, not matched: the element itself is parsed for real by whoever takes it.
#[derive(Default)]
pub struct Scan {
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The first bytes of the last string outside of entries, and its length.
    key: [u8; KEY_BYTES],
    key_length: usize,
    in_log: bool,
    in_entries: bool,
    in_element: bool,
    seen_entries: bool,
}

impl Scan {
    /// Whether the array of entries was found.
    pub fn has_entries(&self) -> bool {
        self.seen_entries
    }

    /// Whether the array of entries has not ended.
    pub fn is_inside(&self) -> bool {
        self.in_entries
    }

    /// Whether an entry has not ended.
    pub fn is_inside_entry(&self) -> bool {
        self.in_element
    }

    /// Goes over the next bytes. Each piece comes with the place behind it in them.
    pub fn feed<'a>(&mut self, bytes: &'a [u8], mut take: impl FnMut(Piece<'a>, usize)) {
        let mut start = 0;
        let mut at = 0;
        while at < bytes.len() {
            if self.in_string {
                at = self.string(bytes, at);
                continue;
            }
            let byte = bytes[at];
            if self.in_entries && !self.in_element && !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']') {
                self.in_element = true;
                start = at;
            }
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.key_length = 0;
                }
                b'{' | b'[' => self.open(byte),
                b'}' | b']' => {
                    if self.in_element && self.depth == ENTRIES_DEPTH {
                        // A bare value before the end of the array.
                        self.in_element = false;
                        take(Piece::End(&bytes[start..at]), at);
                    }
                    self.close();
                    if self.in_element && self.depth == ENTRIES_DEPTH {
                        self.in_element = false;
                        take(Piece::End(&bytes[start..=at]), at + 1);
                    }
                }
                b',' if self.in_element && self.depth == ENTRIES_DEPTH => {
                    self.in_element = false;
                    take(Piece::End(&bytes[start..at]), at);
                }
                _ => {}
            }
            at += 1;
        }
        if self.in_element {
            take(Piece::Part(&bytes[start..]), at);
        }
    }

    /// Goes to the end of the string; returns the place behind it.
    fn string(&mut self, bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        if self.escaped {
            self.escaped = false;
            self.keep(&bytes[at..=at]);
            at += 1;
        }
        loop {
            let rest = &bytes[at..];
            let Some(next) = memchr::memchr2(b'"', b'\\', rest) else {
                self.keep(rest);
                return bytes.len();
            };
            self.keep(&rest[..next]);
            at += next + 1;
            if rest[next] == b'"' {
                self.in_string = false;
                return at;
            }
            if at == bytes.len() {
                self.escaped = true;
                return at;
            }
            self.keep(&bytes[at..=at]);
            at += 1;
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.in_entries || self.key_length > KEY_BYTES {
            return;
        }
        let room = KEY_BYTES - self.key_length.min(KEY_BYTES);
        let length = bytes.len().min(room);
        self.key[self.key_length..self.key_length + length].copy_from_slice(&bytes[..length]);
        self.key_length += bytes.len().min(KEY_BYTES + 1);
    }

    fn open(&mut self, bracket: u8) {
        if !self.in_entries {
            let key = self.key.get(..self.key_length).unwrap_or_default();
            self.in_log |= self.depth == 1 && bracket == b'{' && key == b"log";
            if self.depth == ENTRIES_DEPTH - 1 && self.in_log && bracket == b'[' && key == b"entries" {
                self.in_entries = true;
                self.seen_entries = true;
            }
            self.key_length = 0;
        }
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.in_entries &= self.depth >= ENTRIES_DEPTH;
        self.in_log &= self.depth > 1;
    }
}

/// Depth inside of `log.entries`.
const ENTRIES_DEPTH: u32 = 3;

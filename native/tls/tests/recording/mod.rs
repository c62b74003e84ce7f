//! Reads a recorded connection, and plays it to a session.

use std::path::Path;
use tapistry_tls::{Facts, KeyLog, Keys, Session, Sink};
use tapistry_wire::stream::At;

/// Lines `K` of a key log, and what client (`C`) and server (`S`) sent in their order.
#[derive(Clone)]
pub struct Recording {
    pub keys: Vec<u8>,
    pub pieces: Vec<(usize, Vec<u8>)>,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Told {
    pub content: [Vec<u8>; 2],
    pub gaps: [u64; 2],
    /// Where the last content ended.
    ends: [u64; 2],
    pub facts: Facts,
}

impl Told {
    pub fn text(&self, side: usize) -> String {
        String::from_utf8_lossy(&self.content[side]).into_owned()
    }
}

impl Sink for Told {
    fn begin(&mut self, _facts: &Facts) {}

    fn data(&mut self, side: usize, bytes: &[u8], at: &At) {
        assert!(at.offset >= self.ends[side], "content comes in its order: {at:?}");
        self.ends[side] = at.offset + bytes.len() as u64;
        self.content[side].extend_from_slice(bytes);
    }

    fn gap(&mut self, side: usize, length: u64, at: &At) {
        self.gaps[side] = self.gaps[side].saturating_add(length);
        assert!(at.offset >= self.ends[side], "gaps come in their order: {at:?}");
    }
}

impl Recording {
    pub fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/exchanges/{name}.txt"))).unwrap();
        let (mut keys, mut pieces) = (Vec::new(), Vec::new());
        for line in text.lines() {
            match line.split_at(2) {
                ("K ", secret) => keys.extend_from_slice(format!("{secret}\n").as_bytes()),
                ("C ", digits) => pieces.push((0, bytes(digits))),
                ("S ", digits) => pieces.push((1, bytes(digits))),
                _ => {}
            }
        }
        Recording { keys, pieces }
    }

    /// With the keys known before.
    pub fn play(&self) -> Told {
        let keys = Keys::new(false);
        let mut log = KeyLog::default();
        if !self.keys.is_empty() {
            keys.push(&mut log, &self.keys);
        }
        self.play_with(&keys, |_, _| false)
    }

    /// The keys come before a piece.
    pub fn play_with_keys_before(&self, piece: usize) -> Told {
        let keys = Keys::new(true);
        let mut log = KeyLog::default();
        self.play_with(&keys, |at, keys| {
            if at == piece {
                keys.push(&mut log, &self.keys);
            }
            false
        })
    }

    /// A piece is lost.
    pub fn play_without(&self, piece: usize) -> Told {
        let keys = Keys::new(false);
        keys.push(&mut KeyLog::default(), &self.keys);
        self.play_with(&keys, |at, _| at == piece)
    }

    /// Where the server's first answer lies: the first of its pieces behind the client's first question that is as long as one.
    pub fn first_answer(&self) -> usize {
        let sizes = 372..500;
        let answers: Vec<usize> = (0..self.pieces.len()).filter(|at| self.pieces[*at].0 == 1 && sizes.contains(&self.pieces[*at].1.len())).collect();
        answers[answers.len() - 2]
    }

    /// What the server sent before the client spoke again comes before the last byte of what the client began with, or before all of it.
    pub fn server_first(&self, is_cut: bool) -> Self {
        let mut pieces = self.pieces.clone();
        let (_, mut hello) = pieces.remove(0);
        let last = hello.split_off(hello.len() - 1);
        let answers = pieces.iter().take_while(|piece| piece.0 == 1).count();
        match is_cut {
            true => {
                pieces.insert(answers, (0, last));
                pieces.insert(0, (0, hello));
            }
            false => pieces.insert(answers, (0, [hello, last].concat())),
        }
        Recording { keys: self.keys.clone(), pieces }
    }

    /// Each piece in parts of these sizes.
    pub fn split(&self, sizes: &[usize]) -> Self {
        let mut sizes = sizes.iter().copied().cycle();
        let mut pieces = Vec::new();
        for (side, piece) in &self.pieces {
            let mut rest = &piece[..];
            while !rest.is_empty() {
                let (part, more) = rest.split_at(sizes.next().unwrap_or(1).min(rest.len()));
                pieces.push((*side, part.to_vec()));
                rest = more;
            }
        }
        Recording { keys: self.keys.clone(), pieces }
    }

    /// With the keys as they are; before each piece somebody says whether it is lost.
    pub fn play_with(&self, keys: &Keys, mut before: impl FnMut(usize, &Keys) -> bool) -> Told {
        let (mut session, mut told, mut offsets) = (Session::default(), Told::default(), [0; 2]);
        for (number, (side, piece)) in self.pieces.iter().enumerate() {
            let is_lost = before(number, keys);
            let at = At { time_ns: 1, packet: number as u64, offset: offsets[*side], peer_acked: offsets[1 - side], peer_seen: true, input: 0 };
            offsets[*side] += piece.len() as u64;
            match is_lost {
                true => session.gap(*side, piece.len() as u64, &at, keys, &mut told),
                false => session.data(*side, piece, &at, keys, &mut told),
            }
        }
        for side in [0, 1] {
            let at = At { time_ns: 1, packet: 0, offset: offsets[side], peer_acked: 0, peer_seen: true, input: 0 };
            session.end(side, &at, &mut told);
        }
        session.close(keys, &mut told);
        told.facts = session.facts().clone();
        told
    }
}

fn bytes(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

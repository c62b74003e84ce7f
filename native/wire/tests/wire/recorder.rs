//! An application that writes down what it is told, and checks that reassembly keeps its promises.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;

use tapistry_wire::stream::{Application, At, Direction, End, FlowInfo};
use tapistry_wire::weird::Weird;

/// Endpoints, VLANs, and the order of opening among flows with the same.
type Key = ([(IpAddr, u16); 2], Vec<u16>, usize);

/// All that was told, flow by flow.
#[derive(Default)]
pub struct Record {
    pub flows: BTreeMap<Key, Told>,
}

/// What one flow's application was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// One word per call; adjacent data of one direction is joined.
    pub words: Vec<String>,
    /// The bytes of each direction; gaps are left out.
    pub streams: [Vec<u8>; 2],
    /// Time, packet and acknowledgement of each call with data.
    pub places: Vec<At>,
}

pub struct Recorder {
    key: Key,
    next: [u64; 2],
    ended: [bool; 2],
    told: Told,
    joins: Option<Direction>,
}

impl Recorder {
    fn word(&mut self, word: String) {
        self.joins = None;
        self.told.words.push(word);
    }
}

fn arrow(direction: Direction) -> char {
    if direction == Direction::Forward { '>' } else { '<' }
}

impl Application for Recorder {
    type Shared = Record;

    fn open(shared: &mut Record, flow: &FlowInfo) -> Self {
        let mut key = (flow.endpoints, flow.vlans.clone(), 0);
        while shared.flows.contains_key(&key) {
            key.2 += 1;
        }
        shared.flows.insert(key.clone(), Told::default());
        let opened = if flow.midstream { "open midstream" } else { "open" };
        Recorder { key, next: [0; 2], ended: [false; 2], told: Told { words: vec![opened.into()], ..Told::default() }, joins: None }
    }

    fn data(&mut self, _: &mut Record, direction: Direction, bytes: &[u8], at: &At) {
        let side = direction.index();
        assert!(!bytes.is_empty(), "data is never empty");
        assert!(!self.ended[side], "data after the end");
        assert_eq!(at.offset, self.next[side], "data is contiguous");
        self.next[side] += bytes.len() as u64;
        self.told.streams[side].extend(bytes);
        self.told.places.push(*at);
        let text = String::from_utf8_lossy(bytes);
        if self.joins == Some(direction)
            && let Some(last) = self.told.words.last_mut()
        {
            last.push_str(&text);
            return;
        }
        self.word(format!("{}{}:{text}", arrow(direction), at.offset));
        self.joins = Some(direction);
    }

    fn gap(&mut self, _: &mut Record, direction: Direction, length: u64, at: &At) {
        let side = direction.index();
        assert!(length > 0 && !self.ended[side]);
        assert_eq!(at.offset, self.next[side], "a gap is contiguous");
        self.next[side] += length;
        self.word(format!("{}{}-gap-{length}", arrow(direction), at.offset));
    }

    fn weird(&mut self, _: &mut Record, weird: Weird) {
        self.word(weird.name().into());
    }

    fn unseen(&mut self, _: &mut Record, bytes: u64) {
        self.word(format!("unseen-{bytes}"));
    }

    fn end(&mut self, _: &mut Record, direction: Direction, how: End, at: &At) {
        let side = direction.index();
        assert!(!self.ended[side], "one end per direction");
        assert_eq!(at.offset, self.next[side], "the end is where the stream ends");
        self.ended[side] = true;
        self.word(format!("{}{how:?}", arrow(direction)));
    }

    fn close(mut self, shared: &mut Record, how: End) {
        assert_eq!(self.ended, [true; 2], "both directions end first");
        self.word(format!("close-{how:?}"));
        shared.flows.insert(self.key, self.told);
    }
}

impl Record {
    /// All calls, flows separated by ` | `.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for told in self.flows.values() {
            let _ = write!(text, "{}{}", if text.is_empty() { "" } else { " | " }, told.words.join(" "));
        }
        text
    }
}

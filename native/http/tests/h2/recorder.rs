//! What one direction tells, as lines.

use tapistry_http::h2::{Block, BlockEnd, FieldSink, Half, Sink, Start};
use tapistry_wire::weird::Weird;

#[derive(Debug, Default)]
pub struct Recorder {
    pub lines: Vec<String>,
    /// Payload that was told in pieces, and of which stream.
    body: Option<(u32, Vec<u8>)>,
    pub skipped: usize,
}

/// Bytes, or a hole.
#[derive(Clone, Debug)]
pub enum Piece {
    Bytes(Vec<u8>),
    Gap(u64),
}

/// Everything that the pieces of a direction tell.
pub fn lines(start: Start, pieces: &[Piece]) -> Recorder {
    let (mut half, mut recorder) = (Half::new(start), Recorder::default());
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => half.feed(bytes, &mut recorder),
            Piece::Gap(length) => half.gap(*length, &mut recorder),
        }
    }
    half.finish(&mut recorder);
    recorder.flush();
    recorder
}

impl Recorder {
    fn flush(&mut self) {
        if let Some((stream, body)) = self.body.take() {
            self.lines.push(format!("{stream} data {}", body.escape_ascii()));
        }
    }

    fn push(&mut self, line: String) {
        self.flush();
        self.lines.push(line);
    }
}

impl FieldSink for Recorder {
    fn field(&mut self, name: Option<&[u8]>, value: Option<&[u8]>) {
        let text = |bytes: Option<&[u8]>| bytes.map_or_else(|| "?".to_owned(), |bytes| bytes.escape_ascii().to_string());
        self.push(format!("  {}={}", text(name), text(value)));
    }
}

impl Sink for Recorder {
    fn begin(&mut self, Block { stream, promised }: Block) {
        self.push(format!("{stream} block{}", promised.map_or_else(String::new, |id| format!(" promises {id}"))));
    }

    fn end(&mut self, Block { stream, .. }: Block, BlockEnd { ends_stream, is_partial }: BlockEnd) {
        let partial = if is_partial { " partial" } else { "" };
        self.push(format!("{stream} {}{partial}", if ends_stream { "last" } else { "more" }));
    }

    fn data(&mut self, stream: u32, bytes: &[u8]) {
        assert!(!bytes.is_empty());
        if self.body.as_ref().is_some_and(|(open, _)| *open != stream) {
            self.flush();
        }
        self.body.get_or_insert_with(|| (stream, Vec::new())).1.extend_from_slice(bytes);
    }

    fn data_gap(&mut self, stream: u32, length: u64) {
        self.push(format!("{stream} hole {length}"));
    }

    fn end_stream(&mut self, stream: u32) {
        self.push(format!("{stream} end"));
    }

    fn reset(&mut self, stream: u32) {
        self.push(format!("{stream} reset"));
    }

    fn go_away(&mut self, last: u32) {
        self.push(format!("go away {last}"));
    }

    fn lost(&mut self) {
        self.push("lost".into());
    }

    fn skip(&mut self, bytes: usize) {
        self.skipped += bytes;
    }

    fn weird(&mut self, weird: Weird) {
        self.push(weird.name().into());
    }
}

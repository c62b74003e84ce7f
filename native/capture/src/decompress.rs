//! gzip and zstd undone as a stream, member by member.

use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Compressed bytes read at once: small, so that little is lost where a stream is damaged.
const COMPRESSED_BLOCK_BYTES: usize = 32 << 10;

/// Bytes given out at once: the piece in which damage is met is lost. In pieces of one size everybody who reads gets as far.
const PIECE_BYTES: usize = 8 << 10;

type Compressed = BufReader<Box<dyn Read + Send>>;

/// All members of a gzip stream, one after the other. Bytes after a whole member that are no member end it, as gzip itself does.
pub fn gzip(source: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    Box::new(Members { state: State::<GzDecoder<Compressed>>::Between(compressed(source)), members: 0 })
}

/// All frames of a zstd stream, skippable ones passed over.
pub fn zstd(source: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    Box::new(Members { state: State::<Zstd>::Between(compressed(source)), members: 0 })
}

fn compressed(source: Box<dyn Read + Send>) -> Compressed {
    BufReader::with_capacity(COMPRESSED_BLOCK_BYTES, source)
}

/// `head`, then the rest of `source`.
pub fn with_head(head: Vec<u8>, source: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    Box::new(Cursor::new(head).chain(source))
}

/// One member or frame of a compressed stream.
trait Member: Read + Sized {
    /// Starts on the next member; none where the bytes are no member.
    fn start(source: Compressed) -> io::Result<Start<Self>>;
    /// The source, at the byte after the member.
    fn finish(self) -> Compressed;
}

enum Start<M> {
    Member(M),
    Passed(Compressed),
    Foreign,
}

struct Members<M> {
    state: State<M>,
    members: u64,
}

enum State<M> {
    Between(Compressed),
    Inside(M),
    /// Told at each read from here on: whoever met it first may have been only looking.
    Damaged(ErrorKind, String),
    Over,
}

impl<M: Member> Read for Members<M> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let most = out.len().min(PIECE_BYTES);
        self.step(&mut out[..most]).inspect_err(|error| {
            if error.kind() != ErrorKind::Interrupted {
                self.state = State::Damaged(error.kind(), error.to_string());
            }
        })
    }
}

impl<M: Member> Members<M> {
    fn step(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Ok(0),
                State::Damaged(kind, message) => return Err(io::Error::new(kind, message)),
                State::Between(mut source) => {
                    if source.fill_buf()?.is_empty() {
                        return Ok(0);
                    }
                    match M::start(source)? {
                        Start::Member(member) => {
                            self.members += 1;
                            self.state = State::Inside(member);
                        }
                        Start::Passed(source) => self.state = State::Between(source),
                        Start::Foreign if self.members > 0 => return Ok(0),
                        Start::Foreign => return Err(ErrorKind::InvalidData.into()),
                    }
                }
                State::Inside(mut member) => match member.read(out) {
                    Ok(0) => self.state = State::Between(member.finish()),
                    Ok(read) => {
                        self.state = State::Inside(member);
                        return Ok(read);
                    }
                    Err(error) => {
                        if error.kind() == ErrorKind::Interrupted {
                            self.state = State::Inside(member);
                        }
                        return Err(error);
                    }
                },
            }
        }
    }
}

impl Member for GzDecoder<Compressed> {
    fn start(mut source: Compressed) -> io::Result<Start<Self>> {
        // One byte may lie alone at the end of the block; a member that starts there is told by it alone.
        let is_member = matches!(source.fill_buf()?, [0x1f] | [0x1f, 0x8b, ..]);
        Ok(if is_member { Start::Member(GzDecoder::new(source)) } else { Start::Foreign })
    }

    fn finish(self) -> Compressed {
        self.into_inner()
    }
}

/// One zstd frame.
struct Zstd {
    decoder: FrameDecoder,
    source: Compressed,
    /// Why the frame ended early; told after what was decoded before.
    damage: Option<io::Error>,
}

/// An empty last block, and a checksum that nobody looks at.
const FRAME_END: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl Member for Zstd {
    fn start(mut source: Compressed) -> io::Result<Start<Self>> {
        let mut decoder = FrameDecoder::new();
        match decoder.init(&mut source) {
            Ok(()) => Ok(Start::Member(Zstd { decoder, source, damage: None })),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                io::copy(&mut (&mut source).take(u64::from(length)), &mut io::sink())?;
                Ok(Start::Passed(source))
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::BadMagicNumber(_))) => Ok(Start::Foreign),
            Err(error) => Err(damaged(error)),
        }
    }

    fn finish(self) -> Compressed {
        self.source
    }
}

impl Read for Zstd {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let decoded = self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBytes(out.len().min(COMPRESSED_BLOCK_BYTES)));
            if let Err(error) = decoded {
                // The decoder holds the last window back until the frame ends; ending it here gives out all that was decoded.
                self.damage = Some(damaged(error));
                if self.decoder.decode_blocks(&FRAME_END[..], BlockDecodingStrategy::All).is_err() {
                    break;
                }
            }
        }
        match self.decoder.read(out)? {
            0 => self.damage.take().map_or(Ok(0), Err),
            read => Ok(read),
        }
    }
}

/// A decoder's error as an I/O error: an unexpected end where the source ended, invalid data else.
fn damaged(error: impl std::error::Error + 'static) -> io::Error {
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(|inner| inner.kind() == ErrorKind::UnexpectedEof) {
            return ErrorKind::UnexpectedEof.into();
        }
        cause = inner.source();
    }
    io::Error::new(ErrorKind::InvalidData, error.to_string())
}

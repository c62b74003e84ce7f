//! Opens an input and says what it is: a capture, or text for the log formats.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use crate::beginning::{Beginning, Known, Watched};
use crate::block::{BLOCK_BYTES, BlockReader, Have};
use crate::decompress;
use crate::fault::{InputError, InputErrorCode};
use crate::netmon::{self, NetMon};
use crate::pcap::{self, Pcap};
use crate::reader::{CaptureReader, Format};
use crate::sniff::{self, Kind};

/// Layers of compression that are undone.
const LAYERS_MAX: usize = 2;
/// First bytes that are looked at, where they come in one read.
const SAMPLE_BYTES: usize = 64 << 10;

/// An opened input.
pub struct Input {
    /// Path, or `-`.
    pub name: String,
    /// What it holds.
    pub content: Content,
    /// Whether opening the name again gives the same bytes: a file, not a pipe.
    pub can_reopen: bool,
    /// Compressions around it, outermost first: `gzip` or `zstd`.
    pub wrappers: Vec<&'static str>,
}

/// What an input holds.
#[allow(clippy::large_enum_variant, reason = "there is one an input, and it is moved once")]
pub enum Content {
    /// Packets.
    Capture(CaptureReader),
    /// Lines or a document; the log formats tell which. `fill_buf` gives a sample without consuming it.
    Text(Box<dyn BufRead + Send>),
}

/// How to open an input.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Keep a running SHA-256 over the decompressed bytes of a capture, for `CaptureReader::digest`.
    pub hashed: bool,
    /// Bytes of a capture's block.
    pub block_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { hashed: false, block_bytes: BLOCK_BYTES }
    }
}

/// Opens the file at `path` with the default options.
pub fn open(path: &Path) -> Result<Input, InputError> {
    open_with(path, Options::default())
}

/// Opens the file at `path`.
pub fn open_with(path: &Path, options: Options) -> Result<Input, InputError> {
    let file = file(path)?;
    let can_reopen = file.metadata().is_ok_and(|metadata| metadata.is_file());
    Ok(Input { can_reopen, ..from_reader_with(&path.display().to_string(), Box::new(file), options)? })
}

/// Takes a stream, standard input say, with the default options.
pub fn from_reader(name: &str, source: Box<dyn Read + Send>) -> Result<Input, InputError> {
    from_reader_with(name, source, Options::default())
}

/// Takes a stream. Reads until it can tell what it is, at least one byte and at most one block.
pub fn from_reader_with(name: &str, source: Box<dyn Read + Send>, options: Options) -> Result<Input, InputError> {
    from_unwrapped(name, unwrap(name, source)?, options)
}

/// Takes a stream that cannot be opened again, and hashes what is read of it: `known` are the beginnings to look for.
pub fn from_pipe(name: &str, source: Box<dyn Read + Send>, known: &[Known]) -> Result<(Input, Beginning), InputError> {
    let unwrapped = unwrap(name, source)?;
    let (watched, beginning) = Watched::new(unwrapped.source, known);
    let unwrapped = Unwrapped { source: Box::new(watched), ..unwrapped };
    Ok((from_unwrapped(name, unwrapped, Options { hashed: true, ..Options::default() })?, beginning))
}

fn from_unwrapped(name: &str, Unwrapped { kind, source, wrappers }: Unwrapped, options: Options) -> Result<Input, InputError> {
    let content = match kind {
        Kind::NetMon => Content::Capture(netmon_reader(name, BlockReader::new(source, options.block_bytes, options.hashed))?),
        Kind::Pcap => Content::Capture(pcap_reader(name, BlockReader::new(source, options.block_bytes, options.hashed))?),
        Kind::Pcapng => {
            let blocks = BlockReader::new(source, options.block_bytes, options.hashed);
            Content::Capture(CaptureReader::new(blocks, Format::Pcapng(Box::default())))
        }
        Kind::Text => Content::Text(Box::new(BufReader::with_capacity(SAMPLE_BYTES, with_line(name, source)?))),
        kind => return Err(refusal(name, kind, &wrappers)),
    };
    Ok(Input { name: name.to_owned(), content, can_reopen: false, wrappers })
}

/// The decompressed bytes of the file at `path`, whatever they are.
pub(crate) fn decompressed(path: &Path) -> Result<Box<dyn Read + Send>, InputError> {
    Ok(unwrap(&path.display().to_string(), Box::new(file(path)?))?.source)
}

/// The same, from decompressed byte `offset` on; a file without compression is not read up to there.
pub(crate) fn decompressed_from(path: &Path, offset: u64) -> Result<Box<dyn Read + Send>, InputError> {
    let name = path.display().to_string();
    let mut plain = file(path)?;
    let unwrapped = unwrap(&name, Box::new(file(path)?))?;
    if unwrapped.wrappers.is_empty() {
        plain.seek(SeekFrom::Start(offset)).map_err(|error| InputError::io(&name, &error))?;
        return Ok(Box::new(plain));
    }
    let mut source = unwrapped.source;
    io::copy(&mut (&mut source).take(offset), &mut io::sink()).map_err(|error| InputError::io(&name, &error))?;
    Ok(source)
}

fn file(path: &Path) -> Result<File, InputError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| InputError::io(&name, &error))?;
    let is_folder = file.metadata().is_ok_and(|metadata| metadata.is_dir());
    if is_folder { Err(InputError::io(&name, &ErrorKind::IsADirectory.into())) } else { Ok(file) }
}

struct Unwrapped {
    kind: Kind,
    source: Box<dyn Read + Send>,
    wrappers: Vec<&'static str>,
}

/// Undoes compression until something else is there.
fn unwrap(name: &str, mut source: Box<dyn Read + Send>) -> Result<Unwrapped, InputError> {
    let mut wrappers = Vec::new();
    loop {
        let head = read_head(&mut source).map_err(|error| head_error(name, &error, &wrappers))?;
        let kind = sniff::tell(&head);
        source = decompress::with_head(head, source);
        let (wrapper, unwrapped): (_, fn(_) -> _) = match kind {
            Kind::Gzip => ("gzip", decompress::gzip),
            Kind::Zstd => ("zstd", decompress::zstd),
            kind => return Ok(Unwrapped { kind, source, wrappers }),
        };
        if wrappers.len() == LAYERS_MAX {
            let message = format!("has more than {LAYERS_MAX} layers of compression; unpack it first");
            return Err(InputError::new(InputErrorCode::Layers, name, message));
        }
        wrappers.push(wrapper);
        source = unwrapped(source);
    }
}

/// Reads until a format can be told. A pipe gives few bytes at once; waiting for more than needed would hold back its first packets.
fn read_head(source: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; SAMPLE_BYTES];
    let mut length = 0;
    while length < pcap::HEADER_BYTES {
        match source.read(&mut head[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // What came before the damage is told first; the damage shows again when it is read.
            Err(_) if length > 0 => break,
            Err(error) => return Err(error),
        }
    }
    head.truncate(length);
    Ok(head)
}

/// Reads on until the head of a text holds a line, or as much as a sample may: a format is told by whole lines.
fn with_line(name: &str, mut source: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>, InputError> {
    let mut head = vec![0; SAMPLE_BYTES];
    let mut length = 0;
    while length < SAMPLE_BYTES && !head[..length].contains(&b'\n') {
        match source.read(&mut head[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Damage shows again when the rest is read.
            Err(_) if length > 0 => break,
            Err(error) => return Err(InputError::io(name, &error)),
        }
    }
    head.truncate(length);
    Ok(decompress::with_head(head, source))
}

fn head_error(name: &str, error: &io::Error, wrappers: &[&str]) -> InputError {
    match wrappers.last() {
        Some(wrapper) => {
            let message = format!("is {wrapper}, but damaged or cut before its first byte of content; copy it again");
            InputError::new(InputErrorCode::Compression, name, message)
        }
        None => InputError::io(name, error),
    }
}

fn pcap_reader(name: &str, mut blocks: BlockReader) -> Result<CaptureReader, InputError> {
    let cut = || InputError::new(InputErrorCode::Malformed, name, "is a pcap file cut inside its header, it holds no packet; copy it again");
    if !matches!(blocks.ensure(pcap::HEADER_BYTES), Ok(Have::All)) {
        return Err(cut());
    }
    let mut header = [0; pcap::HEADER_BYTES];
    header.copy_from_slice(blocks.head(pcap::HEADER_BYTES));
    let pcap = Pcap::new(&header).ok_or_else(cut)?;
    blocks.consume(pcap::HEADER_BYTES);
    Ok(CaptureReader::new(blocks, Format::Pcap(pcap)))
}

fn netmon_reader(name: &str, mut blocks: BlockReader) -> Result<CaptureReader, InputError> {
    let cut = || InputError::new(InputErrorCode::Malformed, name, "is a Network Monitor capture cut inside its header, it holds no packet; copy it again");
    if !matches!(blocks.ensure(netmon::HEADER_BYTES), Ok(Have::All)) {
        return Err(cut());
    }
    let mut header = [0; netmon::HEADER_BYTES];
    header.copy_from_slice(blocks.head(netmon::HEADER_BYTES));
    let format = NetMon::new(&header).ok_or_else(cut)?;
    blocks.consume(netmon::HEADER_BYTES);
    Ok(CaptureReader::new(blocks, Format::NetMon(format)))
}

fn refusal(name: &str, kind: Kind, wrappers: &[&str]) -> InputError {
    let inside = if wrappers.is_empty() { "" } else { "inside its compression " };
    match kind {
        Kind::Empty => InputError::new(InputErrorCode::Empty, name, format!("{inside}is empty; nothing was written to it")),
        Kind::Other(what, advice) => InputError::new(InputErrorCode::Unsupported, name, format!("{inside}is {what}, not a capture or a log; {advice}")),
        _ => InputError::new(InputErrorCode::Unknown, name, format!("{inside}is binary of no known format, not a capture or a log; name another")),
    }
}

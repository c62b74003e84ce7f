//! What can be wrong with an input, as closed sets of codes with a one-line message: what, where, what to do.

use std::fmt;

/// Why an input cannot be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputErrorCode {
    /// The path does not exist.
    NotFound,
    /// The system refuses to open or read it.
    Permission,
    /// It is a folder, a socket or another thing that holds no bytes to read.
    NotAFile,
    /// It holds no byte.
    Empty,
    /// It is a known format that is neither a capture nor text.
    Unsupported,
    /// It is nothing known, and binary.
    Unknown,
    /// gzip or zstd around it does not decode from its first bytes on.
    Compression,
    /// More layers of compression than the cap.
    Layers,
    /// The head of the capture file is broken before any packet.
    Malformed,
    /// Any other failure to read.
    Io,
}

impl InputErrorCode {
    /// The published name, as `INPUT_EMPTY`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "INPUT_NOT_FOUND",
            Self::Permission => "INPUT_PERMISSION",
            Self::NotAFile => "INPUT_NOT_A_FILE",
            Self::Empty => "INPUT_EMPTY",
            Self::Unsupported => "INPUT_UNSUPPORTED",
            Self::Unknown => "INPUT_UNKNOWN",
            Self::Compression => "INPUT_COMPRESSION",
            Self::Layers => "INPUT_LAYERS",
            Self::Malformed => "INPUT_MALFORMED",
            Self::Io => "INPUT_IO",
        }
    }
}

/// An input that cannot be used. Its text is one line without the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// Which of the closed set.
    pub code: InputErrorCode,
    /// Path, or `-` for standard input.
    pub name: String,
    /// What is wrong and what to do, one sentence or two; names no byte of the content.
    pub message: String,
}

impl InputError {
    pub(crate) fn new(code: InputErrorCode, name: &str, message: impl Into<String>) -> Self {
        Self { code, name: name.to_owned(), message: message.into() }
    }

    pub(crate) fn io(name: &str, error: &std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        match error.kind() {
            Kind::NotFound => Self::new(InputErrorCode::NotFound, name, "does not exist; check the path"),
            Kind::PermissionDenied => Self::new(InputErrorCode::Permission, name, "may not be read; check its permissions"),
            Kind::IsADirectory => Self::new(InputErrorCode::NotAFile, name, "is a folder, not a file; name the files in it"),
            _ => Self::new(InputErrorCode::Io, name, format!("cannot be read: {error}")),
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.name, self.message)
    }
}

impl std::error::Error for InputError {}

/// Why reading stopped before the end of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadProblemCode {
    /// The system failed to read.
    Io,
    /// The compression around the capture is damaged here.
    Compression,
    /// A record makes no sense, and no later one was found to go on from.
    Malformed,
}

impl ReadProblemCode {
    /// The published name, as `READ_MALFORMED`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Io => "READ_IO",
            Self::Compression => "READ_COMPRESSION",
            Self::Malformed => "READ_MALFORMED",
        }
    }
}

/// Where and why reading stopped. Every packet before it was returned; none comes after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadProblem {
    /// Which of the closed set.
    pub code: ReadProblemCode,
    /// Offset of the first record that could not be read, in decompressed bytes.
    pub offset: u64,
    /// What is wrong, a clause without a full stop.
    pub message: String,
}

impl ReadProblem {
    pub(crate) fn malformed(offset: u64, message: impl Into<String>) -> Self {
        Self { code: ReadProblemCode::Malformed, offset, message: message.into() }
    }

    pub(crate) fn from_io(offset: u64, error: &std::io::Error) -> Self {
        let code = match error.kind() {
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => ReadProblemCode::Compression,
            _ => ReadProblemCode::Io,
        };
        Self { code, offset, message: error.to_string() }
    }
}

impl fmt::Display for ReadProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "stopped at byte {}: {}", self.offset, self.message)
    }
}

impl std::error::Error for ReadProblem {}

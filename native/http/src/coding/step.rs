//! What the decoders of all codings have in common.

/// Takes decoded bytes; false: no more are wanted.
pub(crate) type Out<'a> = &'a mut dyn FnMut(&[u8]) -> bool;

/// Why a decoder stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// All input is taken.
    More,
    /// The coded stream ended here.
    Ended,
    /// The input is no such stream, from here on.
    Failed,
    /// The output is not wanted.
    Stopped,
}

//! Compressed messages (RFC 7692, permessage-deflate).

use crate::coding::inflate::Inflate;
use crate::coding::step::Step;

/// What an inflater and its window take, about.
pub const INFLATER_BYTES: usize = 48 << 10;
/// What one message may come to; beyond, nothing is inflated any more.
const INFLATED_BYTES_MAX: usize = 16 << 20;
/// What the sender leaves out at the end of each message.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// What both sides agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deflate {
    /// Whether messages of client and server refer to those before them.
    pub takes_over: [bool; 2],
}

impl Deflate {
    /// Of the `Sec-WebSocket-Extensions` that the server answered; none where messages are not compressed.
    pub fn agreed(extensions: &[u8]) -> Option<Self> {
        let mut agreed = None;
        for extension in extensions.split(|byte| *byte == b',') {
            let mut parts = extension.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            if !parts.next().is_some_and(|name| name.eq_ignore_ascii_case(b"permessage-deflate")) {
                continue;
            }
            let mut takes_over = [true; 2];
            for parameter in parts {
                takes_over[0] &= !parameter.eq_ignore_ascii_case(b"client_no_context_takeover");
                takes_over[1] &= !parameter.eq_ignore_ascii_case(b"server_no_context_takeover");
            }
            agreed.get_or_insert(Deflate { takes_over });
        }
        agreed
    }
}

/// Inflates the messages of one direction.
#[derive(Debug)]
pub(super) struct Inflater {
    state: Inflate,
    takes_over: bool,
    /// Something that later messages may refer to was not seen.
    is_lost: bool,
    made: usize,
}

/// Why the rest of a message is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Something before is missing, or it is no deflate.
    Lost,
    /// It is too much.
    Bomb,
}

impl Inflater {
    pub fn new(takes_over: bool) -> Self {
        Inflater { state: Inflate::new(false), takes_over, is_lost: false, made: 0 }
    }

    /// Bytes of the stream are missing.
    pub fn lose(&mut self) {
        self.is_lost = true;
    }

    /// A message begins.
    pub fn begin(&mut self) {
        self.made = 0;
        if !self.takes_over {
            self.state.reset(false);
            self.is_lost = false;
        }
    }

    /// Takes bytes of a message.
    pub fn feed(&mut self, bytes: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), Unread> {
        if self.is_lost {
            return Err(Unread::Lost);
        }
        let made = &mut self.made;
        let mut buffer = [0; 4096];
        let (_, step) = self.state.feed(bytes, &mut buffer, &mut |piece| {
            *made += piece.len();
            out(piece);
            *made <= INFLATED_BYTES_MAX
        });
        match step {
            Step::More => Ok(()),
            Step::Ended => {
                self.state.reset(false);
                Ok(())
            }
            Step::Failed | Step::Stopped => {
                self.is_lost = true;
                Err(if step == Step::Stopped { Unread::Bomb } else { Unread::Lost })
            }
        }
    }

    /// The message is over.
    pub fn end(&mut self, out: &mut dyn FnMut(&[u8])) -> Result<(), Unread> {
        self.feed(&TAIL, out)
    }
}

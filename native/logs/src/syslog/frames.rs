//! How messages stand in a stream: RFC 6587 §3.4, by octet count or by line feed.

use crate::rejection::Rejection;

/// Bytes of a message that is held; a longer one is passed over. A datagram has at most 65,507.
pub const MESSAGE_BYTES_MAX: usize = 1 << 16;

/// Digits of an octet count. One with more is none: to believe it would be to be deaf for as many octets.
const COUNT_DIGITS_MAX: u32 = 7;

/// Tells the messages of one stream apart, whatever the pieces in which it comes. A frame that begins with a digit has an octet count,
/// any other ends with a line feed; what separates frames beyond that (line ends, spaces, NUL) is passed over.
#[derive(Debug, Default)]
pub struct Frames {
    state: State,
    /// What has come of a frame whose end has not, at most `MESSAGE_BYTES_MAX`.
    held: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Between frames.
    #[default]
    Between,
    /// In an octet count.
    Count { value: usize, digits: u32 },
    /// In a frame that ends after so many bytes.
    Counted(usize),
    /// In a frame that is too long, and ends after so many bytes.
    Passing(usize),
    /// In a frame that ends with a line feed.
    Line,
    /// Behind something that is no frame: the next begins after a line feed.
    Lost,
}

impl Frames {
    /// Takes bytes, and calls `take` at each message or at the reason why there is none.
    pub fn push(&mut self, mut bytes: &[u8], mut take: impl FnMut(Result<&[u8], Rejection>)) {
        while let Some(&first) = bytes.first() {
            bytes = &bytes[self.step(first, bytes, &mut take)..];
        }
    }

    /// Nothing follows: a line without a line feed is a message, a frame that lacks octets is `Rejection::LineCut`.
    pub fn end(&mut self, mut take: impl FnMut(Result<&[u8], Rejection>)) {
        match self.state {
            State::Line => take(Ok(&self.held)),
            State::Count { .. } | State::Counted(_) => take(Err(Rejection::LineCut)),
            // They were named when they became so.
            State::Between | State::Passing(_) | State::Lost => {}
        }
        *self = Self::default();
    }

    /// Consumes some of `bytes`, which begin with `first`, or none to look at them from another state. Returns how many.
    fn step(&mut self, first: u8, bytes: &[u8], take: &mut impl FnMut(Result<&[u8], Rejection>)) -> usize {
        match self.state {
            State::Between => match first {
                b'\n' | b'\r' | b' ' | 0 => 1,
                b'0'..=b'9' => self.turn(State::Count { value: 0, digits: 0 }),
                _ => self.turn(State::Line),
            },
            State::Count { value, digits } => match first {
                b'0'..=b'9' if digits < COUNT_DIGITS_MAX => {
                    self.state = State::Count { value: value * 10 + usize::from(first - b'0'), digits: digits + 1 };
                    1
                }
                b' ' if value > MESSAGE_BYTES_MAX => {
                    take(Err(Rejection::LineTooLong));
                    self.turn(State::Passing(value)) + 1
                }
                b' ' if value > 0 => self.turn(State::Counted(value)) + 1,
                _ => {
                    take(Err(Rejection::SyslogCountBad));
                    self.turn(State::Lost)
                }
            },
            State::Counted(left) => {
                let length = left.min(bytes.len());
                if length == left {
                    self.whole(&bytes[..length], take);
                } else {
                    self.held.extend_from_slice(&bytes[..length]);
                    self.state = State::Counted(left - length);
                }
                length
            }
            State::Passing(left) => {
                let length = left.min(bytes.len());
                self.state = if length == left { State::Between } else { State::Passing(left - length) };
                length
            }
            State::Line => match memchr::memchr(b'\n', bytes) {
                Some(end) if self.held.len() + end <= MESSAGE_BYTES_MAX => {
                    self.whole(&bytes[..end], take);
                    end + 1
                }
                None if self.held.len() + bytes.len() <= MESSAGE_BYTES_MAX => {
                    self.held.extend_from_slice(bytes);
                    bytes.len()
                }
                _ => {
                    take(Err(Rejection::LineTooLong));
                    self.held = Vec::new();
                    self.turn(State::Lost)
                }
            },
            State::Lost => match memchr::memchr(b'\n', bytes) {
                Some(end) => self.turn(State::Between) + end + 1,
                None => bytes.len(),
            },
        }
    }

    /// Goes on in `state`, with nothing consumed.
    fn turn(&mut self, state: State) -> usize {
        self.state = state;
        0
    }

    /// The frame at hand ends with `last`.
    fn whole(&mut self, last: &[u8], take: &mut impl FnMut(Result<&[u8], Rejection>)) {
        self.state = State::Between;
        if self.held.is_empty() {
            return take(Ok(last));
        }
        self.held.extend_from_slice(last);
        take(Ok(&self.held));
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<String, Rejection>> {
        let mut out = Vec::new();
        let mut take = |frame: Result<&[u8], Rejection>| out.push(frame.map(|frame| String::from_utf8_lossy(frame).into_owned()));
        let mut frames = Frames::default();
        for piece in pieces {
            frames.push(piece, &mut take);
            assert!(frames.held.len() <= MESSAGE_BYTES_MAX);
        }
        frames.end(&mut take);
        out
    }

    fn message(text: &str) -> Result<String, Rejection> {
        Ok(text.to_owned())
    }

    #[test]
    fn each_frame_says_how_it_ends() {
        let stream = b"<1>a\n<1>b\r\n5 <1>\nc6 <1>d e\n<1>f\n\n\0 4 <1>g<1>h";
        let expected = ["<1>a", "<1>b\r", "<1>\nc", "<1>d e", "<1>f", "<1>g", "<1>h"].map(message);
        assert_eq!(read([&stream[..]]), expected);
        for size in 1..stream.len() {
            assert_eq!(read(stream.chunks(size)), expected, "{size}");
        }
    }

    #[test]
    fn what_is_no_frame_is_named_and_the_next_line_is_found() {
        let bad = Err(Rejection::SyslogCountBad);
        for count in ["0 x", "12x <1>a", "00000005 <1>a", "99999999999999999999 <1>a", "1\t<1>", "1"] {
            assert_eq!(read([format!("{count}\n<1>b\n").as_bytes()]), [bad.clone(), message("<1>b")], "{count}");
        }
        for half in [&b"10 <1>a"[..], b"1"] {
            assert_eq!(read([half]), [Err(Rejection::LineCut)]);
        }
    }

    #[test]
    fn what_is_too_long_is_passed_over_and_not_held() {
        let long = Err(Rejection::LineTooLong);
        let body = vec![b'x'; 1 << 20];
        let counted = [b"1048576 ".as_slice(), &body, b"4 <1>a"].concat();
        assert_eq!(read([&counted[..]]), [long.clone(), message("<1>a")]);
        assert_eq!(read(counted.chunks(1000)), [long.clone(), message("<1>a")]);
        let line = [&body[..], b"\n<1>a\n"].concat();
        assert_eq!(read([&line[..]]), [long.clone(), message("<1>a")]);
        assert_eq!(read(line.chunks(1000)), [long.clone(), message("<1>a")]);
        assert_eq!(read([&body[..], &body[..]]), [long]);
        let just = vec![b'x'; MESSAGE_BYTES_MAX];
        assert_eq!(read([&just[..], b"\n"]).len(), 1);
        assert!(read([&just[..], b"\n"])[0].is_ok());
    }
}

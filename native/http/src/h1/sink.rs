//! What the HTTP/1 parser tells whoever listens.

use tapistry_wire::weird::Weird;

/// A header field as sent: name without the colon, value without outer white space, obs-fold joined by one space.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Bytes of the name, case as sent.
    pub name: &'a [u8],
    /// Bytes of the value.
    pub value: &'a [u8],
    /// White space came before the colon (RFC 9112 §5.1): receivers do not agree on whether it is this field.
    pub spaced: bool,
}

/// The version of the start line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// No version at all.
    Http09,
    /// `HTTP/1.0`
    Http10,
    /// `HTTP/1.1`, and whatever else calls itself HTTP.
    Http11,
}

/// A request's start line and fields.
#[derive(Debug)]
pub struct RequestHead<'a> {
    /// As sent.
    pub method: &'a [u8],
    /// Request target as sent.
    pub target: &'a [u8],
    /// Of the start line.
    pub version: Version,
    /// In order, repeated ones repeated.
    pub fields: &'a [Field<'a>],
}

/// A response's start line and fields; the reason phrase is dropped.
#[derive(Debug)]
pub struct ResponseHead<'a> {
    /// 0 to 65535; odd ones are weird. 0 where the response has no status line (HTTP/0.9).
    pub status: u16,
    /// Of the start line.
    pub version: Version,
    /// In order, repeated ones repeated.
    pub fields: &'a [Field<'a>],
}

/// What the request says about the body of its response (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseContext {
    /// An ordinary request, or an unknown one.
    Normal,
    /// HEAD: no body, whatever the fields say.
    Head,
    /// CONNECT: a 2xx turns the stream into a tunnel.
    Connect,
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageEnd {
    /// Every byte that the framing promised was seen.
    Complete,
    /// Bytes inside the body are missing; `missing` of them are known.
    Gap {
        /// Bytes that were never seen.
        missing: u64,
    },
    /// The stream ended inside the message.
    Cut,
    /// The framing broke (bad chunk size, say); the parser looks for the next message start.
    Broken,
}

/// Hears of messages in one direction, in stream order.
pub trait Sink {
    /// The first byte of a message (its start line) is about to be read. Called while the bytes that hold it are fed.
    /// What looked like a start line may turn out to be none: then the next call is another `start`, or nothing.
    fn start(&mut self);

    /// A request head is whole. Only from a request parser.
    fn request(&mut self, head: &RequestHead<'_>);

    /// A response head is whole (1xx too). Says what its request was. Only from a response parser.
    fn response(&mut self, head: &ResponseHead<'_>) -> ResponseContext;

    /// The next bytes of the body, transfer coding undone, content coding not.
    fn body(&mut self, bytes: &[u8]);

    /// A field behind the chunks of a body; long ones are left out.
    fn trailer(&mut self, _name: &[u8], _value: &[u8]) {}

    /// The message is over. Follows each `request` or `response` exactly once.
    fn end(&mut self, end: MessageEnd);

    /// Something odd in the current message, or between messages.
    fn weird(&mut self, weird: Weird);

    /// So many bytes belong to no message that could be read.
    fn skip(&mut self, bytes: usize);

    /// Bytes after an upgrade or a CONNECT: no HTTP/1 any more.
    fn tunnel(&mut self, bytes: &[u8]);
}

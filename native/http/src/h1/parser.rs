//! The incremental parser of one direction.

use std::marker::PhantomData;

use super::sink::Sink;

/// Where in a stream the first byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the start of the connection: a message begins here.
    Connection,
    /// Anywhere: the parser looks for the next plausible start line.
    Midstream,
}

/// How a direction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// FIN: the sender said that this was all, so a body to close is whole.
    Fin,
    /// Anything else.
    Other,
}

/// Marks a parser of requests.
#[derive(Debug)]
pub struct Requests;
/// Marks a parser of responses.
#[derive(Debug)]
pub struct Responses;

/// Parses one direction; see [`RequestParser`] and [`ResponseParser`].
#[derive(Debug)]
pub struct Parser<Role> {
    role: PhantomData<Role>,
}

/// Parses the direction of the client.
pub type RequestParser = Parser<Requests>;
/// Parses the direction of the server.
pub type ResponseParser = Parser<Responses>;

impl<Role> Parser<Role> {
    /// A parser that has seen nothing.
    pub fn new(_start: Start) -> Self {
        Parser { role: PhantomData }
    }

    /// Takes the next bytes. Any split of the input gives the same calls, except that `body` and `tunnel` slices may be cut differently.
    pub fn feed(&mut self, _bytes: &[u8], _sink: &mut impl Sink) {}

    /// `length` bytes will never come.
    pub fn gap(&mut self, _length: u64, _sink: &mut impl Sink) {}

    /// No more bytes come; ends the open message, if any.
    pub fn finish(&mut self, _how: StreamEnd, _sink: &mut impl Sink) {}

    /// From here on the stream is no HTTP/1 (101, or 2xx to CONNECT): the owner calls it on the request parser; the response
    /// parser switches by itself. Bytes of an unfinished head are handed to `Sink::tunnel`.
    pub fn tunnel(&mut self, _sink: &mut impl Sink) {}

    /// Whether the parser hands bytes to `Sink::tunnel`.
    pub fn is_tunnel(&self) -> bool {
        false
    }
}

impl Parser<Requests> {
    /// The server has begun to answer: a request line without version that still waits to see whether fields follow is
    /// a simple request (HTTP/0.9) and is reported now. Cheap; the owner calls it when response bytes come and no request is open.
    pub fn settle(&mut self, _sink: &mut impl Sink) {}
}

impl Parser<Responses> {
    /// The request that the next message answers had no version (`Version::Http09`): unless it begins with a status line, all bytes
    /// to the end of the stream are its body, and its head is reported as status 0, `Version::Http09`, no fields.
    pub fn expect_simple(&mut self) {}
}

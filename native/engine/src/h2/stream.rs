//! A stream: a request, a response, and how far each of them is.

use super::{CLIENT, SERVER};
use crate::message::{Request, Response};
use crate::websocket::WebSocket;
use tapistry_http::websocket::Deflate;
use tapistry_wire::weird::{Weird, WeirdSet};

/// One stream that is not over.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub request: Option<Box<Request>>,
    /// The final one.
    pub response: Option<Box<Response>>,
    /// What the request says about its response.
    pub wants: Wants,
    pub sides: [Side; 2],
    /// A side has given it up, or never read it: that it is not whole is no loss of the capture.
    pub is_given_up: bool,
    /// How messages of WebSocket are compressed, where the response agrees to it.
    pub deflate: Option<Deflate>,
    /// What the stream went over to, in place of the two messages.
    pub socket: Option<Box<WebSocket>>,
    /// Bytes that it takes, as last counted.
    pub heads_bytes: usize,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side {
    pub has_ended: bool,
    /// Payload is missing.
    pub has_gap: bool,
    /// Payload came before a head.
    pub has_strays: bool,
    /// Content-Length.
    pub expected: Option<u64>,
    /// What was lost of the direction when the message began.
    pub losses: u32,
}

/// What a request says about its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wants {
    #[default]
    Normal,
    /// No body.
    Head,
    /// A tunnel: DATA is none of HTTP.
    Tunnel,
    /// WebSocket, once it is agreed to.
    Socket,
}

impl Stream {
    /// Stream 1 of a connection that began as HTTP/1.
    pub fn upgraded(request: Box<Request>) -> Self {
        let wants = if request.bytes(&request.method) == b"HEAD" { Wants::Head } else { Wants::Normal };
        let mut stream = Stream { wants, request: Some(request), ..Stream::default() };
        stream.sides[CLIENT].has_ended = true;
        stream
    }

    /// Counts what its heads take, and tells how much of that is new.
    pub fn weigh(&mut self) -> usize {
        let heads = self.request.as_ref().map_or(0, |request| request.head_bytes()) + self.response.as_ref().map_or(0, |response| response.head_bytes());
        let new = (size_of::<Stream>() + heads).saturating_sub(self.heads_bytes);
        self.heads_bytes += new;
        new
    }

    /// Whether what was heard of the answer may be one that comes before the final one: its status is not known, and nothing followed it.
    pub fn may_be_interim(&self) -> bool {
        let Side { has_ended, has_gap, .. } = self.sides[SERVER];
        self.response.as_ref().is_some_and(|response| response.is_status_unknown && response.body.coded_bytes == 0) && !has_ended && !has_gap
    }

    /// Whether both messages have ended; of a stream that was given up the client says no more.
    pub fn is_over(&self) -> bool {
        self.sides[SERVER].has_ended && (self.is_given_up || self.sides[CLIENT].has_ended)
    }

    /// A side has given the stream up.
    pub fn reset(&mut self) {
        self.is_given_up = true;
        let weirds = match (&mut self.request, &mut self.response) {
            (Some(request), _) => &mut request.weirds,
            (_, Some(response)) => &mut response.weirds,
            _ => return,
        };
        weirds.insert(Weird::H2Reset);
    }

    /// Whether all was seen that was sent of both messages; `losses` is what was lost of the directions by now.
    pub fn is_seen(&self, losses: [u32; 2]) -> bool {
        let complete = [self.request.as_ref().map(|request| request.complete), self.response.as_ref().map(|response| response.complete)];
        self.sides.iter().zip(complete).zip(losses).all(|((side, complete), losses)| match side.has_ended {
            true => complete == Some(true),
            false => !side.has_gap && side.losses == losses,
        })
    }

    /// A message has ended; `losses` is what was lost of the direction by now.
    pub fn end(&mut self, side: usize, losses: u32) {
        let has_body = matches!(self.wants, Wants::Normal | Wants::Socket)
            && self.response.as_ref().is_none_or(|response| response.status != 304 && !response.is_status_unknown);
        let Side { has_ended, has_gap, expected, losses: before, .. } = &mut self.sides[side];
        let is_whole = !*has_gap && *before == losses;
        let (complete, weirds, bytes) = match (side, &mut self.request, &mut self.response) {
            (CLIENT, Some(request), _) => (&mut request.complete, &mut request.weirds, request.body.coded_bytes),
            (SERVER, _, Some(response)) => (&mut response.complete, &mut response.weirds, response.body.coded_bytes),
            _ => {
                *has_ended = true;
                return;
            }
        };
        if !*has_ended {
            *complete = is_whole;
            if is_whole && (has_body || side == CLIENT) && expected.is_some_and(|expected| expected != bytes) {
                weirds.insert(Weird::H2ClMismatch);
            }
        }
        *has_ended = true;
    }

    /// The oddities of a side's message, where it is there.
    pub fn weirds(&mut self, side: usize) -> Option<&mut WeirdSet> {
        match side {
            CLIENT => self.request.as_mut().map(|request| &mut request.weirds),
            _ => self.response.as_mut().map(|response| &mut response.weirds),
        }
    }
}

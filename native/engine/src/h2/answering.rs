//! Blocks of a server that may be the head of an answer: where `:status` is not known, what else is known of them has to tell.

use super::hearing::Hearing;
use super::stream::Side;
use super::{CLIENT, SERVER, State, give_place};
use crate::message::Response;
use tapistry_http::h2::{Block, BlockEnd};

/// What a block is.
#[derive(PartialEq, Eq)]
enum What {
    /// The head of the final response, as far as anybody knows.
    Final,
    /// That of one before it (RFC 9113 §8.1).
    Interim,
    /// Trailers.
    Trailers,
    /// Nobody knows, or trailers of a response that was not seen.
    Nothing,
}

impl Hearing<'_> {
    /// A block of a stream of which no response is known for sure.
    pub(super) fn answer(&mut self, response: Box<Response>, block: Block, end: BlockEnd) {
        match self.what_is(block, end) {
            What::Final => {
                self.forget_interim(block);
                self.response(response, block);
            }
            What::Interim => {
                self.forget_interim(block);
                self.drop(response, block);
            }
            What::Trailers => {
                if let Some(stream) = self.state.streams.get_mut(&block.stream)
                    && let Some(known) = &mut stream.response
                {
                    known.grpc_status = response.grpc_status.or(known.grpc_status);
                    known.weirds.extend(self.state.reading.weirds);
                }
                self.worker.drop_response(response);
            }
            What::Nothing => self.drop(response, block),
        }
    }

    fn what_is(&self, block: Block, end: BlockEnd) -> What {
        let reading = &self.state.reading;
        if let Some(status) = reading.status {
            return if status < 200 { What::Interim } else { What::Final };
        }
        let stream = self.state.streams.get(&block.stream);
        let may_have_status = reading.has_status || (end.is_partial && (reading.begins_unknown || !reading.has_begun));
        // Trailers end their stream, and interim responses do not.
        if may_have_status && (reading.has_status || !end.ends_stream) {
            return What::Final;
        }
        if stream.is_some_and(|stream| stream.response.is_some()) {
            return What::Trailers;
        }
        // Where nothing of the server may have gone by since it was asked, the first that it says is its answer.
        let is_first = stream.is_some_and(|stream| {
            let Side { has_gap, has_strays, losses, .. } = stream.sides[SERVER];
            stream.request.is_some() && losses == self.state.losses[SERVER] && !has_gap && !has_strays
        });
        if may_have_status && (reading.is_head || is_first) { What::Final } else { What::Nothing }
    }

    /// What was heard before the head of a response was that of an interim one.
    fn forget_interim(&mut self, block: Block) {
        let Some(mut interim) = self.state.streams.get_mut(&block.stream).and_then(|stream| stream.response.take()) else { return };
        self.state.reading.weirds.extend(interim.weirds);
        give_place(&mut interim, self.worker);
        self.worker.drop_response(interim);
    }

    /// The head of a final response.
    fn response(&mut self, mut response: Box<Response>, block: Block) {
        let State { reading, streams, weirds, losses, begun, .. } = &mut *self.state;
        reading.seal_response(&mut response);
        response.weirds.extend(std::mem::take(&mut reading.weirds));
        response.weirds.extend(std::mem::take(weirds));
        let stream = streams.entry(block.stream).or_default();
        if stream.request.is_none() {
            response.place = self.worker.begin(begun[SERVER].unwrap_or(*self.at).packet);
        }
        stream.sides[SERVER] = Side { expected: reading.expected, losses: losses[SERVER], ..Side::default() };
        stream.deflate = reading.deflate;
        stream.response = Some(response);
        self.state.weigh(block.stream);
        self.state.go_over(block.stream, self.at, self.worker);
    }

    fn drop(&mut self, response: Box<Response>, block: Block) {
        if let Some(weirds) = self.state.streams.get_mut(&block.stream).and_then(|stream| stream.weirds(CLIENT)) {
            weirds.extend(self.state.reading.weirds);
        }
        self.worker.drop_response(response);
    }
}

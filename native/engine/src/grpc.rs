//! What is known of the messages of gRPC in a body, and how they are opened for their digest.

use crate::body::Content;
use tapistry_http::coding::{Coding, Decoder, Limits};
use tapistry_http::grpc::{Base64, Framing, Messages, messages, status_in};
use tapistry_wire::weird::Weird;

/// Bytes of trailers, inflated, in which the status is looked for.
const TRAILERS_BYTES_MAX: usize = 4096;

/// Of one body.
#[derive(Debug)]
pub struct Grpc {
    /// Counted as they come; missing where only a coding is named.
    pub messages: Option<Messages>,
    /// Of compressed messages.
    pub coding: Coding,
}

impl Default for Grpc {
    fn default() -> Self {
        Grpc { messages: None, coding: Coding::Identity }
    }
}

impl Grpc {
    /// The status in trailers of gRPC-Web, which may be compressed as messages are.
    pub fn status(&self) -> Option<u32> {
        let (trailers, is_compressed) = self.messages.as_ref()?.trailers();
        if !is_compressed {
            return status_in(trailers);
        }
        let mut opened = Vec::new();
        let take = &mut |piece: &[u8]| {
            opened.extend_from_slice(&piece[..piece.len().min(TRAILERS_BYTES_MAX - opened.len())]);
            opened.len() < TRAILERS_BYTES_MAX
        };
        Decoder::default().decode(&[self.coding], trailers, &Limits::default(), take);
        status_in(&opened)
    }

    /// Undoes base64 and the compression of messages in what is digested; sizes and hashes stay those of the body as sent.
    pub fn open(&self, complete: bool, content: &mut Content, decoder: &mut Decoder, bytes_max: usize) {
        let Some(counted) = &self.messages else { return };
        if complete && counted.is_cut() {
            content.weirds.insert(Weird::GrpcPrefixLost);
        }
        if counted.framing() == Framing::Text {
            let mut decoded = Vec::with_capacity(content.prefix.len() / 4 * 3);
            Base64::default().decode(&content.prefix, &mut decoded);
            content.prefix = decoded;
        }
        if counted.compressed() == 0 {
            return;
        }
        let (mut opened, mut message) = (Vec::new(), Vec::new());
        for (is_compressed, bytes) in messages(&content.prefix) {
            message.clear();
            let room = bytes_max.saturating_sub(opened.len());
            let is_whole = if is_compressed {
                let take = &mut |piece: &[u8]| {
                    message.extend_from_slice(&piece[..piece.len().min(room.saturating_sub(message.len()))]);
                    message.len() < room
                };
                let outcome = decoder.decode(&[self.coding], bytes, &Limits::default(), take);
                content.weirds.extend(outcome.weirds);
                outcome.complete && self.coding != Coding::Identity
            } else {
                message.extend_from_slice(bytes);
                true
            };
            if is_whole && message.len() <= room {
                opened.push(0);
                opened.extend_from_slice(&(message.len() as u32).to_be_bytes());
                opened.extend_from_slice(&message);
            } else if message.len() >= room {
                content.weirds.insert(Weird::DigestLimit);
            }
        }
        content.prefix = opened;
    }
}

/// The name of the fact that a call ended with a status (gRPC, "Status codes").
pub fn status_fact(status: u32) -> &'static str {
    const NAMES: [&str; 17] = [
        "fact.grpc_status.ok",
        "fact.grpc_status.cancelled",
        "fact.grpc_status.unknown",
        "fact.grpc_status.invalid_argument",
        "fact.grpc_status.deadline_exceeded",
        "fact.grpc_status.not_found",
        "fact.grpc_status.already_exists",
        "fact.grpc_status.permission_denied",
        "fact.grpc_status.resource_exhausted",
        "fact.grpc_status.failed_precondition",
        "fact.grpc_status.aborted",
        "fact.grpc_status.out_of_range",
        "fact.grpc_status.unimplemented",
        "fact.grpc_status.internal",
        "fact.grpc_status.unavailable",
        "fact.grpc_status.data_loss",
        "fact.grpc_status.unauthenticated",
    ];
    NAMES.get(status as usize).copied().unwrap_or("fact.grpc_status.other")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 40 times `x`, as gzip.
    const CODED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xa8\x20\x0e\x00\x00\xf0\x71\x1a\xc4\x28\x00\x00\x00";

    #[test]
    fn messages_beyond_the_bound_are_said() {
        let body = [&[1, 0, 0, 0, CODED.len() as u8][..], CODED].concat();
        for (bytes_max, length, is_beyond) in [(100, 45, false), (30, 0, true)] {
            let mut messages = Messages::new(Framing::Binary);
            messages.feed(&body);
            let grpc = Grpc { messages: Some(messages), coding: Coding::named(b"gzip") };
            let mut content = Content::default();
            content.prefix.extend_from_slice(&body);
            grpc.open(true, &mut content, &mut Decoder::default(), bytes_max);
            assert_eq!((content.prefix.len(), content.weirds.contains(Weird::DigestLimit)), (length, is_beyond), "{bytes_max}");
        }
    }
}

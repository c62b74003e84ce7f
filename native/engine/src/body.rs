//! The payload of one message: counted, hashed where asked for, kept up to a bound for its digest.

use crate::budget::Budget;
use crate::grpc::Grpc;
use sha2::{Digest as _, Sha256};
use tapistry_digest::body::{MediaKind, media_kind};
use tapistry_digest::operation::RAW_GRAPHQL;
use tapistry_http::coding::{Coding, Codings, Decoder, Limits as CodingLimits, StreamDecoder};
use tapistry_http::grpc::{Framing, Messages};
use tapistry_wire::weird::{Weird, WeirdSet};

/// Bytes of a payload as they come, content coding not undone yet.
#[derive(Debug, Default)]
pub struct Body {
    /// Whether the body is known at all; a log may not have it.
    pub known: bool,
    /// Payload bytes, content coding not undone.
    pub coded_bytes: u64,
    codings: Option<Codings>,
    kept: Vec<u8>,
    reserved: usize,
    cut: bool,
    /// Of a media type that nothing is read of.
    is_opaque: bool,
    sha: Option<Sha256>,
    stream: Option<Box<Streamed>>,
    grpc: Option<Box<Grpc>>,
}

/// Room that a pooled body keeps: there are thousands, and most stay small.
const POOLED_BYTES_MAX: usize = 4096;

/// Room that the content at hand keeps.
const POOLED_CONTENT_BYTES_MAX: usize = 64 << 10;

/// What a decoder takes that goes on piece by piece, its window included.
const DECODER_BYTES: usize = 64 << 10;

/// A coded body that outgrew what is kept: decoded as it comes from there on.
#[derive(Debug)]
struct Streamed {
    decoder: StreamDecoder,
    content: Content,
    digested_bytes_max: usize,
}

impl Streamed {
    /// Decodes the next bytes; tells how many came to be digested.
    fn feed(&mut self, bytes: &[u8]) -> usize {
        let Streamed { decoder, content, digested_bytes_max } = self;
        let before = content.prefix.len();
        decoder.feed(bytes, &mut |piece| content.push(piece, *digested_bytes_max));
        content.prefix.len() - before
    }
}

/// What decoding gave.
#[derive(Debug, Default)]
pub struct Content {
    /// Decoded bytes in all.
    pub bytes: u64,
    /// First 16 hex digits of SHA-256 over all of them, where digests are on and there are any.
    pub sha: Option<String>,
    /// Whether `prefix` holds all of it.
    pub whole: bool,
    /// Whether the codings were undone to the end.
    pub decoded: bool,
    /// What was odd in the coding.
    pub weirds: WeirdSet,
    pub(crate) prefix: Vec<u8>,
    hash: Option<Sha256>,
}

/// What a body needs from its worker.
#[derive(Debug)]
pub struct BodyCx<'a> {
    /// Bytes kept, before decoding.
    pub kept_bytes_max: usize,
    /// Bytes digested, after decoding.
    pub digested_bytes_max: usize,
    /// Whether whole bodies are hashed.
    pub digests: bool,
    /// The engine's share of memory for bodies.
    pub budget: &'a Budget,
}

impl Body {
    /// Nothing kept; the buffer stays unless it is large.
    pub fn clear(&mut self) {
        let Body { known, coded_bytes, codings, kept, reserved, cut, is_opaque, sha, stream, grpc } = self;
        (*known, *coded_bytes, *reserved, *cut, *is_opaque) = (false, 0, 0, false, false);
        (*codings, *sha, *stream, *grpc) = (None, None, None, None);
        kept.clear();
        if kept.capacity() > POOLED_BYTES_MAX {
            kept.shrink_to(POOLED_BYTES_MAX);
        }
    }

    /// A message with a head was read: its body is known from here on.
    pub fn begin(&mut self, codings: Codings) {
        self.known = true;
        self.codings = Some(codings);
    }

    /// Takes the media type: that of gRPC says that there are messages in the body, that of a picture that nothing is.
    pub fn typed(&mut self, content_type: &[u8]) {
        let (essence, kind) = media_kind(content_type);
        self.is_opaque = kind == MediaKind::Opaque && essence != RAW_GRAPHQL;
        if let Some(framing) = Framing::of(content_type) {
            self.grpc.get_or_insert_default().messages = Some(Messages::new(framing));
        }
    }

    /// How compressed messages of gRPC are (`grpc-encoding`).
    pub fn message_coding(&mut self, name: &[u8]) {
        self.grpc.get_or_insert_default().coding = Coding::named(name.trim_ascii());
    }

    /// The messages of gRPC.
    pub fn messages(&self) -> Option<&Messages> {
        self.grpc.as_ref()?.messages.as_ref()
    }

    /// The status of gRPC that stands in the body, as that of gRPC-Web does.
    pub fn grpc_status(&self) -> Option<u32> {
        self.grpc.as_ref()?.status()
    }

    /// The body is known and not coded.
    pub fn begin_plain(&mut self) {
        self.known = true;
    }

    /// Only the size is known, as in a log: nothing to digest.
    pub fn begin_sized(&mut self, bytes: u64) {
        self.known = true;
        self.coded_bytes = bytes;
        self.cut = true;
    }

    /// Takes the next payload bytes.
    pub fn push(&mut self, bytes: &[u8], cx: &BodyCx<'_>) {
        self.coded_bytes += bytes.len() as u64;
        if let Some(grpc) = &mut self.grpc
            && let Some(messages) = &mut grpc.messages
        {
            messages.feed(bytes);
        }
        if let Some(stream) = &mut self.stream {
            let taken = stream.feed(bytes);
            return self.keep_streamed(taken, cx);
        }
        let identity = !self.is_coded();
        if cx.digests && identity {
            self.sha.get_or_insert_default().update(bytes);
        }
        if identity && self.is_opaque {
            return;
        }
        let room = cx.kept_bytes_max.saturating_sub(self.kept.len());
        if bytes.len() <= room && !self.cut && self.reserve(bytes.len(), cx.budget) {
            self.kept.extend_from_slice(bytes);
        } else if identity || (self.kept.is_empty() && self.cut) {
            self.cut = true;
        } else {
            self.outgrow(bytes, cx);
        }
    }

    /// No more bytes come: what is kept no longer counts among the bodies that are being read.
    pub fn close(&mut self, budget: &Budget) {
        budget.give_back(std::mem::take(&mut self.reserved));
    }

    /// Bytes that are in memory.
    pub fn held_bytes(&self) -> usize {
        self.kept.len() + self.stream.as_ref().map_or(0, |stream| stream.content.prefix.len())
    }

    /// Undoes the content coding into `content`; the body is empty afterwards. `complete` says whether every byte was seen.
    pub fn finish(&mut self, complete: bool, decoder: &mut Decoder, content: &mut Content, cx: &BodyCx<'_>) {
        content.clear();
        if self.kept.is_empty() && self.stream.is_none() && self.codings.is_none() {
            // Nothing was seen but perhaps a size.
            content.bytes = self.coded_bytes;
            content.whole = complete && !self.cut;
            return;
        }
        if let Some(mut stream) = self.stream.take() {
            let Streamed { decoder, content: streamed, digested_bytes_max } = &mut *stream;
            let outcome = decoder.finish(complete, &mut |piece| streamed.push(piece, *digested_bytes_max));
            streamed.decoded = outcome.complete;
            streamed.whole &= outcome.complete && complete;
            streamed.weirds.extend(outcome.weirds);
            std::mem::swap(content, streamed);
        } else if !self.is_coded() {
            content.bytes = self.coded_bytes;
            content.whole = complete && !self.cut;
            content.hash = self.sha.take();
            std::mem::swap(&mut content.prefix, &mut self.kept);
            content.prefix.truncate(cx.digested_bytes_max);
        } else {
            content.hash = cx.digests.then(Sha256::new);
            let outcome = decoder.decode(self.codings(), &self.kept, &CodingLimits::default(), &mut |piece| content.push(piece, cx.digested_bytes_max));
            content.decoded = outcome.complete;
            content.whole &= outcome.complete && complete && !self.cut;
            content.weirds.extend(outcome.weirds);
        }
        content.weirds.extend(self.codings.map(|codings| codings.weirds()).unwrap_or_default());
        content.decoded &= !content.weirds.contains(Weird::CodingLayers);
        if let Some(grpc) = &self.grpc {
            grpc.open(complete, content, decoder, cx.digested_bytes_max);
        }
        content.seal();
    }

    /// What is kept of it as it was sent, and whether that is all.
    pub fn kept(&self) -> (&[u8], bool) {
        (&self.kept, !self.cut)
    }

    /// Undoes the coding of its first bytes, `most` at most, into `out`, and says whether these are all.
    pub fn peek(&self, decoder: &mut Decoder, most: usize, out: &mut Vec<u8>) -> bool {
        out.clear();
        let mut is_cut = self.cut || self.stream.is_some();
        if let Some(stream) = &self.stream {
            let prefix = &stream.content.prefix;
            out.extend_from_slice(&prefix[..prefix.len().min(most)]);
        } else if !self.kept.is_empty() {
            let take = &mut |piece: &[u8]| {
                let room = most - out.len();
                out.extend_from_slice(&piece[..piece.len().min(room)]);
                is_cut |= piece.len() > room;
                piece.len() <= room
            };
            let outcome = decoder.decode(self.codings(), &self.kept, &CodingLimits::default(), take);
            return outcome.complete && !is_cut;
        }
        !is_cut
    }

    /// Whether the message names a content coding.
    pub fn is_coded(&self) -> bool {
        self.codings().iter().any(|coding| *coding != Coding::Identity)
    }

    fn codings(&self) -> &[Coding] {
        self.codings.as_ref().map_or(&[], Codings::as_slice)
    }

    fn reserve(&mut self, bytes: usize, budget: &Budget) -> bool {
        let granted = budget.take(bytes);
        if granted {
            self.reserved += bytes;
        }
        granted
    }

    /// Decodes what was kept and goes on piece by piece, so that length and hash stay exact.
    fn outgrow(&mut self, bytes: &[u8], cx: &BodyCx<'_>) {
        if !self.reserve(DECODER_BYTES, cx.budget) {
            self.cut = true;
            return;
        }
        let mut stream = Box::new(Streamed {
            decoder: StreamDecoder::new(self.codings(), &CodingLimits::default()),
            content: Content { whole: true, decoded: true, hash: cx.digests.then(Sha256::new), ..Content::default() },
            digested_bytes_max: cx.digested_bytes_max,
        });
        let taken = stream.feed(&self.kept) + stream.feed(bytes);
        self.kept = Vec::new();
        cx.budget.give_back(std::mem::replace(&mut self.reserved, DECODER_BYTES) - DECODER_BYTES);
        self.stream = Some(stream);
        self.keep_streamed(taken, cx);
    }

    /// Takes room for what has come to be digested; where there is none, that is all of it.
    fn keep_streamed(&mut self, taken: usize, cx: &BodyCx<'_>) {
        if taken > 0
            && !self.reserve(taken, cx.budget)
            && let Some(stream) = &mut self.stream
        {
            let before = stream.content.prefix.len() - taken;
            stream.content.prefix.truncate(before);
            stream.content.prefix.shrink_to_fit();
            (stream.digested_bytes_max, stream.content.whole) = (before, false);
        }
    }
}

impl Content {
    /// The first decoded bytes, as many as are digested.
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Ready for the next body, buffer kept unless it is large.
    pub fn clear(&mut self) {
        let Content { bytes, sha, whole, decoded, weirds, prefix, hash } = self;
        (*bytes, *sha, *whole, *decoded, *hash) = (0, None, true, true, None);
        *weirds = WeirdSet::default();
        prefix.clear();
        if prefix.capacity() > POOLED_CONTENT_BYTES_MAX {
            prefix.shrink_to(POOLED_CONTENT_BYTES_MAX);
        }
    }

    fn push(&mut self, piece: &[u8], most: usize) -> bool {
        self.bytes += piece.len() as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(piece);
        }
        let room = most.saturating_sub(self.prefix.len());
        self.prefix.extend_from_slice(&piece[..piece.len().min(room)]);
        self.whole &= piece.len() <= room;
        true
    }

    fn seal(&mut self) {
        if let Some(hash) = self.hash.take()
            && self.bytes > 0
        {
            self.sha = Some(crate::hex::first16(&hash.finalize()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, BodyCx, Content};
    use crate::budget::Budget;
    use tapistry_http::coding::{Codings, Decoder};

    #[test]
    fn what_nothing_is_read_of_is_counted_and_not_kept() {
        let budget = Budget::new(1 << 20);
        let cx = BodyCx { kept_bytes_max: 1 << 20, digested_bytes_max: 1 << 20, digests: true, budget: &budget };
        for (content_type, held_bytes) in
            [("image/png", 0), ("application/json", 5), ("text/plain", 5), ("application/octet-stream", 0), ("application/graphql", 5)]
        {
            let (mut body, mut content) = (Body::default(), Content::default());
            body.begin(Codings::none());
            body.typed(content_type.as_bytes());
            body.push(b"12345", &cx);
            assert_eq!(body.held_bytes(), held_bytes, "{content_type}");
            body.finish(true, &mut Decoder::default(), &mut content, &cx);
            assert_eq!((content.bytes, content.whole, content.sha.as_deref()), (5, true, Some("5994471abb01112a")), "{content_type}");
        }
    }
}

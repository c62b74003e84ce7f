//! The state that all flows of one worker share: what ends up there is merged or written, and nothing raw leaves it.

use crate::body::{BodyCx, Content};
use crate::codec::Encoder;
use crate::counters::Counters;
use crate::credentials::Credentials;
use crate::head::network_of;
use crate::line::{LineFacts, shown_method, write_line};
use crate::message::{Request, Response};
use crate::observation::Observation;
use crate::observe::{Found, count, latency_us, observe_request, observe_response};
use crate::order::Ordered;
use crate::settings::{Mode, Settings};
use crate::table::{KeyParts, Table};
use crate::visibility::Visibility;
use std::net::SocketAddr;
use std::sync::Arc;
use tapistry_digest::body::media_kind;
use tapistry_digest::classes::ClassSet;
use tapistry_http::coding::Decoder;
use tapistry_wire::weird::Weird;

/// One worker's tables, pools and counters.
#[derive(Debug)]
pub struct Worker {
    /// Fixed over the run.
    pub settings: Arc<Settings>,
    /// Per service.
    pub visibility: Visibility,
    /// Engine-wide counters that are not kept elsewhere.
    pub counters: Counters,
    /// Packets of known content are read to rebuild state, but nothing of them is counted again.
    pub muted: bool,
    /// Remembers what credentials said.
    pub credentials: Credentials,
    table: Table,
    ordered: Ordered,
    lines: Vec<u8>,
    decoder: Decoder,
    contents: [Content; 2],
    #[allow(clippy::vec_box, reason = "they travel as boxes")]
    requests: Vec<Box<Request>>,
    #[allow(clippy::vec_box, reason = "they travel as boxes")]
    responses: Vec<Box<Response>>,
    places: u64,
    exchanges: u64,
}

/// Where an exchange is from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// 0 packets, 1 logs.
    pub source: u8,
    /// Client and server, where known.
    pub flow: Option<(SocketAddr, SocketAddr)>,
    /// Outside in.
    pub vlans: &'a [u16],
    /// Echoed, NDJSON input only.
    pub id: Option<&'a str>,
    /// The service of a response without a request.
    pub service: &'a str,
}

const POOLED_MAX: usize = 4096;

impl Worker {
    /// Nothing seen.
    pub fn new(settings: Arc<Settings>) -> Self {
        let ordered = Ordered::new(settings.limits.ordered_max);
        Worker {
            settings,
            visibility: Visibility::default(),
            counters: Counters::default(),
            muted: false,
            credentials: Credentials::default(),
            table: Table::default(),
            ordered,
            lines: Vec::new(),
            decoder: Decoder::default(),
            contents: Default::default(),
            requests: Vec::new(),
            responses: Vec::new(),
            places: 0,
            exchanges: 0,
        }
    }

    /// An empty request, from the pool where there is one.
    pub fn new_request(&mut self, packet: u64) -> Box<Request> {
        let mut request = self.requests.pop().unwrap_or_default();
        request.place = self.begin(packet);
        request
    }

    /// An empty response; one that answers a known request takes no place in the order of lines.
    pub fn new_response(&mut self) -> Box<Response> {
        self.responses.pop().unwrap_or_default()
    }

    /// A place in the order of lines for what began in `packet`.
    pub fn begin(&mut self, packet: u64) -> (u64, u64) {
        self.places += 1;
        let place = (packet, self.places);
        if self.settings.mode == Mode::Exchanges && !self.muted {
            self.ordered.begin(place);
        }
        place
    }

    /// Takes payload bytes of a message.
    pub fn push_body(&self, body: &mut crate::body::Body, bytes: &[u8]) {
        body.push(bytes, &body_cx(&self.settings));
    }

    /// An exchange is over: merges it or writes its line, and takes its parts back.
    pub fn emit(&mut self, origin: &Origin<'_>, request: Option<Box<Request>>, response: Option<Box<Response>>) {
        let (mut request, mut response) = (request, response);
        let Worker { settings, contents: [asked, answered], decoder, .. } = self;
        let cx = body_cx(settings);
        asked.clear();
        if let Some(request) = &mut request {
            request.body.finish(request.complete, decoder, asked, &cx);
        }
        answered.clear();
        if let Some(response) = &mut response {
            response.body.finish(response.complete, decoder, answered, &cx);
        }
        if !self.muted {
            self.exchanges += 1;
            self.observe(origin, request.as_deref(), response.as_deref());
        }
        if let Some(mut request) = request
            && self.requests.len() < POOLED_MAX
        {
            request.clear();
            self.requests.push(request);
        }
        if let Some(mut response) = response
            && self.responses.len() < POOLED_MAX
        {
            response.clear();
            self.responses.push(response);
        }
    }

    /// Takes a request back that is no exchange: of its head, which nothing answered, only a part was seen.
    pub fn forget(&mut self, request: Box<Request>) {
        self.count("http.headsCut", 1);
        self.give_up(request.place);
        if self.requests.len() < POOLED_MAX {
            let mut request = request;
            request.clear();
            self.requests.push(request);
        }
    }

    /// What took a place in the order of lines needs none.
    pub fn give_up(&mut self, place: (u64, u64)) {
        let Worker { ordered, lines, .. } = self;
        ordered.forget(place, lines);
    }

    /// Raises an engine-wide counter, unless muted.
    pub fn count(&mut self, name: &str, count: u64) {
        if !self.muted {
            self.counters.add(name, count);
        }
    }

    /// Distinct observation keys that wait.
    pub fn observations(&self) -> usize {
        self.table.len()
    }

    /// Lines that wait, to be written out.
    pub fn take_lines(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.lines)
    }

    /// Bytes of lines that wait.
    pub fn lines_bytes(&self) -> usize {
        self.lines.len()
    }

    /// No exchange is open any more.
    pub fn finish(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        self.ordered.finish(&mut lines);
        self.lines = lines;
    }

    /// Everything merged so far; starts anew.
    pub fn drain(&mut self, encoder: &mut Encoder) {
        self.counters.add("http.exchangesSeen", std::mem::take(&mut self.exchanges));
        self.table.drain(encoder);
        for (service, counts) in self.visibility.take() {
            encoder.visibility(&service, &counts);
        }
        encoder.counters(&std::mem::take(&mut self.counters));
    }
}

impl Worker {
    fn observe(&mut self, origin: &Origin<'_>, request: Option<&Request>, response: Option<&Response>) {
        let Worker { settings, table, contents: [asked, answered], ordered, lines, visibility, .. } = self;
        let media = [
            request.map_or_else(|| media_kind(b""), |request| media_kind(request.bytes(&request.content_type))),
            response.map_or_else(|| media_kind(b""), |response| media_kind(response.content_type())),
        ];
        let service = request.map_or(origin.service, |request| &request.service);
        // Where only lines are wanted, what is observed is thrown away.
        let mut scratch;
        let observation = match settings.mode {
            Mode::Exchanges => {
                scratch = Box::new(Observation::default());
                &mut *scratch
            }
            Mode::Observations => table.of(
                &KeyParts {
                    source: origin.source,
                    service,
                    method: request.map_or("", |request| shown_method(request.bytes(&request.method))),
                    path: request.map_or("", |request| &request.shape.text),
                    status: response.map_or(0, |response| response.status),
                    request_media_type: &media[0].0,
                    response_media_type: &media[1].0,
                    has_credentials: request.is_some_and(|request| !request.auth.is_empty()),
                },
                settings,
            ),
        };
        let mut found = Found { classes: ClassSet::default(), weirds: asked.weirds };
        found.weirds.extend(answered.weirds);
        if let Some(request) = request {
            found.weirds.extend(request.weirds);
            observe_request(request, asked, media[0].1, observation, settings, &mut found);
        }
        if let Some(response) = response {
            found.weirds.extend(response.weirds);
            observe_response(response, answered, media[1].1, observation, settings, &mut found);
        }
        let missing = match (request, response) {
            (Some(_), None) => Some(Weird::Http1RequestUnpaired),
            (None, Some(_)) => Some(Weird::Http1ResponseUnpaired),
            _ => None,
        };
        if let Some(missing) = missing {
            found.weirds.insert(missing);
            if origin.source == 0 {
                let counts = visibility.of(service);
                counts.unpaired_requests += u64::from(response.is_none());
                counts.unpaired_responses += u64::from(request.is_none());
            }
        }
        if request.is_some_and(|request| !request.complete) || response.is_some_and(|response| !response.complete) {
            visibility.of(service).incomplete_messages += 1;
        }
        if settings.mode == Mode::Exchanges {
            let facts = LineFacts {
                id: origin.id,
                flow: origin.flow,
                vlans: origin.vlans,
                service,
                media_types: [&media[0].0, &media[1].0],
                classes: found.classes,
                weirds: found.weirds,
            };
            let mut line = Vec::with_capacity(512);
            write_line(&facts, request.map(|request| (request, &*asked)), response.map(|response| (response, &*answered)), settings, &mut line);
            let place = request.map_or_else(|| response.map_or((0, 0), |response| response.place), |request| request.place);
            ordered.end(place, &line, lines);
            return;
        }
        observation.count += 1;
        if let Some((client, server)) = origin.flow {
            count(&mut observation.networks, network_of(client.ip(), server.ip()));
        }
        for weird in found.weirds.iter() {
            *observation.weirds.entry(weird).or_insert(0) += 1;
        }
        let time_ns = request.map_or_else(|| response.and_then(|response| response.time_ns), |request| request.time_ns);
        if let Some(time_ns) = time_ns {
            let time_ms = time_ns.div_euclid(1_000_000) as f64;
            let (first, last) = observation.seen_ms.unwrap_or((time_ms, time_ms));
            observation.seen_ms = Some((first.min(time_ms), last.max(time_ms)));
        }
        if let Some(latency_us) = latency_us(request, response) {
            observation.latency_us.observe(latency_us);
        }
    }
}

fn body_cx(settings: &Settings) -> BodyCx<'_> {
    BodyCx {
        kept_bytes_max: settings.limits.body_kept_bytes_max,
        digested_bytes_max: settings.limits.body_digested_bytes_max,
        digests: settings.digests,
        budget: &settings.bodies,
    }
}

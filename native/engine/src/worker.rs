//! The state that all flows of one worker share: what ends up there is merged or written, and nothing raw leaves it.

mod going_on;

use crate::backlog::Backlog;
use crate::body::{BodyCx, Content};
use crate::codec::Encoder;
use crate::counters::Counters;
use crate::exchange::Exchange;
use crate::head::network_of;
use crate::limits::Limits;
use crate::line::{LineFacts, string, write_line};
use crate::message::{Request, Response};
use crate::observation::Observation;
use crate::observe::observe;
use crate::operation::find_operation;
use crate::order::Ordered;
use crate::remembered::Remembered;
use crate::settings::{Mode, Settings};
use crate::table::Table;
use crate::visibility::{ServiceCounts, Visibility};
use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use tapistry_http::coding::Decoder;
use tapistry_wire::link::LayerSet;

/// One worker's tables, pools and counters.
#[derive(Debug)]
pub struct Worker {
    /// Fixed over the run.
    pub settings: Arc<Settings>,
    /// Per service.
    pub visibility: Visibility,
    /// Engine-wide counters that are not kept elsewhere, since the last batch.
    pub counters: Counters,
    /// The same in all batches before.
    counted: Counters,
    /// Packets of known content are read to rebuild state, but nothing of them is counted again.
    pub muted: bool,
    /// The table is full and cannot go up now: exchanges that would make it grow are counted as `limits.exchangesShed` and forgotten.
    pub is_shedding: bool,
    /// What heads say again and again.
    pub remembered: Remembered,
    table: Table,
    backlog: Backlog,
    ordered: Ordered,
    lines: Vec<u8>,
    decoder: Decoder,
    contents: [Content; 2],
    #[allow(clippy::vec_box, reason = "they travel as boxes")]
    requests: Vec<Box<Request>>,
    #[allow(clippy::vec_box, reason = "they travel as boxes")]
    responses: Vec<Box<Response>>,
    /// Bytes that may be kept of what may come again in bodies, until the table goes up.
    room: Cell<usize>,
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
    /// Around the first packet of the flow.
    pub layers: LayerSet,
    /// Echoed, NDJSON input only.
    pub id: Option<&'a str>,
    /// The service of a response without a request.
    pub service: &'a str,
    /// What is shown of the TLS around it, as JSON.
    pub tls: Option<&'a str>,
}

const POOLED_MAX: usize = 4096;

impl Worker {
    /// Nothing seen.
    pub fn new(settings: Arc<Settings>) -> Self {
        let (ordered, remembered, room) = (Ordered::new(settings.limits.ordered_max), Remembered::new(&settings), Cell::new(settings.limits.repeats_bytes_max));
        Worker {
            settings,
            visibility: Visibility::default(),
            counters: Counters::default(),
            counted: Counters::default(),
            muted: false,
            is_shedding: false,
            remembered,
            table: Table::default(),
            backlog: Backlog::default(),
            ordered,
            lines: Vec::new(),
            decoder: Decoder::default(),
            contents: Default::default(),
            requests: Vec::new(),
            responses: Vec::new(),
            room,
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

    /// An exchange is over: it waits to be merged with others of its kind, or its line is written.
    pub fn emit(&mut self, origin: &Origin<'_>, mut request: Option<Box<Request>>, mut response: Option<Box<Response>>) {
        let budget = &self.settings.bodies;
        request.iter_mut().for_each(|request| request.body.close(budget));
        response.iter_mut().for_each(|response| response.body.close(budget));
        if self.muted {
            return self.recycle(request, response);
        }
        self.exchanges += 1;
        let network = origin.flow.map(|(client, server)| network_of(client.ip(), server.ip()));
        let mut exchange = Exchange::new(origin.source, network, origin.service, request, response);
        exchange.name_call();
        exchange.operation = find_operation(&exchange, &mut self.decoder);
        if exchange.operation.as_ref().is_some_and(|operation| operation.is_limited) {
            self.count("limits.operationsUnread", 1);
        }
        self.see(&exchange);
        match self.settings.mode {
            Mode::Exchanges => self.write(origin, exchange),
            Mode::Observations => {
                if self.is_shedding && self.table.find_known(&exchange.key(), &self.settings).is_none() {
                    self.count("limits.exchangesShed", 1);
                    self.count("limits.lawLost", 1);
                    return self.recycle(exchange.request, exchange.response);
                }
                let place = self.table.find(&exchange.key(), &self.settings);
                if !exchange.has_bodies() {
                    // Little is looked at of the summary: waiting would cost more than it saves.
                    return self.merge(place, exchange);
                }
                self.backlog.push(place, exchange);
                let Limits { backlog_max, backlog_bytes_max, .. } = self.settings.limits;
                if self.backlog.len() >= backlog_max || self.backlog.bytes() >= backlog_bytes_max {
                    self.observe();
                }
            }
        }
    }

    /// Takes a request back that is no exchange: of its head, which nothing answered, only a part was seen.
    pub fn forget(&mut self, request: Box<Request>) {
        self.count("http.headsCut", 1);
        self.give_up(request.place);
        self.recycle(Some(request), None);
    }

    /// Takes a request back of which nothing is to be told.
    pub fn drop_request(&mut self, mut request: Box<Request>) {
        request.body.close(&self.settings.bodies);
        self.give_up(request.place);
        self.recycle(Some(request), None);
    }

    /// The same for a response.
    pub fn drop_response(&mut self, mut response: Box<Response>) {
        response.body.close(&self.settings.bodies);
        self.recycle(None, Some(response));
    }

    /// A line of the input is no exchange: where it is asked for, a line says why. `reason` is a published name, `id` that of the line.
    pub fn reject(&mut self, line: u64, reason: &str, id: Option<&str>) {
        if self.settings.rejections && self.settings.mode == Mode::Exchanges {
            let place = self.begin(line);
            let mut out = format!(",\"rejected\":\"{reason}\",\"id\":").into_bytes();
            match id {
                Some(id) => string(id, &mut out),
                None => out.extend_from_slice(b"null"),
            }
            out.push(b'}');
            self.ordered.end(place, &out, &mut self.lines);
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

    /// All counters over the whole run.
    pub fn totals(&mut self) -> Counters {
        self.counters.add("http.exchangesSeen", std::mem::take(&mut self.exchanges));
        self.counted.extend(&std::mem::take(&mut self.counters));
        std::mem::take(&mut self.counted)
    }

    /// Everything merged so far; starts anew.
    pub fn drain(&mut self, encoder: &mut Encoder) {
        self.observe();
        self.counters.add("http.exchangesSeen", std::mem::take(&mut self.exchanges));
        self.counted.extend(&self.counters);
        self.table.drain(encoder, &self.settings);
        self.room.set(self.settings.limits.repeats_bytes_max);
        for (service, counts) in self.visibility.take() {
            encoder.visibility(&service, &counts);
        }
        encoder.counters(&std::mem::take(&mut self.counters));
    }
}

impl Worker {
    /// Merges the exchanges that wait.
    fn observe(&mut self) {
        let mut backlog = std::mem::take(&mut self.backlog);
        backlog.drain(|place, exchange| self.merge(place, exchange));
        self.backlog = backlog;
    }

    /// Adds an exchange to its summary.
    fn merge(&mut self, place: usize, mut exchange: Exchange) {
        self.decode(&mut exchange);
        observe(&exchange, &self.contents, self.table.at(place), &self.settings, Some(&self.room));
        self.recycle(exchange.request, exchange.response);
    }

    fn write(&mut self, origin: &Origin<'_>, mut exchange: Exchange) {
        self.decode(&mut exchange);
        let Worker { settings, contents, .. } = self;
        // What is observed is thrown away but for what stands in a line.
        let mut found = observe(&exchange, contents, &mut Observation::default(), settings, None);
        let socket = exchange.response.as_ref().and_then(|response| response.socket.as_deref());
        if let Some(socket) = socket {
            found.classes.extend(socket.classes);
        }
        let facts = LineFacts {
            id: origin.id,
            flow: origin.flow,
            vlans: origin.vlans,
            layers: origin.layers,
            service: exchange.service(),
            tls: origin.tls,
            media_types: [&exchange.media[0].0, &exchange.media[1].0],
            is_grpc: exchange.is_grpc(),
            operation: exchange.operation.as_deref().or(socket.and_then(|socket| socket.operation.as_deref())),
            classes: found.classes,
            weirds: found.weirds,
            socket,
        };
        let (request, response) = (exchange.request.as_deref(), exchange.response.as_deref());
        let mut line = Vec::with_capacity(512);
        write_line(&facts, request.map(|request| (request, &contents[0])), response.map(|response| (response, &contents[1])), settings, &mut line);
        let place = request.map_or_else(|| response.map_or((0, 0), |response| response.place), |request| request.place);
        self.ordered.end(place, &line, &mut self.lines);
        self.recycle(exchange.request, exchange.response);
    }

    /// Undoes the content codings of both bodies.
    fn decode(&mut self, exchange: &mut Exchange) {
        let Worker { settings, contents: [asked, answered], decoder, .. } = self;
        let cx = body_cx(settings);
        match &mut exchange.request {
            Some(request) => request.body.finish(request.complete, decoder, asked, &cx),
            None => asked.clear(),
        }
        match &mut exchange.response {
            Some(response) => response.body.finish(response.complete, decoder, answered, &cx),
            None => answered.clear(),
        }
    }

    /// Counts what could not be seen of an exchange: as one that is half, or else as one that is not whole.
    fn see(&mut self, exchange: &Exchange) {
        let Exchange { request, response, source, .. } = exchange;
        if request.as_ref().is_some_and(|request| request.is_given_up) {
            return;
        }
        let is_unpaired = *source == 0 && (request.is_none() || response.is_none());
        let is_whole = request.as_ref().is_none_or(|request| request.complete) && response.as_ref().is_none_or(|response| response.complete);
        let (name, of_service): (_, fn(&mut ServiceCounts) -> &mut u64) = match (is_unpaired, response.is_none()) {
            (true, true) => ("http.unpairedRequests", |counts| &mut counts.unpaired_requests),
            (true, false) => ("http.unpairedResponses", |counts| &mut counts.unpaired_responses),
            _ if is_whole => return,
            _ => ("http.incompleteExchanges", |counts| &mut counts.incomplete_messages),
        };
        self.counters.add(name, 1);
        *of_service(self.visibility.of(exchange.service())) += 1;
    }

    fn recycle(&mut self, request: Option<Box<Request>>, response: Option<Box<Response>>) {
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
}

fn body_cx(settings: &Settings) -> BodyCx<'_> {
    BodyCx {
        kept_bytes_max: settings.limits.body_kept_bytes_max,
        digested_bytes_max: settings.limits.body_digested_bytes_max,
        digests: settings.digests,
        budget: &settings.bodies,
    }
}

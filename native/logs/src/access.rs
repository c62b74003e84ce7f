//! JSON access logs: fields named as servers, proxies, gateways and clouds name them.

use std::borrow::Cow;

use crate::exchange::{bytes, lower, read_fields};
use crate::json::{Json, Kind};
use crate::parse::Scratch;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::target;
use crate::time::{self, DayCache};

pub(crate) mod table;

use table::{Product, Role, Slot};

/// Levels of objects in which fields are looked for; `httpRequest.requestUrl` is at two, ECS names go to four.
const DEPTH_MAX: u32 = 5;

/// Parses one object of an access log. Lines of other loggers in the same file have no method and are rejected as such.
pub fn parse<'a>(text: &'a str, scratch: &mut Scratch) -> Result<ExchangeRecord<'a>, Rejection> {
    let mut record = scratch.record();
    match parse_into(text, &mut record, scratch) {
        Ok(()) => Ok(record),
        Err(rejection) => {
            scratch.recycle(record);
            Err(rejection)
        }
    }
}

fn parse_into<'a>(text: &'a str, record: &mut ExchangeRecord<'a>, scratch: &mut Scratch) -> Result<(), Rejection> {
    let mut found = Found::of(record);
    let mut json = Json::new(text);
    found.object(&mut json, table::ROOT, 0, scratch)?;
    json.end()?;
    found.finish()
}

/// What the keys of a line gave so far. Several keys may tell the same thing: the lower rank wins, whatever their order.
pub(crate) struct Found<'r, 'a> {
    pub(crate) record: &'r mut ExchangeRecord<'a>,
    target: Option<(u8, Cow<'a, str>)>,
    line: Option<Cow<'a, str>>,
    query: Option<Cow<'a, str>>,
    duration: Option<(u8, Cow<'a, str>, Unit)>,
    product: Product,
    ranks: Ranks,
    /// Keys seen so far.
    place: usize,
}

/// Rank of what is in the record already, plus one; 0 where nothing is.
#[derive(Default)]
struct Ranks {
    host: u8,
    status: u8,
    time: u8,
    client: u8,
    request_bytes: u8,
    response_bytes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
    /// As the product has it, else by how the number is written.
    Guess,
}

impl<'r, 'a> Found<'r, 'a> {
    /// Nothing yet, in an empty record.
    pub(crate) fn of(record: &'r mut ExchangeRecord<'a>) -> Self {
        Self { record, target: None, line: None, query: None, duration: None, product: Product::default(), ranks: Ranks::default(), place: 0 }
    }

    fn object(&mut self, json: &mut Json<'a>, parent: u32, depth: u32, scratch: &mut Scratch) -> Result<(), Rejection> {
        let mut is_first = true;
        loop {
            let place = self.place;
            self.place += 1;
            let known = match scratch.keys.guess(place, parent) {
                Some((written, known)) if json.take_written(written) => {
                    if is_first {
                        json.enter()?;
                    }
                    known
                }
                _ => {
                    let from = json.at();
                    let is_over = if is_first { !json.open_object()? } else { !json.next_member()? };
                    if is_over {
                        return Ok(());
                    }
                    let key = json.key()?;
                    let is_field = parent == table::ROOT && field_name(&key).is_some();
                    let known = scratch.keys.learn(place, parent, &key, json.since(from), is_field);
                    if is_field && known.slot.is_none() {
                        is_first = false;
                        self.field(&key, json)?;
                        continue;
                    }
                    known
                }
            };
            is_first = false;
            match known.slot {
                Some(slot) => self.known(slot, known.hash, json, depth, scratch)?,
                None => {
                    self.record.unknown_keys = self.record.unknown_keys.saturating_add(1);
                    json.skip()?;
                }
            }
        }
    }

    #[inline]
    fn known(&mut self, slot: &'static Slot, hash: u32, json: &mut Json<'a>, depth: u32, scratch: &mut Scratch) -> Result<(), Rejection> {
        let kind = json.kind()?;
        if kind == Kind::Object && slot.is_group && depth < DEPTH_MAX {
            return self.object(json, table::below(hash), depth + 1, scratch);
        }
        if let Some(product) = slot.product {
            self.product = product;
        }
        match (kind, slot.role) {
            (Kind::Object, Role::RequestFields) => read_fields(json, &mut self.record.request_fields),
            (Kind::Object, Role::ResponseFields) => read_fields(json, &mut self.record.response_fields),
            (_, Role::UserObject) => {
                self.record.user |= !matches!(kind, Kind::Null | Kind::False);
                json.skip().map(drop)
            }
            (_, Role::Ignored | Role::Group) => json.skip().map(drop),
            (Kind::String, _) => {
                let text = json.string()?;
                if text.is_empty() || text == "-" { Ok(()) } else { self.value(slot, text, &mut scratch.days) }
            }
            (Kind::Number, _) => {
                let text = json.number()?;
                self.value(slot, Cow::Borrowed(text), &mut scratch.days)
            }
            _ => json.skip().map(drop),
        }
    }

    /// A header field in a key of its own.
    fn field(&mut self, key: &str, json: &mut Json<'a>) -> Result<(), Rejection> {
        let (Some((is_request, name)), Kind::String) = (field_name(key), json.kind()?) else {
            return json.skip().map(drop);
        };
        let value = json.string()?;
        if !value.is_empty() && value != "-" {
            let name = Cow::Owned(name.to_ascii_lowercase().replace('_', "-"));
            let fields = if is_request { &mut self.record.request_fields } else { &mut self.record.response_fields };
            fields.push((name, bytes(value)));
        }
        Ok(())
    }

    pub(crate) fn value(&mut self, slot: &'static Slot, text: Cow<'a, str>, days: &mut DayCache) -> Result<(), Rejection> {
        let (record, ranks, rank) = (&mut *self.record, &mut self.ranks, slot.rank);
        match slot.role {
            Role::Ignored | Role::Group | Role::RequestFields | Role::ResponseFields | Role::UserObject => {}
            Role::Method => record.method = text,
            Role::Target => {
                if self.target.as_ref().is_none_or(|(other, _)| rank < *other) {
                    self.target = Some((rank, text));
                }
            }
            Role::RequestLine => self.line = Some(text),
            Role::Protocol => record.protocol = target::protocol_of(text.as_bytes()),
            Role::Query => self.query = Some(text),
            Role::Status => {
                if wins(&mut ranks.status, rank) {
                    record.status = text.parse().ok().filter(|status| *status < 1_000).ok_or(Rejection::StatusBad)?;
                }
            }
            Role::Host => {
                if wins(&mut ranks.host, rank) {
                    record.host = Some(text);
                }
            }
            Role::Scheme => {
                let scheme = lower(text);
                if matches!(&*scheme, "http" | "https") {
                    record.scheme = Some(scheme);
                }
            }
            Role::Tls => {
                if record.scheme.is_none() && !matches!(&*text, "none" | "off" | "0") {
                    record.scheme = Some(Cow::Borrowed("https"));
                }
            }
            Role::Event if is_other_event(&text) => return Err(Rejection::OtherEvent),
            Role::Event => {}
            Role::Time => self.time(rank, &text, days),
            // `requestTime` is a time in AWS and a duration in nginx.
            Role::Duration(_) if text.as_bytes().contains(&b'/') => self.time(rank + 1, &text, days),
            Role::Duration(unit) => self.duration(rank, text, unit),
            Role::Client => {
                if wins(&mut ranks.client, rank) {
                    record.client = Some(without_port(bytes(text)));
                }
            }
            Role::User => record.user = true,
            Role::RequestBytes => {
                if let (Ok(size), true) = (text.parse(), wins(&mut ranks.request_bytes, rank)) {
                    record.request_bytes = Some(size);
                }
            }
            Role::ResponseBytes => {
                if let (Ok(size), true) = (text.parse(), wins(&mut ranks.response_bytes, rank)) {
                    record.response_bytes = Some(size);
                }
            }
            Role::UserAgent => record.user_agent = Some(bytes(text)),
            Role::RequestField(name) => record.request_fields.push((Cow::Borrowed(name), bytes(text))),
            Role::ResponseField(name) => record.response_fields.push((Cow::Borrowed(name), bytes(text))),
        }
        Ok(())
    }

    /// A time that cannot be read does no harm where another key has one.
    fn time(&mut self, rank: u8, text: &str, days: &mut DayCache) {
        if !rank_is_better(self.ranks.time, rank) {
            return;
        }
        if let Some(time_ns) = time::any(text, days) {
            self.ranks.time = rank + 1;
            self.record.time_ns = Some(time_ns);
        }
    }

    fn duration(&mut self, rank: u8, text: Cow<'a, str>, unit: Unit) {
        if self.duration.as_ref().is_some_and(|(other, ..)| *other <= rank) {
            return;
        }
        let units = [("ms", Unit::Milliseconds), ("us", Unit::Microseconds), ("µs", Unit::Microseconds), ("ns", Unit::Nanoseconds), ("s", Unit::Seconds)];
        let has_unit = !text.ends_with(|last: char| last.is_ascii_digit());
        let own = has_unit.then(|| units.into_iter().find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?.trim_end().len(), unit)))).flatten();
        let (length, unit) = own.unwrap_or((text.len(), unit));
        let number = match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..length]),
            Cow::Owned(mut text) => {
                text.truncate(length);
                Cow::Owned(text)
            }
        };
        self.duration = Some((rank, number, unit));
    }

    /// Puts together what depends on several keys.
    #[inline]
    pub(crate) fn finish(&mut self) -> Result<(), Rejection> {
        let record = &mut self.record;
        if let Some((_, number, unit)) = self.duration.take() {
            let per_unit_ms = match unit.settle(self.product, &number) {
                Unit::Seconds => 1e3,
                Unit::Microseconds => 1e-3,
                Unit::Nanoseconds => 1e-6,
                Unit::Milliseconds | Unit::Guess => 1.0,
            };
            record.duration_ms = number.parse::<f64>().ok().filter(|value| (0.0..1e18).contains(value)).map(|value| value * per_unit_ms);
        }
        // An address that is in a key of its own wins over an absolute target's.
        let host = record.host.take();
        let raw_target = self.target.take_if(|(rank, _)| self.line.is_none() || *rank == 0);
        match (raw_target, self.line.take()) {
            (Some((_, text)), _) => {
                if record.method.is_empty() {
                    return Err(Rejection::MethodMissing);
                }
                target::write(bytes(text), record)?;
            }
            (None, Some(line)) => target::write_request_line(bytes(line), record)?,
            (None, None) if record.method.is_empty() => return Err(Rejection::MethodMissing),
            (None, None) => return Err(Rejection::PathMissing),
        }
        if !target::is_method(record.method.as_bytes()) {
            return Err(Rejection::MethodBad);
        }
        record.host = host.or(record.host.take());
        if record.query.is_none() {
            record.query = self.query.take().map(|query| bytes(strip_mark(query)));
        }
        Ok(())
    }
}

impl Unit {
    fn settle(self, product: Product, number: &str) -> Self {
        match (self, product) {
            (Unit::Guess, Product::Traefik) => Unit::Nanoseconds,
            (Unit::Guess, Product::Caddy) => Unit::Seconds,
            (Unit::Guess, Product::Envoy) => Unit::Milliseconds,
            // Fractions of a second are the habit of nginx and its kin; whole numbers are milliseconds nearly everywhere else.
            (Unit::Guess, Product::Other) if number.contains('.') => Unit::Seconds,
            (Unit::Guess, Product::Other) => Unit::Milliseconds,
            (unit, _) => unit,
        }
    }
}

/// Whether Suricata's `event_type` is one that tells of an HTTP request which has a line of its own.
#[cold]
fn is_other_event(kind: &str) -> bool {
    matches!(kind, "alert" | "anomaly" | "dns" | "drop" | "fileinfo" | "flow" | "frame" | "netflow" | "packet" | "smtp" | "ssh" | "stats" | "tls")
}

/// The header field that a key names by its prefix, and whether it is the request's: `http_x_api_key` (nginx), `request_X-Api-Key` (Traefik).
fn field_name(key: &str) -> Option<(bool, &str)> {
    let prefixes = [("http_", true), ("request_", true), ("sent_http_", false), ("downstream_", false)];
    prefixes.into_iter().find_map(|(prefix, is_request)| Some((is_request, key.strip_prefix(prefix)?)))
}

#[inline]
fn rank_is_better(held: u8, rank: u8) -> bool {
    held == 0 || rank + 1 < held
}

#[inline]
fn wins(held: &mut u8, rank: u8) -> bool {
    let better = rank_is_better(*held, rank);
    if better {
        *held = rank + 1;
    }
    better
}

fn strip_mark(query: Cow<'_, str>) -> Cow<'_, str> {
    match query {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('?').unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text.strip_prefix('?').map(str::to_owned).unwrap_or(text)),
    }
}

/// An address without its port: `10.0.0.1:5000`, `[::1]:5000`; an IPv6 address without brackets has none.
fn without_port(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    // Loops over bytes: addresses are short.
    let position = |wanted: u8| text.iter().position(|byte| *byte == wanted);
    let range = match (text.starts_with(b"[").then(|| position(b']')).flatten(), position(b':')) {
        (Some(close), _) => 1..close,
        (None, Some(colon)) if !text[colon + 1..].contains(&b':') => 0..colon,
        _ => return text,
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
    }
}

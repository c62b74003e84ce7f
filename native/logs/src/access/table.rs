//! Which key of an access log means what. One row a name; adding a product's name is adding a row.
//!
//! Names are compared without case and without `_`, `-` and `@`, so that `request_method`, `requestMethod` and `RequestMethod` are one
//! row. A dot is a level: a row `request.method` fits the nested object and the flat key alike.

use std::sync::LazyLock;

use super::Unit;

/// What a value tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Known, and of no use here.
    Ignored,
    /// An object that holds fields of interest.
    Group,
    Method,
    /// Path, with or without query, or an absolute URL.
    Target,
    /// `GET /path HTTP/1.1`
    RequestLine,
    /// `HTTP/1.1`
    Protocol,
    Query,
    Status,
    Host,
    Scheme,
    /// A version or cipher of TLS: the scheme is `https`.
    Tls,
    /// What kind of event a line of a network monitor tells.
    Event,
    Time,
    Duration(Unit),
    Client,
    /// A name says that the client was authenticated.
    User,
    /// An object or a name says it.
    UserObject,
    RequestBytes,
    ResponseBytes,
    /// An object of header fields.
    RequestFields,
    ResponseFields,
    UserAgent,
    /// One header field.
    RequestField(&'static str),
    ResponseField(&'static str),
}

/// Whose units a bare `duration` has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Product {
    Traefik,
    Caddy,
    Envoy,
    #[default]
    Other,
}

/// What is known of a name.
#[derive(Debug)]
pub(crate) struct Slot {
    name: &'static str,
    parent: u32,
    pub role: Role,
    pub rank: u8,
    pub product: Option<Product>,
    /// Whether names below it are known.
    pub is_group: bool,
}

/// Hash of the place where an object starts that is the line itself.
pub(crate) const ROOT: u32 = 0x811c_9dc5;

/// Hash of a key (or dotted keys) in the object with the hash `parent`: FNV-1a over what counts of the name.
#[inline]
pub(crate) fn hash(parent: u32, key: &str) -> u32 {
    key.bytes().filter(|byte| !is_dropped(*byte)).fold(parent, |hash, byte| step(hash, byte.to_ascii_lowercase()))
}

/// Hash of the place inside of the object at `hash`.
#[inline]
pub(crate) fn below(hash: u32) -> u32 {
    step(hash, b'.')
}

#[inline]
fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

#[inline]
fn is_dropped(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'@')
}

/// Remembers the keys of the last line by their place: a program writes the same keys in the same order, so that a key is mostly
/// known by one comparison before it is even parsed.
#[derive(Default)]
pub(crate) struct KeyCache {
    keys: Vec<CachedKey>,
}

struct CachedKey {
    /// From the bracket or comma before it to its colon; empty where the text of the key is needed each time.
    written: Box<[u8]>,
    parent: u32,
    known: Known,
}

/// What a key is: its own hash, and its row.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    pub hash: u32,
    pub slot: Option<&'static Slot>,
}

/// Places that are remembered, and the longest key that is.
const CACHED_KEYS_MAX: usize = 64;
const CACHED_KEY_BYTES_MAX: usize = 64;

impl KeyCache {
    /// How the `place`th key of a line is written if it is the one of the line before, and what it is then.
    #[inline]
    pub fn guess(&self, place: usize, parent: u32) -> Option<(&[u8], Known)> {
        self.keys.get(place).filter(|cached| cached.parent == parent && !cached.written.is_empty()).map(|cached| (&*cached.written, cached.known))
    }

    /// What `key` is, the `place`th of its line, in the object with the hash `parent`. As it is `written` it is the guess of the next
    /// line, unless it is in no row and its text matters (`is_field`).
    #[cold]
    pub fn learn(&mut self, place: usize, parent: u32, key: &str, written: &[u8], is_field: bool) -> Known {
        let hash = hash(parent, key);
        let known = Known { hash, slot: find(parent, hash, key) };
        if place < CACHED_KEYS_MAX {
            let is_guess = !(is_field && known.slot.is_none()) && written.len() <= CACHED_KEY_BYTES_MAX;
            let cached = CachedKey { written: if is_guess { written.into() } else { Box::default() }, parent, known };
            if place < self.keys.len() {
                self.keys[place] = cached;
            } else if place == self.keys.len() {
                self.keys.push(cached);
            }
        }
        known
    }
}

/// The row of a key in the object with the hash `parent`; `hash` is the key's own.
#[inline]
pub(crate) fn find(parent: u32, hash: u32, key: &str) -> Option<&'static Slot> {
    let table = &*TABLE;
    let mut at = hash as usize % SLOTS;
    while let Some(slot) = &table[at] {
        if slot.hash == hash && is_same(&slot.slot, parent, key) {
            return Some(&slot.slot);
        }
        at = (at + 1) % SLOTS;
    }
    None
}

/// The end of the row's name is the key; what stands before it is the parent by its hash.
#[inline]
fn is_same(slot: &Slot, parent: u32, key: &str) -> bool {
    let dots = key.bytes().filter(|byte| *byte == b'.').count();
    let name = if slot.parent == parent && dots == 0 { last(slot.name) } else { slot.name };
    let mut key = key.bytes().filter(|byte| !is_dropped(*byte)).map(|byte| byte.to_ascii_lowercase());
    let mut name = name.bytes();
    loop {
        match (name.next(), key.next()) {
            (None, None) => return true,
            (a, b) if a == b => {}
            _ => return false,
        }
    }
}

fn last(name: &'static str) -> &'static str {
    name.rsplit('.').next().unwrap_or(name)
}

const SLOTS: usize = 1024;

struct Hashed {
    hash: u32,
    slot: Slot,
}

static TABLE: LazyLock<Vec<Option<Hashed>>> = LazyLock::new(|| {
    let mut table: Vec<Option<Hashed>> = (0..SLOTS).map(|_| None).collect();
    for &(name, role, rank, product) in ROWS {
        insert(&mut table, name, role, rank, product, false);
        for (dot, _) in name.match_indices('.') {
            insert(&mut table, &name[..dot], Role::Group, 0, None, true);
        }
    }
    table
});

fn insert(table: &mut [Option<Hashed>], name: &'static str, role: Role, rank: u8, product: Option<Product>, is_group: bool) {
    let parent = name.rfind('.').map_or(ROOT, |dot| below(hash(ROOT, &name[..dot])));
    let hash = hash(ROOT, name);
    let mut at = hash as usize % SLOTS;
    while let Some(there) = &mut table[at] {
        if there.slot.name == name {
            // A name may be a value in one product and an object in another: nginx and Kong both write `request`.
            there.slot.is_group |= is_group;
            if !is_group {
                (there.slot.role, there.slot.rank, there.slot.product) = (role, rank, product);
            }
            return;
        }
        at = (at + 1) % SLOTS;
    }
    table[at] = Some(Hashed { hash, slot: Slot { name, parent, role, rank, product, is_group } });
}

use Role::{
    Client, Duration, Event, Host, Ignored, Method, Protocol, Query, RequestBytes, RequestField, RequestFields, RequestLine, ResponseBytes, ResponseField,
    ResponseFields, Scheme, Status, Target, Time, Tls, User, UserAgent, UserObject,
};

type Row = (&'static str, Role, u8, Option<Product>);

const fn row(name: &'static str, role: Role, rank: u8) -> Row {
    (name, role, rank, None)
}

const fn of(product: Product, name: &'static str, role: Role, rank: u8) -> Row {
    (name, role, rank, Some(product))
}

/// Names in lower case without `_`, `-`, `@`. Targets of rank 0 are as sent; a request line comes before the others, since nginx' `uri` is
/// normalised.
const ROWS: &[Row] = &[
    // nginx, Apache and whoever follows them.
    row("requesturi", Target, 0),
    row("request", RequestLine, 0),
    row("requestline", RequestLine, 0),
    row("httprequest", RequestLine, 0),
    row("requestmethod", Method, 0),
    row("method", Method, 0),
    row("httpmethod", Method, 0),
    row("verb", Method, 0),
    row("requestverb", Method, 0),
    row("uri", Target, 2),
    row("url", Target, 3),
    row("httpuri", Target, 2),
    row("requesturl", Target, 2),
    row("path", Target, 4),
    row("requestpath", Target, 4),
    row("httppath", Target, 4),
    row("uripath", Target, 4),
    row("args", Query, 0),
    row("query", Query, 0),
    row("querystring", Query, 0),
    row("httpquery", Query, 0),
    row("status", Status, 0),
    row("statuscode", Status, 0),
    row("httpstatus", Status, 0),
    row("httpstatuscode", Status, 0),
    row("responsestatus", Status, 0),
    row("responsecode", Status, 0),
    row("code", Status, 2),
    row("upstreamstatus", Ignored, 0),
    row("httphost", Host, 0),
    row("host", Host, 1),
    row("vhost", Host, 1),
    row("virtualhost", Host, 1),
    row("servername", Host, 2),
    row("domain", Host, 2),
    row("domainname", Host, 2),
    row("scheme", Scheme, 0),
    row("requestscheme", Scheme, 0),
    row("time", Time, 1),
    row("timeiso8601", Time, 0),
    row("timelocal", Time, 1),
    row("timestamp", Time, 1),
    row("datetime", Time, 1),
    row("date", Time, 2),
    row("ts", Time, 1),
    row("msec", Time, 0),
    row("requesttime", Duration(Unit::Guess), 0),
    row("requesttimems", Duration(Unit::Milliseconds), 0),
    row("responsetime", Duration(Unit::Guess), 2),
    row("responsetimems", Duration(Unit::Milliseconds), 1),
    row("upstreamresponsetime", Duration(Unit::Seconds), 5),
    row("upstreamservicetime", Duration(Unit::Milliseconds), 5),
    row("duration", Duration(Unit::Guess), 1),
    row("durationms", Duration(Unit::Milliseconds), 0),
    row("durationus", Duration(Unit::Microseconds), 0),
    row("durationns", Duration(Unit::Nanoseconds), 0),
    row("durations", Duration(Unit::Seconds), 0),
    row("latency", Duration(Unit::Guess), 2),
    row("latencyms", Duration(Unit::Milliseconds), 1),
    row("elapsed", Duration(Unit::Guess), 2),
    row("elapsedms", Duration(Unit::Milliseconds), 1),
    row("timetaken", Duration(Unit::Guess), 2),
    row("took", Duration(Unit::Milliseconds), 3),
    row("bodybytessent", ResponseBytes, 0),
    row("bytessent", ResponseBytes, 1),
    row("bytes", ResponseBytes, 2),
    row("size", ResponseBytes, 2),
    row("responsesize", ResponseBytes, 1),
    row("responselength", ResponseBytes, 1),
    row("requestlength", RequestBytes, 1),
    row("contentlength", RequestBytes, 0),
    row("requestsize", RequestBytes, 1),
    row("bytesreceived", RequestBytes, 1),
    row("bytesread", RequestBytes, 2),
    row("remoteaddr", Client, 1),
    row("realip", Client, 0),
    row("clientip", Client, 0),
    row("remoteip", Client, 1),
    row("client", Client, 1),
    row("clientaddr", Client, 1),
    row("clientaddress", Client, 1),
    row("remotehost", Client, 2),
    row("remoteaddress", Client, 1),
    row("ip", Client, 2),
    row("sourceip", Client, 1),
    row("remoteuser", User, 0),
    row("user", User, 0),
    row("username", User, 0),
    row("userid", User, 0),
    row("httpreferer", Ignored, 0),
    row("httpreferrer", Ignored, 0),
    row("referer", Ignored, 0),
    row("referrer", Ignored, 0),
    row("httpuseragent", UserAgent, 0),
    row("useragent", UserAgent, 0),
    row("agent", UserAgent, 0),
    row("httpxforwardedfor", RequestField("x-forwarded-for"), 0),
    row("xforwardedfor", RequestField("x-forwarded-for"), 0),
    row("httpauthorization", RequestField("authorization"), 0),
    row("httpcontenttype", RequestField("content-type"), 0),
    row("contenttype", RequestField("content-type"), 0),
    row("requestcontenttype", RequestField("content-type"), 0),
    row("responsecontenttype", ResponseField("content-type"), 0),
    row("senthttpcontenttype", ResponseField("content-type"), 0),
    row("headers", RequestFields, 0),
    row("requestheaders", RequestFields, 0),
    row("responseheaders", ResponseFields, 0),
    row("requestid", Ignored, 0),
    row("requestprotocol", Protocol, 0),
    row("httpversion", Protocol, 0),
    row("protocol", Protocol, 0),
    row("upstreamaddr", Ignored, 0),
    row("level", Ignored, 0),
    row("msg", Ignored, 0),
    row("message", Ignored, 0),
    row("serverprotocol", Protocol, 0),
    row("requestproto", Protocol, 0),
    row("requestquery", Query, 0),
    row("proxyprotocoladdr", Client, 0),
    row("https", Tls, 0),
    row("sslprotocol", Tls, 0),
    row("sslcipher", Ignored, 0),
    row("tlsversion", Tls, 0),
    // Envoy, Istio.
    of(Product::Envoy, "responseflags", Ignored, 0),
    of(Product::Envoy, "starttime", Time, 0),
    of(Product::Envoy, "authority", Host, 0),
    of(Product::Envoy, "downstreamremoteaddress", Client, 2),
    row("downstreamlocaladdress", Ignored, 0),
    row("downstreamdirectremoteaddress", Client, 3),
    row("upstreamhost", Ignored, 0),
    row("upstreamcluster", Ignored, 0),
    row("requestedservername", Host, 3),
    row("routename", Ignored, 0),
    row("xenvoyoriginalpath", Target, 1),
    // Traefik.
    of(Product::Traefik, "requestaddr", Host, 3),
    row("requesthost", Host, 2),
    row("requestcontentsize", RequestBytes, 0),
    row("requestport", Ignored, 0),
    row("requestcount", Ignored, 0),
    row("clienthost", Client, 1),
    row("clientusername", User, 0),
    of(Product::Traefik, "downstreamstatus", Status, 0),
    row("originstatus", Status, 1),
    row("downstreamcontentsize", ResponseBytes, 0),
    row("origincontentsize", Ignored, 0),
    row("originduration", Ignored, 0),
    row("startutc", Time, 0),
    row("startlocal", Time, 2),
    // Caddy.
    of(Product::Caddy, "respheaders", ResponseFields, 0),
    row("request.remoteip", Client, 1),
    row("request.clientip", Client, 0),
    row("request.proto", Ignored, 0),
    of(Product::Caddy, "request.remoteport", Ignored, 0),
    row("logger", Ignored, 0),
    row("request.tls.version", Tls, 0),
    row("request.tls.ciphersuite", Ignored, 0),
    // Kong, and gateways that write a request and a response object.
    row("request.method", Method, 0),
    row("request.uri", Target, 1),
    row("request.url", Target, 3),
    row("request.path", Target, 4),
    row("request.host", Host, 0),
    row("request.headers", RequestFields, 0),
    row("request.size", RequestBytes, 1),
    row("request.querystring", Query, 0),
    row("request.scheme", Scheme, 0),
    row("response.status", Status, 0),
    row("response.statuscode", Status, 0),
    row("response.size", ResponseBytes, 1),
    row("response.headers", ResponseFields, 0),
    row("latencies.request", Duration(Unit::Milliseconds), 0),
    row("startedat", Time, 0),
    row("consumer", UserObject, 0),
    row("authenticatedentity", UserObject, 0),
    // APISIX.
    row("apisixlatency", Ignored, 0),
    row("upstreamlatency", Ignored, 0),
    // Tyk.
    row("rawpath", Target, 1),
    row("ipaddress", Client, 1),
    row("latencytotal", Duration(Unit::Milliseconds), 1),
    row("rawrequest", Ignored, 0),
    row("rawresponse", Ignored, 0),
    // Cloudflare Logpush.
    row("clientrequestmethod", Method, 0),
    row("clientrequesturi", Target, 0),
    row("clientrequestpath", Target, 4),
    row("clientrequesthost", Host, 0),
    row("clientrequestscheme", Scheme, 0),
    row("clientrequestprotocol", Protocol, 0),
    row("clientrequestbytes", RequestBytes, 1),
    row("clientrequestuseragent", UserAgent, 0),
    row("clientrequestreferer", Ignored, 0),
    row("clientsslprotocol", Tls, 0),
    row("edgestarttimestamp", Time, 0),
    row("edgeresponsestatus", Status, 0),
    row("originresponsestatus", Ignored, 0),
    row("edgeresponsebytes", ResponseBytes, 1),
    row("edgeresponsebodybytes", ResponseBytes, 0),
    row("edgeresponsecontenttype", ResponseField("content-type"), 0),
    row("edgetimetofirstbytems", Duration(Unit::Milliseconds), 5),
    // Fastly, with the names of its documentation.
    row("requestuseragent", UserAgent, 0),
    row("requestreferer", Ignored, 0),
    row("responsebodysize", ResponseBytes, 0),
    row("fastlyserver", Ignored, 0),
    row("fastlyisedge", Ignored, 0),
    row("timeelapsed", Duration(Unit::Microseconds), 1),
    // Azure: Application Gateway, Front Door, API Management.
    row("calleripaddress", Client, 1),
    row("properties.clientip", Client, 0),
    row("properties.method", Method, 0),
    row("properties.httpmethod", Method, 0),
    row("properties.url", Target, 1),
    row("properties.requesturi", Target, 2),
    row("properties.originalrequesturiwithargs", Target, 1),
    // Names the instance that answered; the query of the client is in the row above.
    row("properties.requestquery", Ignored, 0),
    row("properties.httpstatus", Status, 0),
    row("properties.httpstatuscode", Status, 0),
    row("properties.responsecode", Status, 0),
    row("properties.httpversion", Protocol, 0),
    row("properties.clientprotocol", Protocol, 0),
    row("properties.originalhost", Host, 0),
    row("properties.host", Host, 1),
    row("properties.hostname", Host, 1),
    row("properties.sslenabled", Tls, 0),
    row("properties.sslprotocol", Tls, 0),
    row("properties.securityprotocol", Tls, 0),
    row("properties.clienttlsversion", Tls, 0),
    row("properties.useragent", UserAgent, 0),
    row("properties.contenttype", ResponseField("content-type"), 0),
    row("properties.receivedbytes", RequestBytes, 1),
    row("properties.requestbytes", RequestBytes, 1),
    row("properties.requestsize", RequestBytes, 1),
    row("properties.sentbytes", ResponseBytes, 1),
    row("properties.responsebytes", ResponseBytes, 1),
    row("properties.responsesize", ResponseBytes, 1),
    row("properties.timetaken", Duration(Unit::Guess), 1),
    row("properties.totaltime", Duration(Unit::Milliseconds), 2),
    // HAProxy, with the names of its own variables.
    row("ta", Duration(Unit::Milliseconds), 1),
    row("tt", Duration(Unit::Milliseconds), 2),
    row("totaltime", Duration(Unit::Milliseconds), 2),
    row("timeactive", Duration(Unit::Milliseconds), 1),
    row("bytesuploaded", RequestBytes, 0),
    row("sslversion", Tls, 0),
    row("hm", Method, 0),
    row("hu", Target, 2),
    row("hp", Target, 4),
    row("hq", Query, 0),
    row("st", Status, 1),
    row("ci", Client, 1),
    row("capturedrequestheaders", Ignored, 0),
    // AWS load balancers and API gateways.
    row("elbstatuscode", Status, 0),
    row("targetstatuscode", Status, 1),
    row("receivedbytes", RequestBytes, 1),
    row("sentbytes", ResponseBytes, 1),
    row("requesttimeepoch", Time, 0),
    row("requestcreationtime", Time, 0),
    row("responselatency", Duration(Unit::Milliseconds), 0),
    row("integrationlatency", Duration(Unit::Milliseconds), 5),
    row("resourcepath", Target, 5),
    row("routekey", Ignored, 0),
    // Google Cloud.
    row("httprequest.requestmethod", Method, 0),
    row("httprequest.requesturl", Target, 1),
    row("httprequest.status", Status, 0),
    row("httprequest.useragent", UserAgent, 0),
    row("httprequest.referer", Ignored, 0),
    row("httprequest.remoteip", Client, 0),
    row("httprequest.latency", Duration(Unit::Seconds), 0),
    row("httprequest.requestsize", RequestBytes, 1),
    row("httprequest.responsesize", ResponseBytes, 1),
    row("httprequest.protocol", Protocol, 0),
    // Zeek.
    row("id.origh", Client, 1),
    row("id.origp", Ignored, 0),
    row("id.resph", Ignored, 0),
    row("id.respp", Ignored, 0),
    row("requestbodylen", RequestBytes, 0),
    row("responsebodylen", ResponseBytes, 0),
    // Suricata.
    row("eventtype", Event, 0),
    row("srcip", Client, 1),
    row("http.hostname", Host, 0),
    row("http.httpmethod", Method, 0),
    row("http.protocol", Protocol, 0),
    row("http.status", Status, 0),
    row("http.length", ResponseBytes, 0),
    row("http.httpuseragent", UserAgent, 0),
    row("http.httpcontenttype", ResponseField("content-type"), 0),
    row("http.httprefer", Ignored, 0),
    // The W3C's extended format, IIS and CloudFront.
    row("csmethod", Method, 0),
    row("csuri", Target, 1),
    row("csuristem", Target, 2),
    row("csuriquery", Query, 0),
    row("cshost", Host, 1),
    row("xhostheader", Host, 0),
    row("csversion", Protocol, 0),
    row("csprotocolversion", Protocol, 0),
    row("csprotocol", Scheme, 0),
    row("csusername", User, 0),
    row("csbytes", RequestBytes, 1),
    row("scstatus", Status, 0),
    row("scbytes", ResponseBytes, 1),
    row("sccontentlen", ResponseBytes, 0),
    row("sccontenttype", ResponseField("content-type"), 0),
    row("cip", Client, 1),
    // Elastic Common Schema and OpenTelemetry, nested or with dots.
    row("http.request.method", Method, 0),
    row("http.request.bytes", RequestBytes, 1),
    row("http.request.body.bytes", RequestBytes, 0),
    row("http.request.body.size", RequestBytes, 0),
    row("http.request.referrer", Ignored, 0),
    row("http.request.headers", RequestFields, 0),
    row("http.response.statuscode", Status, 0),
    row("http.response.bytes", ResponseBytes, 1),
    row("http.response.body.bytes", ResponseBytes, 0),
    row("http.response.body.size", ResponseBytes, 0),
    row("http.response.headers", ResponseFields, 0),
    row("http.method", Method, 0),
    row("http.statuscode", Status, 0),
    row("http.target", Target, 1),
    row("http.url", Target, 3),
    row("http.host", Host, 0),
    row("http.scheme", Scheme, 0),
    row("http.useragent", UserAgent, 0),
    row("url.original", Target, 3),
    row("url.full", Target, 3),
    row("url.path", Target, 2),
    row("url.query", Query, 0),
    row("url.domain", Host, 1),
    row("url.scheme", Scheme, 0),
    row("server.address", Host, 2),
    row("source.ip", Client, 1),
    row("source.address", Client, 2),
    row("client.ip", Client, 0),
    row("client.address", Client, 1),
    row("useragent.original", UserAgent, 0),
    row("user.name", User, 0),
    row("event.duration", Duration(Unit::Nanoseconds), 1),
    row("network.protocol.version", Protocol, 0),
    row("network.peer.address", Client, 3),
    row("http.flavor", Protocol, 0),
    row("http.clientip", Client, 0),
    row("http.servername", Host, 3),
    row("http.requestcontentlength", RequestBytes, 0),
    row("http.responsecontentlength", ResponseBytes, 0),
    row("net.host.name", Host, 2),
    row("net.peer.ip", Client, 3),
    row("net.sock.peer.addr", Client, 3),
];

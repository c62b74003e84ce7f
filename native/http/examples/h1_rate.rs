//! Heads and gigabits per CPU second of the HTTP/1 parser: requests and responses with a dozen fields, as they come in
//! segments that hold whole messages and in segments that cut them.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use tapistry_http::h1::{MessageEnd, RequestHead, RequestParser, ResponseContext, ResponseHead, ResponseParser, Sink, Start};
use tapistry_wire::weird::Weird;

const REQUEST: &str = "GET /api/v1/users/123456/orders?page=2&limit=50 HTTP/1.1\r\nHost: api.example.com\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36\r\n\
    Accept: application/json, text/plain, */*\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n\
    Authorization: Bearer 0123456789abcdef0123456789abcdef\r\nCache-Control: no-cache\r\nConnection: keep-alive\r\n\
    Cookie: session=0123456789abcdef; theme=dark\r\nReferer: https://shop.example.com/orders\r\n\
    X-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n";
const RESPONSE: &str = "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nServer: nginx\r\nContent-Type: application/json; charset=utf-8\r\n\
    Content-Length: 66\r\nConnection: keep-alive\r\nCache-Control: private, max-age=0\r\nETag: \"5f3c-17d\"\r\nVary: Accept-Encoding, Origin\r\n\
    X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nStrict-Transport-Security: max-age=31536000\r\n\
    X-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736\r\n\r\n\
    {\"id\":123456,\"state\":\"shipped\",\"total\":4211,\"items\":[1,2,3,4,5,6]}";

#[derive(Default)]
struct Counter {
    heads: u64,
    fields: u64,
    ends: u64,
}

impl Sink for Counter {
    fn start(&mut self) {}

    fn request(&mut self, head: &RequestHead<'_>) {
        self.heads += 1;
        self.fields += black_box(head).fields.len() as u64;
    }

    fn response(&mut self, head: &ResponseHead<'_>) -> ResponseContext {
        self.heads += 1;
        self.fields += black_box(head).fields.len() as u64;
        ResponseContext::Normal
    }

    fn body(&mut self, bytes: &[u8]) {
        black_box(bytes);
    }

    fn end(&mut self, _: MessageEnd) {
        self.ends += 1;
    }

    fn weird(&mut self, _: Weird) {}

    fn skip(&mut self, _bytes: usize) {}

    fn tunnel(&mut self, _: &[u8]) {}
}

/// Nanoseconds that this thread has run, where the kernel tells; else of the clock.
fn cpu_ns(since: Instant) -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .unwrap_or(since.elapsed().as_nanos() as f64)
}

fn measure(out: &mut impl Write, name: &str, message: &str, segment: usize, mut feed: impl FnMut(&[u8], &mut Counter)) -> std::io::Result<()> {
    let bytes = message.repeat(200);
    let (mut counter, mut fed) = (Counter::default(), 0u64);
    let begin = Instant::now();
    let cpu_begin = cpu_ns(begin);
    while begin.elapsed() < Duration::from_millis(500) {
        for piece in bytes.as_bytes().chunks(segment) {
            feed(piece, &mut counter);
        }
        fed += bytes.len() as u64;
    }
    let seconds = (cpu_ns(begin) - cpu_begin).max(1.0) / 1e9;
    writeln!(
        out,
        "{name:28} {:7.2} M heads/s  {:6.2} Gb/s  {:.1} fields a head",
        counter.heads as f64 / seconds / 1e6,
        fed as f64 * 8.0 / seconds / 1e9,
        counter.fields as f64 / counter.heads as f64
    )
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut parser = RequestParser::new(Start::Connection);
    measure(&mut out, "requests, one a segment", REQUEST, REQUEST.len(), |bytes, sink| parser.feed(bytes, sink))?;
    let mut parser = RequestParser::new(Start::Connection);
    measure(&mut out, "requests, segments of 1460", REQUEST, 1460, |bytes, sink| parser.feed(bytes, sink))?;
    let mut parser = ResponseParser::new(Start::Connection);
    measure(&mut out, "responses, one a segment", RESPONSE, RESPONSE.len(), |bytes, sink| parser.feed(bytes, sink))?;
    let mut parser = ResponseParser::new(Start::Connection);
    measure(&mut out, "responses, segments of 1460", RESPONSE, 1460, |bytes, sink| parser.feed(bytes, sink))?;
    let mut parser = ResponseParser::new(Start::Connection);
    let large = RESPONSE.replace("Content-Length: 66", "Content-Length: 20000").replace("{\"id\"", &format!("{}{{\"id\"", "x".repeat(20_000 - 66)));
    measure(&mut out, "responses of 20 kB", &large, 1460, |bytes, sink| parser.feed(bytes, sink))
}

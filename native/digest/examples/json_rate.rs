//! Megabytes a second of JSON digested on one core: `cargo run --release -p tapistry-digest --example json_rate`.
//! Bodies of about 2 KB with some 50 scalars, whose values differ from body to body as those of an API do.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};
use tapistry_digest::body::{MediaKind, digest_body};
use tapistry_digest::hash::KeyedHash;
use tapistry_digest::shape::Node;
use tapistry_digest::{Cx, Limits};

const BODIES: u64 = 10_000;
/// Bodies of one measurement.
const SLICE: usize = 500;
const RUN: Duration = Duration::from_millis(1000);
/// Endpoints that the bodies go to in turn: with many of them the summaries no longer fit the caches.
const ENDPOINTS: [usize; 2] = [1, 50];

fn main() -> std::io::Result<()> {
    let bodies: Vec<String> = (0..BODIES).map(body).collect();
    for endpoints in ENDPOINTS {
        writeln!(std::io::stdout(), "{}", measure(&bodies, endpoints))?;
    }
    Ok(())
}

fn measure(bodies: &[String], endpoints: usize) -> String {
    let hash = KeyedHash::new(&[7; 16]);
    let limits = Limits::default();
    let mut nodes = vec![Node::default(); endpoints];
    let mut digest = |bodies: &[String]| {
        for (index, body) in bodies.iter().enumerate() {
            let mut cx = Cx::new(&hash, &limits);
            let node = &mut nodes[index % endpoints];
            digest_body(MediaKind::Json, b"application/json", body.as_bytes(), true, node, &mut cx);
        }
    };
    digest(bodies);
    digest(bodies);
    // The best of many short slices: a machine shared with others only ever slows one down.
    let start = Instant::now();
    let mut seconds_per_byte = f64::MAX;
    for slice in bodies.chunks(SLICE).cycle().take_while(|_| start.elapsed() < RUN) {
        let start = Instant::now();
        digest(slice);
        let seconds = start.elapsed().as_secs_f64();
        seconds_per_byte = seconds_per_byte.min(seconds / slice.iter().map(String::len).sum::<usize>() as f64);
    }
    let body_bytes = bodies.iter().map(String::len).sum::<usize>() / bodies.len();
    let per_body = scalars(&nodes[0]) as f64 / nodes[0].seen as f64;
    format!(
        r#"{{"bench":"json_rate","endpoints":{endpoints},"bodyBytes":{body_bytes},"scalarsPerBody":{per_body:.0},"megabytesPerSecond":{:.0},"nanosecondsPerScalar":{:.1}}}"#,
        1.0 / seconds_per_byte / 1e6,
        seconds_per_byte * body_bytes as f64 * 1e9 / per_body,
    )
}

fn scalars(node: &Node) -> u64 {
    let own = node.seen - node.arrays - node.objects;
    own + node.fields.iter().map(|field| scalars(&field.node)).sum::<u64>() + node.items.as_ref().map_or(0, |items| scalars(items))
}

/// One order with its lines, as a shop would answer.
fn body(seed: u64) -> String {
    let random = |salt: u64| (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt.wrapping_mul(0xd1b5_4a32_d192_ed03)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let pick = |salt: u64, of: &[&'static str]| of[(random(salt) >> 40) as usize % of.len()];
    let mut out = String::new();
    let id = random(1);
    let _ = write!(
        out,
        r#"{{"id":{},"orderNumber":"ORD-{:08}","requestId":"{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}","status":"{}","currency":"{}","createdAt":"2024-0{}-1{}T0{}:15:30.{:03}Z","updatedAt":"2024-0{}-2{}T1{}:45:10Z","total":{}.{:02},"paid":{},"note":{},"#,
        id >> 40,
        id % 100_000_000,
        id as u32,
        id as u16,
        id & 0xfff,
        id >> 52,
        id >> 16,
        pick(2, &["pending", "paid", "shipped", "delivered", "cancelled"]),
        pick(3, &["EUR", "USD", "GBP"]),
        1 + id % 9,
        id % 10,
        id % 10,
        id % 1000,
        1 + id % 9,
        id % 9,
        id % 10,
        id % 5000,
        id % 100,
        id & 1 == 0,
        if id % 3 == 0 { "null".to_owned() } else { "\"Please leave the parcel with the neighbour, thank you \\u2014 K.\"".to_owned() },
    );
    let _ = write!(
        out,
        r#""customer":{{"id":{},"firstName":"{}","lastName":"{}","email":"{}.{}{}@example.com","phone":"+4930{:07}","locale":"{}","vip":{}}},"address":{{"street":"{} {}","city":"{}","postalCode":"{:05}","country":"DE","location":{{"lat":{}.{:06},"lon":{}.{:06}}}}},"#,
        id >> 44,
        pick(4, &["Anna", "Bernd", "Clara", "David"]),
        pick(5, &["Schmidt", "Meyer", "Fischer", "Weber"]),
        pick(4, &["anna", "bernd", "clara", "david"]),
        pick(5, &["schmidt", "meyer", "fischer", "weber"]),
        id % 1000,
        id % 10_000_000,
        pick(6, &["de-DE", "en-US", "fr-FR"]),
        id & 2 == 0,
        pick(7, &["Hauptstrasse", "Bahnhofstrasse", "Gartenweg"]),
        id % 200,
        pick(8, &["Berlin", "Hamburg", "Koeln", "Leipzig"]),
        id % 100_000,
        id % 90,
        id % 1_000_000,
        id % 180,
        id % 999_999,
    );
    let _ = write!(out, r#""lines":["#);
    for line in 0..4 {
        let id = random(20 + line);
        let _ = write!(
            out,
            r#"{}{{"sku":"SKU-{:06}","title":"{} {} with extra long description text","quantity":{},"unitPrice":{}.{:02},"taxRate":0.19,"options":{{"color":"{}","size":"{}"}},"available":true}}"#,
            if line > 0 { "," } else { "" },
            id % 1_000_000,
            pick(30 + line, &["Cotton", "Linen", "Wool", "Silk"]),
            pick(40 + line, &["Shirt", "Trousers", "Jacket", "Scarf"]),
            1 + id % 5,
            id % 300,
            id % 100,
            pick(50 + line, &["red", "green", "blue", "black"]),
            pick(60 + line, &["S", "M", "L", "XL"]),
        );
    }
    let _ = write!(
        out,
        r#"],"description":"{} {} The order was packed by hand, checked twice and handed over to the carrier in the morning. Returns are free of charge for thirty days, the label lies in the parcel. For questions please write to the service team, who answer within one working day, at weekends a little later. Thank you for shopping with us and see you soon in the shop around the corner, where coffee waits.","tags":["{}","web","summer-sale"],"links":{{"self":"https://api.example.com/v2/orders/{}","invoice":"https://api.example.com/v2/orders/{}/invoice.pdf"}},"checksum":"{:016x}{:016x}"}}"#,
        pick(71, &["Gift", "Standard", "Express"]),
        id % 100_000,
        pick(70, &["new", "returning"]),
        id >> 40,
        id >> 40,
        random(80),
        random(81),
    );
    out
}

//! What shaping a path and classifying a value cost, in nanoseconds: `classes_speed`.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;
use tapistry_digest::auth::{AuthSet, auth_of_header};
use tapistry_digest::classes::{KeyHint, classify_text};
use tapistry_digest::client::client_kind;
use tapistry_digest::header::is_standard_field;
use tapistry_digest::lexical::lexical_class;
use tapistry_digest::path::{KnownLiterals, Literals, PathShape, shape_path};
use tapistry_digest::public::{is_public_literal, is_public_name, is_public_value};
use tapistry_digest::token::TokenFacts;

const ROUNDS: u32 = 200;
const BATCHES: u32 = 500;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut literals = Literals::new(KnownLiterals::default());
    let mut shape = PathShape::default();
    for path in ["/api/v1/users/42", "/repos/octocat/hello-world/issues/1347/comments", "/orders/123e4567-e89b-12d3-a456-426614174000/items", "/search"] {
        let cost = measure(|| {
            shape_path(black_box(path.as_bytes()), &mut literals, &mut shape);
            shape.text.len()
        });
        writeln!(out, "shape_path {cost:7.1} ns  {path} -> {}", shape.text)?;
    }
    let hint = KeyHint::of_name(b"value");
    for text in [
        "active",
        "Some words of text",
        "2024-01-31T10:00:00Z",
        "123e4567-e89b-12d3-a456-426614174000",
        "https://api.example.com/users/42?page=2",
        "1699397296",
        "john@example.com",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "A longer sentence as descriptions have them, with a comma, a colon: and a full stop. It goes on for a while.",
    ] {
        let bytes = text.as_bytes();
        let classify = measure(|| classify_text(black_box(bytes), &hint));
        let lexical = measure(|| lexical_class(black_box(bytes)));
        let literal = measure(|| is_public_literal(black_box(bytes)));
        let value = measure(|| is_public_value(&hint, black_box(bytes)));
        writeln!(out, "classify_text {classify:6.1}  lexical_class {lexical:6.1}  is_public_literal {literal:6.1}  is_public_value {value:6.1} ns  {text}")?;
    }
    let name = measure(|| is_public_name(black_box(b"created_at")));
    let of_name = measure(|| KeyHint::of_name(black_box(b"created_at")));
    let agent =
        measure(|| client_kind(black_box(b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36")));
    let service = measure(|| client_kind(black_box(b"python-requests/2.31.0")));
    let standard = measure(|| is_standard_field(black_box(b"x-tenant-id")));
    let (mut auth, mut facts) = (AuthSet::default(), TokenFacts::default());
    let token = b"Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijk";
    let jwt = measure(|| auth_of_header(b"authorization", black_box(token), &mut auth, &mut facts));
    let other = measure(|| auth_of_header(b"x-tenant-id", black_box(b"acme"), &mut auth, &mut facts));
    writeln!(
        out,
        "is_public_name {name:.1}  KeyHint::of_name {of_name:.1}  client_kind {agent:.1}, {service:.1}  is_standard_field {standard:.1}  auth_of_header {jwt:.1} (JWT), {other:.1} ns"
    )
}

/// The best of many short batches: what others do on the machine counts least.
fn measure<T>(mut work: impl FnMut() -> T) -> f64 {
    (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                black_box(work());
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
        })
        .fold(f64::INFINITY, f64::min)
}

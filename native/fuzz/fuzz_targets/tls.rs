//! Any bytes as the start of a TLS client's stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_tls::{Hello, client_hello, is_handshake_record};

fuzz_target!(|input: &[u8]| {
    let hello = client_hello(input);
    if !input.is_empty() && !is_handshake_record(input) && input.len() > 2 {
        assert_eq!(hello, Hello::No);
    }
    if let Hello::Client(Some(name)) = hello {
        assert!(!name.is_empty() && name.is_ascii(), "{name}");
    }
});

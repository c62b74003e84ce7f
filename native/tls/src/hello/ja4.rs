//! JA4 of a TLS client over TCP (FoxIO, BSD 3-clause: the client's fingerprint alone, none of JA4+).

use super::client::ClientHello;
use super::extension::{ALPN, SERVER_NAME};
use super::is_grease;
use crate::hex::hex;
use sha2::{Digest, Sha256};

/// As `t13d1516h2_8daaf6152771_e5627efa2ab1`.
pub fn ja4(hello: &ClientHello) -> String {
    let version = match hello.version() {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    };
    let name = if hello.has(SERVER_NAME) { 'd' } else { 'i' };
    let mut suites = plain(&hello.suites);
    let mut extensions = plain(&hello.extensions);
    let counts = format!("{:02}{:02}", suites.len().min(99), extensions.len().min(99));
    let alpn = alpn_ends(hello.alpn.first().map(Vec::as_slice).unwrap_or_default());
    suites.sort_unstable();
    extensions.retain(|extension| !matches!(*extension, SERVER_NAME | ALPN));
    extensions.sort_unstable();
    let mut second = list(&extensions);
    let signatures = plain(&hello.signature_algorithms);
    if !signatures.is_empty() {
        second.push('_');
        second.push_str(&list(&signatures));
    }
    let second = if extensions.is_empty() { String::new() } else { second };
    format!("t{version}{name}{counts}{alpn}_{}_{}", digest(&list(&suites)), digest(&second))
}

fn plain(numbers: &[u16]) -> Vec<u16> {
    numbers.iter().copied().filter(|number| !is_grease(*number)).collect()
}

fn list(numbers: &[u16]) -> String {
    numbers.iter().map(|number| format!("{number:04x}")).collect::<Vec<_>>().join(",")
}

fn digest(text: &str) -> String {
    if text.is_empty() { "0".repeat(12) } else { hex(&Sha256::digest(text)[..6]) }
}

/// First and last character of the first protocol offered; where they are none that a name has, those of its hexadecimal form, and `99` where it
/// begins with no ASCII at all, as the published fingerprints have it.
fn alpn_ends(protocol: &[u8]) -> String {
    let (Some(first), Some(last)) = (protocol.first(), protocol.last()) else { return "00".into() };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(*first), char::from(*last)].iter().collect();
    }
    if !first.is_ascii() {
        return "99".into();
    }
    let text = hex(protocol);
    format!("{}{}", &text[..1], &text[text.len() - 1..])
}

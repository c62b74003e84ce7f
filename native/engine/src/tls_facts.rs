//! Facts of TLS connections as they may be shown: closed sets, names of hosts, and fingerprints.

use crate::line::string;
use crate::visibility::ServiceCounts;
use tapistry_tls::{Facts, suite_name, version_name};

/// Protocols inside that are shown by their name (IANA, TLS ALPN Protocol IDs).
const PROTOCOLS: &[&str] = &[
    "http/0.9",
    "http/1.0",
    "http/1.1",
    "h2",
    "h2c",
    "h3",
    "spdy/1",
    "spdy/2",
    "spdy/3",
    "spdy/3.1",
    "stun.turn",
    "webrtc",
    "c-webrtc",
    "ftp",
    "imap",
    "pop3",
    "managesieve",
    "coap",
    "xmpp-client",
    "xmpp-server",
    "acme-tls/1",
    "mqtt",
    "dot",
    "ntske/1",
    "sunrpc",
    "smb",
    "irc",
    "nntp",
    "nnsp",
    "doq",
    "sip/2",
    "tds/8.0",
    "dicom",
    "postgresql",
    "radius/1.0",
    "radius/1.1",
];

/// The object `tls` of an exchange.
pub fn shown_facts(facts: &Facts) -> String {
    let mut out = Vec::new();
    let mut field = |name: &str, value: Option<&str>| {
        out.extend_from_slice(if out.is_empty() { b"{" } else { b"," });
        string(name, &mut out);
        out.push(b':');
        match value {
            Some(value) => string(value, &mut out),
            None => out.extend_from_slice(b"null"),
        }
    };
    field("version", Some(version_name(facts.version)));
    field("cipher", facts.suite.and_then(suite_name));
    field("sni", facts.server_name.as_deref());
    field("alpn", shown_alpn(facts));
    field("ja4", facts.ja4.as_deref());
    out.extend_from_slice(b",\"decrypted\":true}");
    String::from_utf8(out).unwrap_or_default()
}

/// Adds what is known of a connection to the counts of its service.
pub fn count_facts(facts: &Facts, counts: &mut ServiceCounts) {
    let mut add = |name: String| counts.facts.add(&name, 1);
    add(format!("tls.version:{}", version_name(facts.version)));
    if let Some(suite) = facts.suite {
        add(format!("tls.cipher:{}", suite_name(suite).unwrap_or("unknown")));
    }
    if let Some(alpn) = shown_alpn(facts) {
        add(format!("tls.alpn:{alpn}"));
    }
    if let Some(ja4) = &facts.ja4 {
        add(format!("tls.ja4:{ja4}"));
    }
    for (name, is_one) in [
        ("tls.ech", facts.has_ech),
        ("tls.resumed", facts.is_resumed),
        ("tls.helloRetried", facts.is_retried),
        ("tls.earlyData", facts.has_early_data),
        ("tls.renegotiated", facts.renegotiations > 0),
        ("tls.keyUpdated", facts.key_updates > 0),
    ] {
        if is_one {
            add(name.into());
        }
    }
    let Some(certificate) = &facts.certificate else { return };
    let bits = certificate.key_bits.map_or_else(String::new, |bits| format!(" {bits}"));
    add(format!("tls.certificateKey:{}{bits}", certificate.key_kind));
    if certificate.is_self_signed {
        add("tls.certificateSelfSigned".into());
    }
    for (name, seconds) in [("tls.certificateNotBefore", certificate.not_before), ("tls.certificateNotAfter", certificate.not_after)] {
        if let Some(seconds) = seconds {
            let mut text = Vec::new();
            crate::time::write_rfc3339(seconds.saturating_mul(1_000_000_000), &mut text);
            add(format!("{name}:{}", String::from_utf8_lossy(text.get(..10).unwrap_or_default())));
        }
    }
    for name in &certificate.names {
        add(format!("tls.certificateName:{name}"));
    }
}

fn shown_alpn(facts: &Facts) -> Option<&'static str> {
    let alpn = facts.alpn.as_ref()?;
    Some(PROTOCOLS.iter().find(|name| name.as_bytes() == alpn).copied().unwrap_or("other"))
}

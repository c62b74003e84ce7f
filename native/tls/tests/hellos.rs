//! What a client's first bytes say, case by case.

use tapistry_tls::{ClientHello, Probe, is_client_start, is_record_start};

/// A hello with one extension.
fn hello(kind: u16, content: &[u8]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 4, 0x0a, 0x0a, 0x13, 1, 1, 0]);
    body.extend((content.len() as u16 + 4).to_be_bytes());
    body.extend(kind.to_be_bytes());
    body.extend((content.len() as u16).to_be_bytes());
    body.extend(content);
    body
}

fn names(names: &[(u8, &str)]) -> Vec<u8> {
    let list: Vec<u8> = names.iter().flat_map(|(kind, name)| [&[*kind][..], &(name.len() as u16).to_be_bytes(), name.as_bytes()].concat()).collect();
    [&(list.len() as u16).to_be_bytes()[..], &list].concat()
}

#[test]
fn a_name_is_a_host_in_lower_case_or_none() {
    for (list, expected) in [
        (&[(0, "API.example.com")][..], Some("api.example.com")),
        (&[(0, "api.example.com.")], Some("api.example.com")),
        (&[(0, "api.example.com:8443")], Some("api.example.com")),
        (&[(0, "10.0.0.1")], None),
        (&[(0, "2001:db8::1")], None),
        (&[(0, "")], None),
        (&[(0, "a b")], None),
        (&[(0, "b\u{fc}cher.example")], None),
        (&[(7, "other"), (0, "api.example.com")], Some("api.example.com")),
        (&[(0, "first.example.com"), (0, "second.example.com")], Some("first.example.com")),
    ] {
        assert_eq!(ClientHello::read(&hello(0, &names(list))).server_name.as_deref(), expected, "{list:?}");
    }
    let whole = names(&[(0, "api.example.com")]);
    assert_eq!(ClientHello::read(&hello(0, &whole[..9])).server_name, None, "its own lengths are wrong");
}

#[test]
fn a_hello_that_is_cut_gives_what_is_there() {
    let whole = hello(0, &names(&[(0, "api.example.com")]));
    assert!(!ClientHello::read(&whole).is_cut);
    for end in 0..whole.len() {
        let cut = ClientHello::read(&whole[..end]);
        // The last field before the extensions may be the last of all.
        assert_eq!(cut.is_cut, end != 43, "{end}");
        assert_eq!(cut.suites.len(), if end < 39 { end.saturating_sub(37).min(4) / 2 } else { 2.min((end - 37) / 2) }, "{end}");
    }
}

#[test]
fn versions_resumption_and_ech_are_told() {
    let versions = ClientHello::read(&hello(43, &[6, 0x3a, 0x3a, 3, 4, 3, 3]));
    assert_eq!((versions.version(), versions.legacy_version), (0x0304, 0x0303));
    assert_eq!(ClientHello::read(&hello(43, &[2, 0x7f, 0x1c])).version(), 0x0304, "a draft");
    assert!(ClientHello::read(&hello(35, &[1])).resumes() && !ClientHello::read(&hello(35, &[])).resumes());
    assert!(ClientHello::read(&hello(41, &[0])).resumes() && ClientHello::read(&hello(0xfe0d, &[0])).has_ech());
}

#[test]
fn the_first_bytes_tell_a_client() {
    let sslv2 = [&[0x80, 0x1c, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 5][..], &[9; 16]].concat();
    for (bytes, expected) in [
        (&b""[..], Probe::Unsure),
        (&[0x16, 3, 1, 0, 9], Probe::Unsure),
        (&[0x16, 3, 1, 0, 9, 1], Probe::Yes),
        (&[0x16, 3, 1, 0, 9, 2], Probe::No),
        (b"GET / HTTP/1.1", Probe::No),
        (&sslv2, Probe::Yes),
        (&sslv2[..20], Probe::Unsure),
    ] {
        assert_eq!(is_client_start(bytes), expected, "{bytes:?}");
    }
    let hello = ClientHello::read_sslv2(&sslv2[2..]).unwrap();
    assert_eq!((hello.suites.clone(), hello.version(), hello.random[..16].to_vec(), hello.random[16..].to_vec()), (vec![5], 0x0301, vec![0; 16], vec![9; 16]));
}

#[test]
fn a_record_is_told_by_the_one_behind_it() {
    let cases: &[(&[u8], Probe)] = &[
        (&[0x17, 3, 3, 0, 2, 9, 9], Probe::Yes),
        (&[0x17, 3, 3, 0, 2, 9, 9, 0x15, 3, 3, 0, 2], Probe::Yes),
        (&[0x17, 3, 3, 0, 2, 9, 9, 0x15, 3], Probe::Yes),
        (&[0x14, 3, 0, 0, 1, 1, 0x16, 3, 0, 0x40, 0], Probe::Yes),
        (&[0x17, 3, 3, 0, 2, 9, 9, 9], Probe::No),
        (&[0x17, 3, 3, 0, 2, 9, 9, 0x15, 3, 3, 0xff, 0xff], Probe::No),
        (&[0x17, 3, 3, 0, 2, 9], Probe::Unsure),
        (&[0x17, 3, 3], Probe::Unsure),
        (&[0x17, 3, 3, 0xff, 0xff], Probe::No),
        (&[0x17, 3, 5, 0, 2, 9, 9], Probe::No),
        (&[0x13, 3, 3, 0, 2, 9, 9], Probe::No),
        (b"SSH-2.0", Probe::No),
    ];
    for (bytes, expected) in cases {
        assert_eq!(is_record_start(bytes), *expected, "{bytes:?}");
    }
}

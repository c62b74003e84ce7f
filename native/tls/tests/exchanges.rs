//! Connections recorded between OpenSSL's client and server: their content comes out whatever way their bytes, their keys and their holes come.

mod recording;

use proptest::prelude::*;
use recording::{Recording, Told};
use tapistry_tls::{KeyLog, Keys};
use tapistry_wire::stream::UNKNOWN_LENGTH;
use tapistry_wire::weird::Weird;

const NAMES: [&str; 7] = ["tls10_cbc", "tls12_gcm", "tls12_rsa", "tls12_renegotiation", "tls13_early_data", "tls13_key_update", "tls13_retry"];

fn is_whole(told: &Told) -> bool {
    let words = |side: usize, word: &str| told.text(side).matches(word).count();
    words(0, "GET /users/") == 2 && words(1, "HTTP/1.1 200 OK") == 2 && words(1, &format!("[{}]", "1".repeat(298))) == 2
}

#[test]
fn the_content_of_each_is_read() {
    for name in NAMES {
        let told = Recording::read(name).play();
        assert!(is_whole(&told), "{name}: {told:?}");
        assert_eq!((told.facts.blind_bytes, told.facts.weirds.is_empty(), told.gaps), (0, true, [0, 0]), "{name}: {:?}", told.facts);
        assert_eq!(told.facts.server_name.as_deref(), Some("api.example.com"), "{name}");
    }
    let facts = |name: &str| Recording::read(name).play().facts;
    assert_eq!((facts("tls13_key_update").key_updates, facts("tls12_renegotiation").renegotiations), (2, 1));
    assert!(facts("tls13_retry").is_retried && facts("tls13_early_data").has_early_data && facts("tls13_early_data").is_resumed);
    let certificate = facts("tls12_gcm").certificate.unwrap();
    assert_eq!((certificate.names.join(" "), certificate.key_kind, certificate.key_bits), ("api.example.com 10.0.0.1".into(), "rsa", Some(2048)));
    assert!(certificate.is_self_signed && certificate.not_after.unwrap() - certificate.not_before.unwrap() == 3650 * 86_400);
}

/// The key of the recording as PKCS #1, which names no algorithm.
const PKCS1: &str = "-----BEGIN RSA PRIVATE KEY-----
MIICWwIBAAKBgQDxWBiM1wqpvb53b62xFKIPgP9ibqgxEV9LzWDUqL/i2ji0T1Y7
zqwgouOFDmYSC7WACz72SFmAA9ROBLH9rR6fU+x8Y5A182o46ad7Y0Sw57sVA0Lw
JaYFWCGrx5Mn78m9eN/vktzERDc5yq4wtes1GJWaeqQgykTsXsASH+tYqwIDAQAB
AoGAQkk/9O7bLuO+fG9f9VMFb9yuSAq8hz2OPvOZtM7kZRoqmNtxg9uvywbyFolt
32b34sMz99DHRDHJDeScPmBeGDwVB5bBS/iYZCgbVx0MO/EFOGGsR8dTqKnnbjqd
MJmctWodNhk/IlkHV2fP73dmi5ZfwpadcH72Rtzc/nBSugECQQD87pws5jqvoENv
QsY/mbeRjn30NPV2XqI+Kf7ZGuOBAL2NEkmUX+oKsBzrw+83jERzwJvcF8U5/KU+
xCQgjz7RAkEA9EWA7X4GRjrfZeuou2ZaFjbshYt0mmicQKaM0S4m+zmnThHpfHqj
uQx0Q54mFSeZ/TCScJTnVXoHl5+b41qWuwJALwfHLmoY23M3VsbZyhWxFnWiYfg+
9CWgkWKJqqDfUKtsk4ClAdvbzuT0W7pxDqkcSVG1KXWaDLA3obYi6ZL5IQJAIkWa
KDgVU0cxTtB4lQpwO0urdbUyP/PLcHqtqS+rgnX9VkPHGZLvY6guq8oFl9Q9k7t7
4FXT+zcq14gqTATKvwJAYEUA64+/YXaoKxkr+xdFpws7QGHlzF7NQe4ylI+REtBD
bh54THjfTE541iY0peivZpnC+KUG7gxcpuR9diF5ag==
-----END RSA PRIVATE KEY-----
";

#[test]
fn private_keys_come_in_either_form_and_other_blocks_hold_none() {
    let recording = Recording::read("tls12_rsa");
    let pkcs8 = String::from_utf8(recording.keys.clone()).unwrap();
    let cut: String = PKCS1.lines().filter(|line| !line.starts_with("AoGAQkk")).map(|line| format!("{line}\n")).collect();
    for (name, text, is_read, rejected) in [
        ("PKCS #8", pkcs8.clone(), true, 0),
        ("PKCS #1", PKCS1.to_owned(), true, 0),
        ("lines that end as on Windows, between others", format!("# mine\r\n{}", PKCS1.replace('\n', "\r\n")), true, 0),
        ("behind a certificate", format!("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n{PKCS1}"), true, 1),
        ("another key", PKCS1.replace("AoGAQkk", "AoGAQkl"), false, 0),
        ("a line is missing", cut, false, 1),
        ("its end is missing", PKCS1.lines().take(5).map(|line| format!("{line}\n")).collect(), false, 1),
        ("encrypted", PKCS1.replacen('\n', "\nProc-Type: 4,ENCRYPTED\n", 1), false, 1),
        ("of another algorithm", pkcs8.replace("BgkqhkiG9w0BAQEF", "BgkqhkiG9w0BAQIF"), false, 1),
    ] {
        let (keys, mut log) = (Keys::new(false), KeyLog::default());
        keys.push(&mut log, text.as_bytes());
        keys.finish(&mut log);
        assert_eq!((is_whole(&recording.play_with(&keys, |_, _| false)), log.rejected), (is_read, rejected), "{name}");
    }
}

#[test]
fn without_keys_the_facts_stay_and_nothing_is_read() {
    for name in NAMES {
        let recording = Recording::read(name);
        let told = Recording { keys: Vec::new(), ..recording.clone() }.play();
        assert_eq!((told.text(0), told.text(1)), (String::new(), String::new()), "{name}");
        assert!(told.facts.blind_bytes > 600 && told.facts.weirds.contains(Weird::TlsNoKeys), "{name}: {:?}", told.facts);
        assert_eq!(
            (told.facts.ja4, told.facts.suite),
            {
                let facts = recording.play().facts;
                (facts.ja4, facts.suite)
            },
            "{name}"
        );
    }
}

#[test]
fn keys_may_come_when_all_is_over() {
    for name in NAMES {
        let recording = Recording::read(name);
        for before in 0..recording.pieces.len() {
            let told = recording.play_with_keys_before(before);
            assert!(is_whole(&told), "{name}: keys before piece {before}: {told:?}");
        }
    }
}

#[test]
fn the_server_may_be_heard_before_the_client() {
    for (name, is_cut) in NAMES.into_iter().flat_map(|name| [(name, false), (name, true)]) {
        let recording = Recording::read(name);
        let late = recording.server_first(is_cut);
        let (told, expected) = (late.play(), recording.play());
        assert!(is_whole(&told) && told.facts == expected.facts, "{name}, cut: {is_cut}: {told:?}");
        let blind = |keys: Recording| Recording { keys: Vec::new(), ..keys }.play().facts;
        assert_eq!(blind(late), blind(recording), "{name}, cut: {is_cut}, without keys");
    }
}

#[test]
fn a_server_is_not_waited_with_where_the_client_is_lost() {
    let recording = Recording::read("tls12_gcm");
    let told = recording.server_first(true).play_without(0);
    assert!(told.facts.certificate.is_some() && told.facts.weirds.contains(Weird::TlsHelloIncomplete), "{:?}", told.facts);
}

#[test]
fn a_record_that_is_lost_costs_no_other() {
    for name in ["tls10_cbc", "tls12_gcm", "tls13_key_update", "tls13_retry"] {
        let recording = Recording::read(name);
        // The first answer: three records from the end of the server's.
        let at = recording.first_answer();
        let told = recording.play_without(at);
        assert!(told.text(1).contains("HTTP/1.1 200 OK"), "{name}: the answer behind the hole is there: {told:?}");
        assert_eq!(told.text(0).matches("GET /users/").count(), 2, "{name}");
        assert!(told.gaps[1] > 0 && told.facts.weirds.contains(Weird::TlsResync), "{name}: {:?}", told.facts);
        if name != "tls10_cbc" {
            assert_eq!(told.gaps[1], 368, "{name}: records of known overhead tell how much is lost");
        }
    }
}

#[test]
fn a_hole_is_told_where_no_record_follows_it() {
    for name in ["tls12_gcm", "tls13_retry"] {
        let recording = Recording::read(name);
        let at = recording.first_answer();
        let cut = Recording { pieces: recording.pieces[..=at].to_vec(), ..recording };
        assert_eq!((cut.play().gaps, cut.play_without(at).gaps), ([0, 0], [0, UNKNOWN_LENGTH]), "{name}");
    }
}

#[test]
fn wrong_keys_are_told_and_given_up() {
    let mut recording = Recording::read("tls13_retry");
    recording.keys.iter_mut().for_each(|byte| {
        if *byte == b'f' {
            *byte = b'e';
        }
    });
    let random_is_the_same = Recording::read("tls12_gcm");
    let secret = String::from_utf8(random_is_the_same.keys.clone()).unwrap();
    let (line, _) = secret.split_at(secret.trim_end().len() - 8);
    let told = Recording { keys: format!("{line}00000000\n").into_bytes(), ..random_is_the_same }.play();
    assert!(told.text(0).is_empty() && told.facts.weirds.contains(Weird::TlsDecryptFailed), "{:?}", told.facts);
    assert!(recording.play().text(0).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_gives_the_same(name in prop::sample::select(&NAMES[..]), sizes in prop::collection::vec(1usize..400, 1..20)) {
        let recording = Recording::read(name);
        let whole = recording.play();
        let split = recording.split(&sizes).play();
        prop_assert_eq!((whole.text(0), whole.text(1), &whole.facts), (split.text(0), split.text(1), &split.facts));
    }

    #[test]
    fn any_damage_gives_an_answer(name in prop::sample::select(&NAMES[..]), damage in prop::collection::vec((0usize..12_000, any::<u8>()), 1..8)) {
        let mut recording = Recording::read(name);
        for (at, byte) in damage {
            let count = recording.pieces.len();
            let piece = &mut recording.pieces[at % count].1;
            let length = piece.len();
            piece[at % length] = byte;
        }
        recording.play();
    }

    #[test]
    fn any_bytes_give_an_answer(pieces in prop::collection::vec((0usize..2, prop::collection::vec(any::<u8>(), 1..200)), 0..10)) {
        Recording { keys: b"".to_vec(), pieces }.play();
    }
}

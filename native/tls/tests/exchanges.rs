//! Connections recorded between OpenSSL's client and server: their content comes out whatever way their bytes, their keys and their holes come.

mod recording;

use proptest::prelude::*;
use recording::{Recording, Told};
use tapistry_wire::weird::Weird;

const NAMES: [&str; 6] = ["tls10_cbc", "tls12_gcm", "tls12_renegotiation", "tls13_early_data", "tls13_key_update", "tls13_retry"];

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

//! Streams of syslog, however they are cut.

use proptest::prelude::*;
use tapistry_logs::Rejection;
use tapistry_logs::syslog::{Frames, parse};

fn read(stream: &[u8], sizes: &[usize]) -> Vec<Result<Vec<u8>, Rejection>> {
    let mut out = Vec::new();
    let mut take = |frame: Result<&[u8], Rejection>| out.push(frame.map(<[u8]>::to_vec));
    let mut frames = Frames::default();
    let mut rest = stream;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(rest.len().min(*size));
        frames.push(piece, &mut take);
        rest = behind;
    }
    frames.end(&mut take);
    out
}

/// Bytes that look like what is parsed.
fn likely() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "<34>",
        "<192>",
        "1 ",
        "7 ",
        "12 ",
        "0",
        "9999999 ",
        "99999999",
        "\n",
        "\r\n",
        "\0",
        " ",
        "-",
        "- - - - - ",
        "[a b=\"",
        "\\",
        "\"",
        "]",
        "Sep 21 14:00:00 ",
        "2026-09-21T14:00:00Z ",
        "host ",
        "nginx: ",
        "@cee:",
        "{}",
        "\u{feff}",
        "x",
    ]);
    prop_oneof![prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat().into_bytes()), prop::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_of_any_bytes_gives_the_same(stream in likely(), sizes in prop::collection::vec(1usize..20, 1..8)) {
        let whole = read(&stream, &[usize::MAX]);
        prop_assert_eq!(&read(&stream, &sizes), &whole);
        let held: usize = whole.iter().flatten().map(Vec::len).sum();
        prop_assert!(held <= stream.len());
    }

    #[test]
    fn messages_come_out_as_they_went_in(messages in prop::collection::vec((any::<bool>(), "<[1-9]>[ -~]{1,30}"), 0..10), sizes in prop::collection::vec(1usize..20, 1..8)) {
        let stream: Vec<u8> = messages
            .iter()
            .flat_map(|(counted, message)| if *counted { format!("{} {message}", message.len()) } else { format!("{message}\n") }.into_bytes())
            .collect();
        let expected: Vec<Result<Vec<u8>, Rejection>> = messages.into_iter().map(|(_, message)| Ok(message.into_bytes())).collect();
        prop_assert_eq!(read(&stream, &sizes), expected);
    }

    #[test]
    fn any_message_has_content_of_itself_or_is_named(message in likely()) {
        match parse(&message) {
            Ok(read) => prop_assert!(read.content.is_empty() || message.windows(read.content.len()).any(|part| part == read.content)),
            Err(rejection) => prop_assert_eq!(rejection, Rejection::SyslogBad),
        }
    }
}

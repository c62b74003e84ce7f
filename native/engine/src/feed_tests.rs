//! Cases of the feed.

use super::*;
use crate::hex;
use crate::kept_hash::{KeptHash, resumed};
use crate::options::Options;
use sha2::{Digest, Sha256};

const LINE: &[u8] = b"10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] \"GET /a/17 HTTP/1.1\" 200 3 \"-\" \"curl/8\"\n";

fn feed(named: Option<&str>) -> Feed {
    let named = named.map(|name| NamedFormat::parse(name).unwrap());
    Feed::new(Arc::new(Settings::new(&Options::default())), named, "shop".into())
}

#[test]
fn pieces_of_any_size_give_the_same() {
    let text = [LINE, b"nonsense\n", LINE, b"\n", LINE].concat();
    let mut whole = feed(None);
    whole.push(&text);
    let expected = (whole.intake.report.clone(), whole.drain());
    assert_eq!((expected.0.exchanges, expected.0.rejected.len()), (3, 2));
    for size in [1, 2, 7, 100, 101, 300] {
        let mut pieces = feed(None);
        let consumed = text.chunks(size).fold(0, |_, piece| pieces.push(piece));
        assert_eq!(consumed, text.len() as u64);
        assert_eq!(pieces.intake.report.exchanges, 3, "{size}");
        assert_eq!(pieces.intake.report.rejected, expected.0.rejected, "{size}");
        assert_eq!(pieces.drain(), expected.1, "{size}");
    }
}

#[test]
fn an_open_line_is_read_when_it_ends_or_nothing_follows() {
    let mut feed = feed(Some("combined"));
    assert_eq!(feed.push(&LINE[..40]), 0);
    assert_eq!(feed.push(&LINE[40..]), LINE.len() as u64);
    assert_eq!(feed.push(&LINE[..LINE.len() - 1]), LINE.len() as u64);
    assert_eq!(feed.intake.report.exchanges, 1);
    assert_eq!(feed.end(), 2 * LINE.len() as u64 - 1);
    assert_eq!(feed.intake.report.exchanges, 2);
}

#[test]
fn a_line_without_end_is_passed_over_and_not_held() {
    let mut feed = feed(Some("combined"));
    for _ in 0..5 {
        assert_eq!(feed.push(&[b'x'; 1 << 19]), 0);
    }
    assert!(feed.rest.len() <= LINE_BYTES_MAX);
    feed.push(b"\n");
    feed.push(LINE);
    assert_eq!(feed.intake.report.exchanges, 1);
    assert_eq!(feed.intake.report.rejected["line_too_long"], (1, 1));
}

#[test]
fn coded_bytes_are_decoded_in_pieces_and_damage_is_named() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, &LINE.repeat(50)).unwrap();
    let coded = encoder.finish().unwrap();
    let mut whole = feed(Some("combined"));
    whole.decode("gzip").unwrap();
    for piece in coded.chunks(5) {
        whole.push_coded(piece).unwrap();
    }
    assert_eq!(whole.end_coded(), Ok(50 * LINE.len() as u64));
    assert_eq!(whole.intake.report.exchanges, 50);
    let mut cut = feed(Some("combined"));
    cut.decode("gzip").unwrap();
    assert!(cut.push_coded(&coded[..coded.len() - 9]).and_then(|_| cut.end_coded()).is_err());
    let mut other = feed(Some("combined"));
    other.decode("gzip").unwrap();
    assert!(other.push_coded(LINE).and_then(|_| other.end_coded()).is_ok(), "bytes that are not coded are taken as they are");
    assert_eq!(other.intake.report.exchanges, 1);
    assert!(other.decode("br").is_err());
}

#[test]
fn records_are_whole_and_those_without_an_exchange_are_named() {
    let records: [&[u8]; 6] = [LINE, &LINE[..LINE.len() - 1], b"nonsense", b"", &LINE.repeat(2), b"nonsense\nmore\n"];
    let ends: Vec<u32> = records
        .iter()
        .scan(0, |end, record| {
            *end += record.len() as u32;
            Some(*end)
        })
        .collect();
    let mut feed = feed(None);
    let expected = vec![(2, "not_format"), (3, "empty"), (5, "not_format")];
    assert_eq!(feed.push_records(&records.concat(), &ends), expected);
    assert_eq!((feed.intake.report.exchanges, feed.intake.report.rejected["not_format"].0), (4, 3));
    assert_eq!(feed.push_records(LINE, &[9_999, 3]).len(), 1, "ends out of bounds or order are drawn in");
}

#[test]
fn literals_that_become_known_show_from_then_on() {
    let settings = Arc::new(Settings::new(&Options::default()));
    let mut feed = Feed::new(settings.clone(), None, "shop".into());
    let shows = |feed: &mut Feed| {
        feed.push(LINE);
        feed.drain().concat().windows(5).any(|bytes| bytes == b"/a/17")
    };
    assert!(!shows(&mut feed));
    settings.known.set(&["17".into()]);
    assert!(shows(&mut feed));
    settings.known.set(&[]);
    assert!(!shows(&mut feed));
}

#[test]
fn feeds_of_one_pool_give_one_batch_and_keep_their_own_lines() {
    let other = b"{\"method\":\"GET\",\"path\":\"/b\",\"status\":200,\"host\":\"b.example\",\"ts\":1772442000000}\nnonsense\n";
    let [mut first, mut second] = [feed(Some("combined")), feed(Some("exchanges"))];
    first.push(&LINE.repeat(2));
    second.push(other);
    let apart = [first.counts(), second.counts()];
    let pool = Pool::new(Arc::new(Settings::new(&Options::default())));
    let [mut first, mut second] =
        ["combined", "exchanges"].map(|name| Feed::into_pool(pool.clone(), Some(NamedFormat::parse(name).unwrap()), "shop".into(), Vec::new()));
    // Each in the middle of a line of the other one.
    first.push(&LINE[..40]);
    second.push(&other[..20]);
    first.push(&[&LINE[40..], LINE].concat());
    second.push(&other[20..]);
    assert_eq!([first.counts(), second.counts()], apart);
    let batches = pool.drain();
    assert_eq!(batches.len(), 1);
    for service in ["shop", "b.example"] {
        assert!(memchr::memmem::find(&batches[0], service.as_bytes()).is_some(), "{service}");
    }
    assert_eq!(pool.lock().reading.worker.totals().iter().find(|(name, _)| *name == "logs.lines").map(|(_, count)| count), Some(4));
}

#[test]
fn lines_whose_format_changes_are_read_as_what_they_are() {
    let json = b"{\"method\":\"GET\",\"path\":\"/b\",\"status\":200,\"host\":\"b.example\",\"ts\":1772442000000}\n";
    let nonsense = b"nonsense that is no line\n";
    let mut told = feed(None);
    told.push(&[LINE, json, json, nonsense, LINE, json].concat());
    assert_eq!((told.intake.report.exchanges, told.intake.report.rejected.values().map(|(count, _)| count).sum::<u64>()), (5, 1));
    let mut named = feed(Some("combined"));
    named.push(&[LINE, json, LINE].concat());
    assert_eq!((named.intake.report.exchanges, named.intake.report.rejected["not_format"].0), (2, 1), "what somebody named holds");
}

#[test]
fn what_is_read_is_hashed_up_to_its_last_line() {
    let mut first = feed(Some("combined"));
    assert!(first.beginning().is_none());
    first.go_on(PrefixHash::default());
    let text = LINE.repeat(3);
    first.push(&text[..LINE.len() + 40]);
    let kept = KeptHash::from(first.beginning().unwrap());
    assert_eq!((kept.position.bytes, &kept.position.digest), (LINE.len() as u64, &hex::encode(&Sha256::digest(LINE))));
    // Another one goes on from there.
    let mut second = feed(Some("combined"));
    second.go_on(resumed(&kept.state, kept.position.bytes, &LINE[LINE.len() / 64 * 64..]).unwrap());
    second.push(&text[LINE.len()..text.len() - 1]);
    assert_eq!(second.beginning().unwrap().bytes(), 2 * LINE.len() as u64);
    second.end();
    assert_eq!(hex::encode(&second.beginning().unwrap().digest()), hex::encode(&Sha256::digest(&text[..text.len() - 1])));
    assert!(resumed("no state", 0, b"").is_none());
}

#[test]
fn lines_that_count_elsewhere_are_hashed_and_name_columns() {
    let head = b"#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status\n2026-09-21 14:00:00 GET /a 200\n";
    let (open, line) = (b"2026-09-21 14:00:01 GET /b", b"2026-09-21 14:00:02 GET /c 200\n");
    let whole = [&head[..], open, b" 200\n", line].concat();
    for named in [None, Some("w3c")] {
        let mut feed = feed(named);
        feed.go_on(PrefixHash::default());
        assert_eq!(feed.pass(head), head.len() as u64);
        feed.push(open);
        assert_eq!(feed.pass(&[&open[..], b" 200\n"].concat()), (whole.len() - line.len()) as u64);
        assert_eq!(feed.intake.report.exchanges, 0);
        assert_eq!(feed.push(line), whole.len() as u64);
        assert_eq!((feed.intake.report.exchanges, feed.intake.report.rejected.len()), (1, 0), "{named:?}");
        assert_eq!(hex::encode(&feed.beginning().unwrap().digest()), hex::encode(&Sha256::digest(&whole)));
    }
}

#[test]
fn lines_of_no_known_format_are_counted() {
    let mut feed = feed(None);
    feed.push(b"one\ntwo\n");
    assert_eq!(feed.intake.report.rejected["not_format"], (2, 1));
    feed.push(LINE);
    assert_eq!(feed.intake.report.exchanges, 1);
}

#[test]
fn what_comes_again_in_bodies_counts_each_time() {
    let item = |id: usize| format!(r#"{{"id":{id},"name":"{}","address":{{"city":"Kyoto"}}}}"#, "a long name ".repeat(6));
    let line = |ids: &[usize]| {
        let items = ids.iter().map(|id| item(*id)).collect::<Vec<_>>().join(",");
        format!(
            r#"{{"ts":1790000000000,"host":"shop.example","method":"GET","path":"/items","status":200,"resHeaders":{{"content-type":"application/json"}},"resBody":[{items}]}}"#
        ) + "\n"
    };
    let text = [line(&[1, 2, 3]), line(&[3, 1, 1]), line(&[1, 4]), line(&[1, 1, 2])].concat();
    let drained = [0, 1 << 20].map(|repeats_bytes_max| {
        let mut settings = Settings::new(&Options::default());
        settings.limits.repeats_bytes_max = repeats_bytes_max;
        let mut feed = Feed::new(Arc::new(settings), Some(NamedFormat::parse("exchanges").unwrap()), "shop".into());
        // What went up is counted no more.
        [(); 2].map(|()| {
            feed.push(text.as_bytes());
            feed.drain()
        })
    });
    assert_eq!(drained[0], drained[1]);
    assert!(drained[0].iter().all(|batches| batches.concat().windows(4).any(|part| part == b"city")));
}

//! Streams that are given up: what their lines tell, and whether anything counts as not seen.

use super::test_frames::Said::{self, Client, Server, ServerGap};
use super::test_frames::{PREFACE, SETTINGS, answers, asks, data, frame, heard};

fn resets(stream: u32) -> Vec<u8> {
    frame(3, 0, stream, &[0, 0, 0, 8])
}

/// Status, size of the response and oddities of each line; then exchanges without another half, of all and by service, and those that are not whole, by service and of all.
fn seen(said: &[Said<'_>]) -> (Vec<String>, [u64; 4]) {
    let mut worker = heard(false, said);
    let text = String::from_utf8(worker.take_lines()).unwrap();
    let shown = text.lines().map(|line| {
        let value = |text: &str, name: &str| text.split_once(name).map_or("-", |(_, rest)| rest.split([',', '}']).next().unwrap_or("-")).to_owned();
        let (_, response) = line.split_once("\"response\":").unwrap();
        let (_, weirds) = line.split_once("\"weirds\":").unwrap();
        [value(response, "\"status\":"), value(response, "\"bodyBytes\":"), weirds.trim_end_matches('}').replace('"', "")].join(" ")
    });
    let shown = shown.collect();
    let totals = worker.totals();
    let of = |name: &str| totals.iter().find(|(other, _)| *other == name).map_or(0, |(_, count)| count);
    let services = worker.visibility.take();
    let unpaired = services.values().map(|counts| counts.unpaired_requests + counts.unpaired_responses).sum();
    let incomplete = services.values().map(|counts| counts.incomplete_messages).sum();
    (shown, [of("http.unpairedRequests") + of("http.unpairedResponses"), unpaired, incomplete, of("http.incompleteExchanges")])
}

#[test]
fn a_stream_that_is_given_up_is_no_loss() {
    let begin = [PREFACE.to_vec(), SETTINGS.to_vec()].concat();
    let asked = [begin.clone(), asks(1, true, "GET", "/a")];
    let server = [SETTINGS.to_vec()];
    let reset = [resets(1)];
    let answer = [answers(1, false, "200"), data(1, true, "hi")];
    let half = [answers(1, false, "200"), data(1, false, "hi")];
    let two = [begin.clone(), asks(1, true, "GET", "/a"), asks(3, true, "GET", "/b")];
    let again = [asks(1, true, "GET", "/b")];
    let last = [frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 0])];
    let many: Vec<_> = (0..1200).flat_map(|number| [asks(2 * number + 3, true, "GET", "/b"), resets(2 * number + 3)]).collect();
    let (other, cut) = ([answers(3, true, "204")], [answers(1, false, "200"), data(1, false, "0123456789")[..12].to_vec()]);
    type Row<'a> = (&'a str, Vec<Said<'a>>, Vec<&'a str>, [u64; 4]);
    let rows: Vec<Row<'_>> = vec![
        ("by its client", vec![Client(&asked), Server(&server), Client(&reset)], vec!["- - [h2.reset]"], [0; 4]),
        ("by its server", vec![Client(&asked), Server(&server), Server(&reset)], vec!["- - [h2.reset]"], [0; 4]),
        ("and answered all the same", vec![Client(&asked), Server(&server), Client(&reset), Server(&answer)], vec!["200 2 [h2.reset]"], [0; 4]),
        ("in the middle of its answer", vec![Client(&asked), Server(&half), Client(&reset), Server(&answer[1..])], vec!["200 4 [h2.reset]"], [0; 4]),
        ("by both", vec![Client(&asked), Server(&half), Client(&reset), Server(&reset)], vec!["200 2 [h2.reset]"], [0; 4]),
        (
            "and its number used again",
            vec![Client(&asked), Server(&server), Client(&reset), Client(&again), Server(&answer)],
            vec!["- - [h2.reset]", "200 2 [h2.stream_reuse]"],
            [0; 4],
        ),
        ("that the server says it did not read", vec![Client(&asked), Server(&server), Server(&last)], vec!["- - [h2.goaway_open_streams]"], [0; 4]),
        ("where nothing of the server was captured", vec![Client(&asked), Client(&reset)], vec!["- - [h2.reset,h2.request_unpaired]"], [1, 1, 0, 0]),
        (
            "where a hole may be the answer",
            vec![Client(&two), Server(&server), ServerGap(50), Server(&other), Client(&reset)],
            vec!["- - [h2.reset,h2.request_unpaired]", "204 0 [tcp.gap]"],
            [1, 1, 0, 0],
        ),
        ("where a hole is in the answer", vec![Client(&asked), Server(&cut), ServerGap(7), Client(&reset)], vec!["200 3 [tcp.gap,h2.reset]"], [0, 0, 1, 1]),
    ];
    for (name, said, lines, counts) in rows {
        assert_eq!(seen(&said), (lines.iter().map(|line| (*line).to_owned()).collect(), counts), "{name}");
    }
    let (lines, counts) = seen(&[Client(&asked), Server(&server), Client(&many), Server(&answer)]);
    assert_eq!((lines.len(), lines[0].as_str(), counts), (1201, "200 2 []", [0; 4]), "very many");
}

#[test]
fn nothing_waits_long_for_an_answer() {
    let asked = [PREFACE.to_vec(), SETTINGS.to_vec(), asks(1, true, "GET", "/a")];
    let (server, reset, other) = ([SETTINGS.to_vec()], [resets(1)], [asks(3, true, "GET", "/b"), resets(3)]);
    let answer = [answers(1, true, "200")];
    let mut said = vec![Client(&asked), Server(&server), Client(&reset)];
    said.extend((0..1001).map(|_| Server(&server)));
    said.extend([Client(&other), Server(&answer)]);
    let lines = ["- - [h2.reset]", "- - [h2.reset]", "200 0 [h2.response_unpaired]"].map(str::to_owned).to_vec();
    assert_eq!(seen(&said), (lines, [1, 1, 0, 0]));
}

#[test]
fn a_half_that_is_not_whole_counts_once() {
    let asked = [PREFACE.to_vec(), SETTINGS.to_vec(), asks(1, false, "POST", "/a"), data(1, false, "ab")];
    assert_eq!(seen(&[Client(&asked), Server(&[SETTINGS.to_vec()])]), (vec!["- - [h2.request_unpaired]".to_owned()], [1, 1, 0, 0]));
}

//! HAR documents, whole, cut and odd.

use std::io::Read;

use tapistry_logs::har;

const ENTRY: &str = r#"{"startedDateTime":"2000-10-10T20:55:36.250Z","time":12.5,"serverIPAddress":"10.0.0.9",
 "request":{"method":"POST","url":"https://u:p@h.example:8443/a/b?c=1#top","headers":[{"name":":authority","value":"h"},{"name":"Accept","value":"*/*"}],
   "postData":{"mimeType":"application/json","text":"{\"x\":[1,\"]}\"]}"},"bodySize":10},
 "response":{"status":200,"headers":[{"name":"Content-Encoding","value":"gzip"},{"name":"Content-Type","value":"image/png"}],
   "content":{"size":3,"mimeType":"image/png","text":"AAEC","encoding":"base64"}}}"#;

/// Gives few bytes a read, to cut the document anywhere.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(self.0.len()).min(out.len());
        out[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

fn read(document: &str, step: usize) -> (Vec<String>, har::Summary) {
    let mut seen = Vec::new();
    let summary = har::entries(Slow(document.as_bytes(), step), 0, |index, entry| {
        seen.push(match entry {
            Ok(record) => format!(
                "{index} {} {} {} {:?} {:?} {:?} {:?} {:?}",
                record.method,
                String::from_utf8_lossy(&record.path),
                record.status,
                record.host,
                record.request_body.map(|body| body.len()),
                record.response_body.map(|body| body.len()),
                record.request_fields.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>(),
                record.response_fields.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>(),
            ),
            Err(rejection) => format!("{index} {}", rejection.name()),
        });
    })
    .unwrap();
    (seen, summary)
}

const SHOWN: &str = r#"POST /a/b 200 Some("h.example:8443") Some(14) Some(3) ["accept", "content-type"] ["content-type"]"#;

#[test]
fn whole_from_any_split() {
    let document = format!(
        r#"{{"pad":{{"entries":[1]}},"log":{{"version":"1.2","creator":{{"name":"entries [{{","log":1}},"entries":[{ENTRY}, {{}}, 7, "a,]", null, {ENTRY}],"pages":[]}},"entries":[{ENTRY}]}}"#
    );
    let expected: Vec<String> = [SHOWN, "request_missing", "not_object", "not_object", "not_object", SHOWN]
        .iter()
        .enumerate()
        .map(|(index, shown)| format!("{index} {shown}"))
        .collect();
    for step in [1, 2, 3, 7, 64, 1 << 20] {
        let (seen, summary) = read(&document, step);
        assert_eq!(seen, expected, "{step}");
        assert_eq!(summary, har::Summary { entries: 6, has_entries: true, is_cut: false, bytes: document.len() as u64, entry_end: summary.entry_end });
    }
}

#[test]
fn cut_anywhere_keeps_what_came_before() {
    let document = format!(r#"{{"log":{{"entries":[{ENTRY},{ENTRY}]}}}}"#);
    let first_end = document.find(ENTRY).unwrap() + ENTRY.len();
    for cut in 0..document.len() {
        let (seen, summary) = read(&document[..cut], 50);
        assert!(seen.len() <= 2 && summary.entries == seen.len() as u64);
        if cut >= first_end {
            assert_eq!(seen[0], format!("0 {SHOWN}"));
        }
        assert_eq!(summary.is_cut, summary.has_entries && cut < document.len() - 2, "{cut}");
    }
}

#[test]
fn not_a_har() {
    for document in ["", "[]", "{}", r#"{"entries":[{}]}"#, r#"{"log":[{"entries":[1]}]}"#, "}}}}]]]]", "\"\\"] {
        assert!(!read(document, 3).1.has_entries, "{document}");
    }
}

#[test]
fn entries_of_a_known_beginning_are_passed_over() {
    let document = format!(r#"{{"log":{{"entries":[{ENTRY},7,{ENTRY}],"pages":[]}}}}"#);
    let ends: Vec<usize> = [document.find(",7").unwrap(), document.find(",7").unwrap() + 2, document.find("],\"pages").unwrap()].into();
    for step in [1, 7, 1 << 20] {
        for (known, left) in [(0, 3), (ends[0] - 1, 3), (ends[0], 2), (ends[1], 1), (ends[2] - 1, 1), (ends[2], 0), (document.len(), 0)] {
            let mut taken = Vec::new();
            let summary = har::entries(Slow(document.as_bytes(), step), known as u64, |index, _| taken.push(index)).unwrap();
            assert_eq!(taken, (3 - left..3).collect::<Vec<u64>>(), "{known} in steps of {step}");
            assert_eq!((summary.entries, summary.entry_end), (3, ends[2] as u64));
        }
        let cut = har::entries(Slow(&document.as_bytes()[..ends[2] - 5], step), 0, |_, _| {}).unwrap();
        assert_eq!((cut.entry_end, cut.is_cut), (ends[1] as u64, true));
    }
}

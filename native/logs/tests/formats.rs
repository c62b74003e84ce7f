//! Lines of every format with what they tell, in `formats/FORMAT.WHAT.cases`: a line, and behind `=> ` the exchange or why there is none.
//! Lines in front that start with `; ` say where the others come from; `; template: ` is what a custom format was compiled from.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tapistry_logs::{Format, Rejection, Scratch, Template, parse_line, sniff};

struct Cases {
    name: String,
    format: Format,
    template: Option<Arc<Template>>,
    /// A line, which may be no UTF-8, and what it tells.
    cases: Vec<(Vec<u8>, String)>,
}

impl Cases {
    fn scratch(&self) -> Scratch {
        self.template.clone().map_or_else(Scratch::default, Scratch::with_template)
    }

    fn sample(&self) -> Vec<u8> {
        self.cases.iter().flat_map(|(line, _)| [line.as_slice(), b"\n"].concat()).collect()
    }
}

fn all() -> Vec<Cases> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(read).collect()
}

fn read(path: &PathBuf) -> Cases {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let bytes = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let template = text.lines().find_map(|line| line.strip_prefix("; template: ")).map(|template| Arc::new(Template::compile(template).unwrap()));
    let format = if template.is_some() { Format::Custom } else { Format::from_name(name.split('.').next().unwrap()).unwrap() };
    let lines: Vec<_> = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"; ")).collect();
    let told = |line: &[u8]| String::from_utf8_lossy(line.strip_prefix(b"=> ").expect("a line, then what it tells")).into_owned();
    let cases = lines.chunks(2).map(|pair| (pair[0].to_vec(), told(pair[1])));
    Cases { format, template, cases: cases.collect(), name }
}

/// What a line tells, or the name of the rejection.
fn shown(format: Format, line: &[u8], scratch: &mut Scratch) -> String {
    let record = match parse_line(format, line, scratch) {
        Ok(record) => record,
        Err(rejection) => return rejection.name().to_owned(),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut out = vec![record.method.to_string(), text(&record.path), record.status.to_string()];
    out.extend(record.query.iter().map(|query| format!("?{}", text(query))));
    out.extend((!record.protocol.is_empty()).then(|| record.protocol.to_owned()));
    out.extend(record.scheme.iter().map(|scheme| format!("{scheme}:")));
    out.extend(record.host.iter().map(|host| format!("host={host}")));
    out.extend(record.time_ns.iter().map(|time_ns| format!("t={}", time_ns / 1_000_000)));
    out.extend(record.client.iter().map(|client| format!("client={}", text(client))));
    out.extend(record.request_bytes.iter().map(|size| format!("in={size}")));
    out.extend(record.response_bytes.iter().map(|size| format!("out={size}")));
    out.extend(record.duration_ms.iter().map(|duration| format!("ms={}", (duration * 1e6).round() / 1e6)));
    out.extend(record.user.then(|| "user".to_owned()));
    out.extend(record.user_agent.iter().map(|agent| format!("agent={}", text(agent))));
    out.extend(record.request_fields.iter().map(|(name, value)| format!("{name}={}", text(value))));
    out.extend(record.response_fields.iter().map(|(name, value)| format!("<{name}={}", text(value))));
    out.join(" ")
}

#[test]
fn every_line_tells_what_it_should() {
    for cases in all() {
        let mut scratch = cases.scratch();
        for (line, expected) in &cases.cases {
            assert_eq!(shown(cases.format, line, &mut scratch), *expected, "{}: {}", cases.name, String::from_utf8_lossy(line));
        }
    }
}

#[test]
fn every_format_has_cases() {
    let all = all();
    for format in Format::ALL.iter().filter(|format| !matches!(format, Format::Har | Format::NdjsonExchange)) {
        assert!(all.iter().any(|cases| cases.format == *format), "{}", format.name());
    }
}

/// The sample whole, its lines in another order behind the head, either half of them, and each exchange alone.
#[test]
fn a_sample_is_told_as_what_it_is() {
    for cases in all().iter().filter(|cases| cases.format != Format::Custom) {
        let (heads, lines): (Vec<_>, Vec<_>) = cases.cases.iter().partition(|(_, expected)| expected == Rejection::Comment.name());
        let told = |lines: &[&[u8]]| {
            let sample = heads.iter().map(|(line, _)| line.as_slice()).chain(lines.iter().copied()).collect::<Vec<_>>().join(&b'\n');
            assert_eq!(sniff(&sample), Some(cases.format), "{}:\n{}", cases.name, String::from_utf8_lossy(&sample));
        };
        assert_eq!(sniff(&cases.sample()), Some(cases.format), "{}", cases.name);
        let exchanges: Vec<_> = lines.iter().filter(|(_, expected)| expected.contains(' ')).map(|(line, _)| line.as_slice()).collect();
        let (first, second) = exchanges.split_at(exchanges.len().div_ceil(2));
        told(&exchanges.iter().rev().copied().collect::<Vec<_>>());
        told(first);
        told(if second.is_empty() { first } else { second });
        for line in exchanges {
            told(&[line]);
        }
    }
}

#[test]
fn cut_and_mixed_lines_end() {
    let all = all();
    for cases in &all {
        for (line, _) in &cases.cases {
            for end in 0..line.len() {
                shown(cases.format, &line[..end], &mut cases.scratch());
            }
            for other in &all {
                shown(other.format, line, &mut other.scratch());
            }
        }
    }
}

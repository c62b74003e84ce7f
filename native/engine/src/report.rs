//! What became of every input, as JSON for the control plane.

use crate::line::string;
use crate::options::Position;
use std::collections::BTreeMap;

/// One input.
#[derive(Clone, Debug, Default)]
pub struct InputReport {
    /// Path, or `-`.
    pub name: String,
    /// `capture`, `text`, or empty where it could not be told.
    pub kind: &'static str,
    /// Of text: the format's name.
    pub format: Option<&'static str>,
    /// Decompressed bytes read.
    pub bytes: u64,
    /// Packets of a capture.
    pub packets: u64,
    /// Exchanges of a text.
    pub exchanges: u64,
    /// Code and message of why it was not read to its end.
    pub problem: Option<(String, String)>,
    /// Where a capture ends inside a record.
    pub cut_at: Option<u64>,
    /// Packets of a capture that make no sense, and where the first of them lies.
    pub malformed: u64,
    /// See `malformed`.
    pub malformed_at: Option<u64>,
    /// Lines that are no exchange: count and first line, by reason.
    pub rejected: BTreeMap<&'static str, (u64, u64)>,
    /// Reason of the last of them.
    pub rejected_last: Option<&'static str>,
    /// What the last of them looks like, by reason; only of lines.
    pub shapes: BTreeMap<&'static str, String>,
    /// How far it was read.
    pub position: Option<Position>,
    /// How much of it was counted by a run before.
    pub resumed: Option<Position>,
    /// Of a pipe: how much of it was counted by a run before, and is counted again here.
    pub repeated: Option<Position>,
    /// The input that counts in its place, since it holds the same; then nothing of this one is read.
    pub counts_as: Option<String>,
}

/// Writes `{"inputs":[...]}`.
pub fn write_reports(reports: &[InputReport]) -> String {
    let mut out = b"{\"inputs\":[".to_vec();
    for (at, report) in reports.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        report.write(&mut out);
    }
    out.extend_from_slice(b"]}");
    String::from_utf8(out).unwrap_or_default()
}

impl InputReport {
    /// Counts a line that is no exchange.
    pub fn reject(&mut self, reason: &'static str, line: u64, shape: Option<String>) {
        self.rejected.entry(reason).or_insert((0, line)).0 += 1;
        self.rejected_last = Some(reason);
        if let Some(shape) = shape {
            self.shapes.insert(reason, shape);
        }
    }

    /// `{"lines":3,"exchanges":2,"format":"combined","rejected":{...}}`.
    pub fn counts(&self) -> String {
        let lines = self.exchanges + self.rejected.values().map(|(count, _)| count).sum::<u64>();
        let mut out = format!("{{\"lines\":{lines}").into_bytes();
        number(&mut out, "exchanges", self.exchanges);
        out.extend_from_slice(b",\"format\":");
        match self.format {
            Some(format) => string(format, &mut out),
            None => out.extend_from_slice(b"null"),
        }
        self.write_rejected(&mut out);
        out.push(b'}');
        String::from_utf8(out).unwrap_or_default()
    }

    fn write_rejected(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"rejected\":{");
        for (at, (reason, (count, first_line))) in self.rejected.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            string(reason, out);
            out.extend_from_slice(format!(":{{\"count\":{count},\"firstLine\":{first_line},\"lastShape\":").as_bytes());
            match self.shapes.get(reason) {
                Some(shape) => string(shape, out),
                None => out.extend_from_slice(b"null"),
            }
            out.push(b'}');
        }
        out.push(b'}');
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"name\":");
        string(&self.name, out);
        out.extend_from_slice(b",\"kind\":");
        string(self.kind, out);
        out.extend_from_slice(b",\"format\":");
        match self.format {
            Some(format) => string(format, out),
            None => out.extend_from_slice(b"null"),
        }
        number(out, "bytes", self.bytes);
        number(out, "packets", self.packets);
        number(out, "exchanges", self.exchanges);
        out.extend_from_slice(b",\"problem\":");
        match &self.problem {
            Some((code, message)) => {
                out.extend_from_slice(b"{\"code\":");
                string(code, out);
                out.extend_from_slice(b",\"message\":");
                string(message, out);
                out.push(b'}');
            }
            None => out.extend_from_slice(b"null"),
        }
        offset(out, "cutAt", self.cut_at);
        number(out, "malformed", self.malformed);
        offset(out, "malformedAt", self.malformed_at);
        self.write_rejected(out);
        out.extend_from_slice(b",\"position\":");
        place(out, self.position.as_ref());
        out.extend_from_slice(b",\"resumed\":");
        place(out, self.resumed.as_ref());
        out.extend_from_slice(b",\"repeated\":");
        place(out, self.repeated.as_ref());
        out.extend_from_slice(b",\"countsAs\":");
        match &self.counts_as {
            Some(name) => string(name, out),
            None => out.extend_from_slice(b"null"),
        }
        out.push(b'}');
    }
}

fn place(out: &mut Vec<u8>, position: Option<&Position>) {
    let Some(position) = position else { return out.extend_from_slice(b"null") };
    out.extend_from_slice(b"{\"digest\":");
    string(&position.digest, out);
    number(out, "bytes", position.bytes);
    out.push(b'}');
}

fn offset(out: &mut Vec<u8>, name: &str, value: Option<u64>) {
    match value {
        Some(value) => number(out, name, value),
        None => out.extend_from_slice(format!(",\"{name}\":null").as_bytes()),
    }
}

fn number(out: &mut Vec<u8>, name: &str, value: u64) {
    out.extend_from_slice(format!(",\"{name}\":{value}").as_bytes());
}

//! Inputs that can be read only once: known by a hash that is made while they are read.

use crate::hex;
use crate::options::Position;
use crate::report::InputReport;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tapistry_capture::Beginning;

/// What a capture without packets may have.
const CAPTURE_HEADER_BYTES: u64 = 24;

/// Standard input, or what else can be read only once; none for a file, and for what cannot be opened.
pub fn open(path: &Path) -> Option<Box<dyn Read + Send>> {
    if path == Path::new("-") {
        return Some(Box::new(std::io::stdin()));
    }
    let kind = std::fs::metadata(path).ok()?.file_type();
    if kind.is_file() || kind.is_dir() { None } else { Some(Box::new(File::open(path).ok()?)) }
}

/// How far a pipe was read, and whether its beginning was counted before: that shows only while it is read.
pub fn finish(beginning: &Beginning, report: &mut InputReport) {
    let position = |(bytes, digest): (u64, [u8; 32])| Position { digest: hex::encode(&digest), bytes };
    // The header of a capture without packets is like that of many others.
    report.repeated = beginning.longest_known().filter(|(bytes, _)| *bytes > CAPTURE_HEADER_BYTES).map(position);
    if report.kind == "text" && report.bytes > 0 {
        report.position = beginning.digest(report.bytes).map(|digest| position((report.bytes, digest)));
    }
}

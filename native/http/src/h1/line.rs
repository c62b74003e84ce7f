//! Line ends: CRLF, and what is sent in its place.

use memchr::memchr3;
use tapistry_wire::weird::{Weird, WeirdSet};

/// A line found in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where its content ends.
    pub end: usize,
    /// Where the next line starts.
    pub next: usize,
}

/// The end of the line in `bytes`, looked for from `*from`; `None` while it is not there, and `*from` is moved to where the next
/// search may begin, so that no byte is searched twice. A lone CR ends a line (as in libhtp and Wireshark). CR CR LF is one
/// end where `double_cr`, which is the case in messages whose start line ends so.
pub(crate) fn find_end(bytes: &[u8], from: &mut usize, double_cr: bool, weirds: &mut WeirdSet) -> Option<Line> {
    loop {
        let Some(found) = memchr3(b'\n', b'\r', 0, bytes.get(*from..)?) else {
            *from = bytes.len();
            return None;
        };
        let at = *from + found;
        match bytes[at] {
            b'\n' => {
                weirds.insert(Weird::Http1BareLf);
                return Some(Line { end: at, next: at + 1 });
            }
            b'\r' => {
                let end = after_cr(bytes, at, double_cr, weirds);
                // The search resumes at the CR: what follows it decides.
                *from = at;
                return end;
            }
            _ => {
                weirds.insert(Weird::Http1NulByte);
                *from = at + 1;
            }
        }
    }
}

fn after_cr(bytes: &[u8], at: usize, double_cr: bool, weirds: &mut WeirdSet) -> Option<Line> {
    match bytes.get(at + 1)? {
        b'\n' => return Some(Line { end: at, next: at + 2 }),
        b'\r' if double_cr && *bytes.get(at + 2)? == b'\n' => {
            weirds.insert(Weird::Http1BareCr);
            return Some(Line { end: at, next: at + 3 });
        }
        _ => {}
    }
    weirds.insert(Weird::Http1BareCr);
    Some(Line { end: at, next: at + 1 })
}

//! How the lines of an input are read: a format that somebody named holds, one that lines have told may change with them.

use tapistry_logs::{Format, NamedFormat, Rejection, Scratch, parse_line, sniff};

/// The format of the line at hand.
pub struct LineFormat {
    /// What it is parsed as.
    pub format: Format,
    /// What it is parsed with.
    pub scratch: Scratch,
    is_named: bool,
}

impl LineFormat {
    /// One that somebody named.
    pub fn named(named: &NamedFormat) -> Self {
        LineFormat { format: named.format, scratch: named.scratch(), is_named: true }
    }

    /// One that was told by the first lines.
    pub fn told(format: Format) -> Self {
        LineFormat { format, scratch: Scratch::default(), is_named: false }
    }

    /// Takes names of columns from lines that are not read.
    pub fn learn(&mut self, lines: &[u8]) {
        if self.format.has_head() {
            for line in lines.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"#")) {
                let _ = parse_line(self.format, line, &mut self.scratch);
            }
        }
    }

    /// Whether a line that was rejected is in another format, as after a server was given one: then lines are read so from here on.
    pub fn is_other(&mut self, reason: Rejection, line: &[u8]) -> bool {
        if self.is_named || !speaks_of_format(reason) {
            return false;
        }
        match sniff(line) {
            Some(format) if format != self.format && format != Format::Har => {
                *self = LineFormat::told(format);
                true
            }
            _ => false,
        }
    }
}

/// Whether it is said of lines that another format may have. A head names columns of its own format, and what lines of JSON lack they lack in any.
fn speaks_of_format(reason: Rejection) -> bool {
    matches!(
        reason,
        Rejection::NotFormat | Rejection::NotJson | Rejection::NotObject | Rejection::MethodMissing | Rejection::PathMissing | Rejection::WrongType
    )
}

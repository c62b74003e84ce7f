//! The head of Zeek's tab-separated logs (Zeek, "Log formats", ASCII writer).

use crate::fields::Field;

use super::{COLUMNS_MAX, Columns};

/// Takes `#separator \x09`, `#empty_field`, `#path` and `#fields`; all but the first have the separator behind each word.
pub(super) fn read_head(line: &str, columns: &mut Columns) {
    if let Some(separator) = line.strip_prefix("#separator ") {
        let hex = separator.strip_prefix("\\x").and_then(|digits| u8::from_str_radix(digits, 16).ok());
        columns.separator = hex.or_else(|| separator.bytes().next()).unwrap_or(b'\t');
        return;
    }
    if columns.separator == 0 {
        columns.separator = b'\t';
    }
    let mut words = line.split(char::from(columns.separator));
    match words.next() {
        Some("#fields") => columns.fields = words.take(COLUMNS_MAX).map(|name| Field::named(name).unwrap_or(Field::Ignored)).collect(),
        Some("#empty_field") => columns.empty = words.next().unwrap_or_default().as_bytes().to_vec(),
        Some("#path") => columns.is_other = words.next().is_some_and(|path| path != "http"),
        _ => {}
    }
}

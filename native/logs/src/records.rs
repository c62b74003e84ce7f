//! Lines that wrap several lines.

use crate::json::Json;

/// The objects of `{"records":[{...},{...}]}`, as Azure Monitor sends diagnostic logs to Event Hubs; none for any other line, which stands for
/// itself. Each is a line of its own.
#[inline]
pub fn records(line: &[u8]) -> Option<Vec<&[u8]>> {
    if line.starts_with(b"{\"records\"") { objects(line) } else { None }
}

#[cold]
fn objects(line: &[u8]) -> Option<Vec<&[u8]>> {
    let mut json = Json::new(str::from_utf8(line).ok()?);
    let mut objects = Vec::new();
    let read = json.object(
        |key, json| {
            if key == "records" { json.array(|json| json.skip().map(|object| objects.push(object.as_bytes()))) } else { json.skip().map(drop) }
        },
    );
    (read.and_then(|()| json.end()).is_ok() && !objects.is_empty()).then_some(objects)
}

#[cfg(test)]
mod tests {
    use super::records;

    #[test]
    fn each_is_a_line() {
        let expected: &[&[u8]] = &[b"{\"a\":[1]}", b"2"];
        assert_eq!(records(b"{\"records\": [{\"a\":[1]}, 2],\"x\":1}\r").as_deref(), Some(expected));
        for line in ["{\"records\":[]}", "{\"records\":[{}", "{\"records\":1}", "{\"a\":1}", ""] {
            assert_eq!(records(line.as_bytes()), None, "{line}");
        }
    }
}

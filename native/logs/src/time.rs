//! Times as logs write them, to nanoseconds since the epoch.

/// Remembers the last time, and the last day of a common-log time: lines come in runs of the same second, day and zone.
#[derive(Default)]
pub struct DayCache {
    /// `dd/Mon/yyyy`
    day: [u8; 11],
    seconds: i64,
    is_set: bool,
    /// The last time as it was written, at most `TEXT_BYTES_MAX` of it, and what it was.
    text: Vec<u8>,
    time_ns: i64,
}

impl DayCache {
    /// The time of `text`, read only where it is another than the last.
    #[inline]
    fn read(&mut self, text: &[u8], read: impl FnOnce(&mut Self) -> Option<i64>) -> Option<i64> {
        if !text.is_empty() && *text == *self.text {
            return Some(self.time_ns);
        }
        let time_ns = read(self)?;
        self.text.clear();
        if text.len() <= TEXT_BYTES_MAX {
            self.text.extend_from_slice(text);
        }
        self.time_ns = time_ns;
        Some(time_ns)
    }
}

/// Longer texts of times are not remembered.
const TEXT_BYTES_MAX: usize = 64;

const SECOND_NS: i64 = 1_000_000_000;

/// `10/Oct/2000:13:55:36 -0700`, with a fraction of a second where there is one.
#[inline]
pub fn common_log(text: &[u8], cache: &mut DayCache) -> Option<i64> {
    cache.read(text, |cache| read_common_log(text, cache))
}

fn read_common_log(text: &[u8], cache: &mut DayCache) -> Option<i64> {
    if text.len() < 20 || text[11] != b':' || text[14] != b':' || text[17] != b':' {
        return None;
    }
    let mut day = [0; 11];
    day.copy_from_slice(&text[..11]);
    if !cache.is_set || cache.day != day {
        (cache.seconds, cache.day, cache.is_set) = (common_log_day(&day)?, day, true);
    }
    let clock = clock(&text[12..20])?;
    let (fraction_ns, zone) = fraction(&text[20..])?;
    let zone = zone.strip_prefix(b" ").unwrap_or(zone);
    Some((cache.seconds + clock - zone_seconds(zone)?) * SECOND_NS + fraction_ns)
}

/// RFC 3339, with a space for the `T` and without the colon of the zone too; without a zone it is UTC.
pub fn rfc3339(text: &[u8]) -> Option<i64> {
    if text.len() < 19 || text[4] != b'-' || text[7] != b'-' || !matches!(text[10], b'T' | b't' | b' ') || text[13] != b':' || text[16] != b':' {
        return None;
    }
    let (year, month, day) = (digits(&text[..4])?, digits(&text[5..7])?, digits(&text[8..10])?);
    let seconds = days_from_civil(year, month, day)? * 86_400 + clock(&text[11..19])?;
    let (fraction_ns, zone) = fraction(&text[19..])?;
    let zone = zone.strip_prefix(b" ").unwrap_or(zone);
    Some((seconds - zone_seconds(zone)?) * SECOND_NS + fraction_ns)
}

/// A number since the epoch whose size tells its unit: seconds, milliseconds, microseconds or nanoseconds, right from 1973 on.
pub fn epoch(text: &str) -> Option<i64> {
    let whole = text.split(['.', 'e', 'E']).next()?;
    let magnitude: i64 = whole.parse().ok()?;
    let unit_ns = match magnitude.unsigned_abs() {
        0..100_000_000_000 => SECOND_NS,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    scaled(text, unit_ns)
}

/// A number since the epoch in milliseconds.
pub fn epoch_ms(text: &str) -> Option<i64> {
    scaled(text, 1_000_000)
}

/// Any of these.
pub fn any(text: &str, cache: &mut DayCache) -> Option<i64> {
    cache.read(text.as_bytes(), |cache| {
        let bytes = text.trim().trim_start_matches('[').trim_end_matches(']').as_bytes();
        rfc3339(bytes).or_else(|| read_common_log(bytes, cache)).or_else(|| epoch(text.trim()))
    })
}

/// `text` times `unit_ns`, exact where a double would lose digits.
fn scaled(text: &str, unit_ns: i64) -> Option<i64> {
    if text.contains(['e', 'E']) {
        let value = text.parse::<f64>().ok()? * unit_ns as f64;
        return (value.abs() < 9.2e18).then_some(value as i64);
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let mut part_ns = 0;
    let mut weight = unit_ns;
    for digit in part.bytes() {
        weight /= 10;
        part_ns += i64::from(digit.is_ascii_digit().then(|| digit - b'0')?) * weight;
    }
    whole.checked_mul(unit_ns)?.checked_add(if text.starts_with('-') { -part_ns } else { part_ns })
}

fn common_log_day(day: &[u8; 11]) -> Option<i64> {
    const MONTHS: [&[u8; 3]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    if day[2] != b'/' || day[6] != b'/' {
        return None;
    }
    let name = [day[3], day[4], day[5]].map(|letter| letter.to_ascii_lowercase());
    let month = MONTHS.iter().position(|month| **month == name)? as i64 + 1;
    Some(days_from_civil(digits(&day[7..])?, month, digits(&day[..2])?)? * 86_400)
}

/// `hh:mm:ss`; a leap second is the second after it.
#[inline]
fn clock(text: &[u8]) -> Option<i64> {
    let (hour, minute, second) = (digits(&text[..2])?, digits(&text[3..5])?, digits(&text[6..8])?);
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3_600 + minute * 60 + second)
}

/// Nanoseconds of a `.ddd` in front, and what follows it.
#[inline]
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(b'.' | b',') = text.first() else { return Some((0, text)) };
    let length = text[1..].iter().take_while(|digit| digit.is_ascii_digit()).count();
    let mut nanos = 0;
    let mut weight = SECOND_NS;
    for digit in &text[1..=length] {
        weight /= 10;
        nanos += i64::from(digit - b'0') * weight;
    }
    (length > 0).then_some((nanos, &text[1 + length..]))
}

/// `Z`, `+hhmm`, `+hh:mm`, `+hh` or nothing, in seconds east of UTC.
#[inline]
fn zone_seconds(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone {
        [] | b"Z" | b"z" | b"UTC" | b"GMT" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [a, b, b':', c, d] | [a, b, c, d] => (digits(&[*a, *b])?, digits(&[*c, *d])?),
        [a, b] => (digits(&[*a, *b])?, 0),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

#[inline]
fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

/// Days since the epoch (Howard Hinnant's algorithm); none for a day that does not exist.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        _ => return None,
    };
    // Outside of these years nanoseconds do not fit.
    if !(1..=last).contains(&day) || !(1680..2260).contains(&year) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let mut cache = DayCache::default();
        assert_eq!(common_log(b"10/Oct/2000:13:55:36 -0700", &mut cache), Some(971_211_336 * SECOND_NS));
        assert_eq!(common_log(b"10/Oct/2000:13:55:36.250 -0700", &mut cache), Some(971_211_336 * SECOND_NS + 250_000_000));
        assert_eq!(common_log(b"31/Feb/2000:13:55:36 -0700", &mut cache), None);
        assert_eq!(common_log(b"10/Oct/2000:24:55:36 -0700", &mut cache), None);
        assert_eq!(rfc3339(b"2000-10-10T20:55:36Z"), Some(971_211_336 * SECOND_NS));
        assert_eq!(rfc3339(b"2000-10-10T22:55:36.5+02:00"), Some(971_211_336 * SECOND_NS + 500_000_000));
        assert_eq!(rfc3339(b"2000-10-10"), None);
        assert_eq!(epoch("971211336.5"), Some(971_211_336 * SECOND_NS + 500_000_000));
        assert_eq!(epoch("971211336500"), Some(971_211_336 * SECOND_NS + 500_000_000));
        assert_eq!(epoch("971211336500000"), Some(971_211_336 * SECOND_NS + 500_000_000));
        assert_eq!(epoch("971211336500000000"), Some(971_211_336 * SECOND_NS + 500_000_000));
        assert_eq!(epoch_ms("1000.25"), Some(1_000_250_000));
        assert_eq!(epoch_ms("99999999999999999999"), None);
        assert_eq!(epoch("1.5.5"), None);
    }
}

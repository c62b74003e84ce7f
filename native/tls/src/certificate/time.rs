//! UTCTime and GeneralizedTime (RFC 5280 §4.1.2.5).

/// Seconds since the epoch.
pub fn seconds(tag: u8, content: &[u8]) -> Option<i64> {
    let (year, rest) = match tag {
        0x17 => {
            let year = number(content.get(..2)?)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, &content[2..])
        }
        0x18 => (number(content.get(..4)?)?, &content[4..]),
        _ => return None,
    };
    let part = |at: usize| number(rest.get(at..at + 2)?);
    let (month, day, hour, minute) = (part(0)?, part(2)?, part(4)?, part(6)?);
    let second = part(8).unwrap_or(0);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days since the epoch, by the rule that years begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn both_forms_give_seconds() {
        assert_eq!(seconds(0x17, b"700101000000Z"), Some(0));
        assert_eq!(seconds(0x17, b"2401311212Z"), Some(1_706_703_120));
        assert_eq!(seconds(0x18, b"20480229000000Z"), Some(2_466_547_200));
        assert_eq!(seconds(0x18, b"99991231235959Z"), Some(253_402_300_799));
        assert_eq!(seconds(0x17, b"991332000000Z"), None);
    }
}

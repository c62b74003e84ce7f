//! Digits of names and digits of values.

/// Digits as values have them: more than eight, a run of four that is no year, or letters on both sides in two places.
pub(crate) fn has_value_digits(text: &[u8]) -> bool {
    let (mut at, mut digits, mut inside, mut groups) = (0, 0, 0, 0);
    while at < text.len() {
        if !text[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let run = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = &text[at..at + run];
        if run > 4 || (run == 4 && !is_year(number) && !is_standard(number)) {
            return true;
        }
        digits += run;
        groups += 1;
        if digits > 8 || groups > 3 {
            return true;
        }
        let before = at > 0 && text[at - 1].is_ascii_alphabetic();
        let after = text.get(at + run).is_some_and(u8::is_ascii_alphabetic);
        if before && after && run < 4 && !is_known_number_word(text, at, run) {
            inside += 1;
        }
        at += run;
    }
    inside > 1 || (inside == 1 && (groups > 2 || digits > 3))
}

fn is_year(number: &[u8]) -> bool {
    matches!(number, [b'1', b'9', ..] | [b'2', b'0', ..])
}

/// Numbers of standards that stand in names.
fn is_standard(number: &[u8]) -> bool {
    matches!(number, b"8601" | b"3166" | b"4217" | b"6749" | b"7519" | b"7807" | b"9457" | b"5545" | b"1080" | b"1024" | b"4096" | b"1155")
}

/// Numbers inside words that everybody writes: `k8s`, `i18n`, `p2p`, `v1beta1`, `m3u8`.
fn is_known_number_word(text: &[u8], at: usize, run: usize) -> bool {
    /// Letters, number, letters.
    const WORDS: &[(&str, &str, &str)] = &[
        ("k", "8", "s"),
        ("i", "18", "n"),
        ("l", "10", "n"),
        ("a", "11", "y"),
        ("p", "2", "p"),
        ("b", "2", "b"),
        ("b", "2", "c"),
        ("c", "2", "c"),
        ("c", "2", "b"),
        ("c", "2", "d"),
        ("d", "2", "c"),
        ("o", "2", "o"),
        ("e", "2", "e"),
        ("m", "2", "m"),
        ("s", "2", "s"),
        ("p", "2", "s"),
        ("s", "3", "u"),
        ("m", "3", "u"),
        ("v", "1", "a"),
        ("v", "1", "b"),
        ("v", "2", "a"),
        ("v", "2", "b"),
        ("v", "1", "p"),
        ("h", "2", "h"),
        ("n", "2", "n"),
        ("t", "2", "s"),
        ("v", "2", "x"),
        ("f", "2", "f"),
        ("x", "2", "many"),
        ("l", "2", "tp"),
        ("h", "2", "o"),
        ("co", "2", "e"),
        ("d", "3", "d"),
        ("oauth", "2", ""),
        ("ipv", "4", ""),
        ("ipv", "6", ""),
        ("base", "64", ""),
        ("md", "5", ""),
        ("sha", "1", ""),
        ("sha", "256", ""),
        ("sha", "512", ""),
        ("utf", "8", ""),
        ("http", "2", ""),
        ("web", "3", ""),
        ("mp", "3", ""),
        ("mp", "4", ""),
        ("s", "3", ""),
        ("ec", "2", ""),
        ("x", "509", ""),
        ("int", "32", ""),
        ("int", "64", ""),
        ("address", "1", ""),
        ("address", "2", ""),
        ("line", "1", ""),
        ("line", "2", ""),
        ("p", "12", ""),
        ("l", "3", ""),
        ("l", "7", ""),
        ("top", "10", ""),
    ];
    let number = &text[at..at + run];
    WORDS.iter().any(|(before, digits, after)| {
        // One digit mostly, so that comparing it is quicker than comparing texts.
        digits.as_bytes()[0] == number[0]
            && digits.as_bytes() == number
            && text[..at].len() >= before.len()
            && text[at - before.len()..at].eq_ignore_ascii_case(before.as_bytes())
            && text[at + run..].get(..after.len()).is_some_and(|found| found.eq_ignore_ascii_case(after.as_bytes()))
    })
}

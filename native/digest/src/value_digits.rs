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
    let (before, after) = (&text[..at], &text[at + run..]);
    around(&text[at..at + run]).iter().any(|(left, right)| ends_with(before, left.as_bytes()) && starts_with(after, right.as_bytes()))
}

/// The letters before and after a number in known words.
fn around(number: &[u8]) -> &'static [(&'static str, &'static str)] {
    match number {
        b"1" => &[("v", "a"), ("v", "b"), ("v", "p"), ("sha", ""), ("address", ""), ("line", "")],
        b"2" => &[
            ("p", "p"),
            ("b", "b"),
            ("b", "c"),
            ("c", "c"),
            ("c", "b"),
            ("c", "d"),
            ("d", "c"),
            ("o", "o"),
            ("e", "e"),
            ("m", "m"),
            ("s", "s"),
            ("p", "s"),
            ("v", "a"),
            ("v", "b"),
            ("h", "h"),
            ("n", "n"),
            ("t", "s"),
            ("v", "x"),
            ("f", "f"),
            ("x", "many"),
            ("l", "tp"),
            ("h", "o"),
            ("co", "e"),
            ("oauth", ""),
            ("http", ""),
            ("ec", ""),
            ("address", ""),
            ("line", ""),
        ],
        b"3" => &[("s", "u"), ("m", "u"), ("d", "d"), ("web", ""), ("mp", ""), ("s", ""), ("l", "")],
        b"4" => &[("ipv", ""), ("mp", "")],
        b"5" => &[("md", "")],
        b"6" => &[("ipv", "")],
        b"7" => &[("l", "")],
        b"8" => &[("k", "s"), ("utf", "")],
        b"10" => &[("l", "n"), ("top", "")],
        b"11" => &[("a", "y")],
        b"12" => &[("p", "")],
        b"18" => &[("i", "n")],
        b"32" => &[("int", "")],
        b"64" => &[("base", ""), ("int", "")],
        b"256" => &[("sha", "")],
        b"509" => &[("x", "")],
        b"512" => &[("sha", "")],
        _ => &[],
    }
}

fn ends_with(text: &[u8], letters: &[u8]) -> bool {
    text.len() >= letters.len() && text[text.len() - letters.len()..].eq_ignore_ascii_case(letters)
}

fn starts_with(text: &[u8], letters: &[u8]) -> bool {
    text.get(..letters.len()).is_some_and(|found| found.eq_ignore_ascii_case(letters))
}

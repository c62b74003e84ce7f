//! Characters of a token (RFC 9110 §5.6.2) and white space, by table.

/// Whether each byte may stand in a token.
pub(crate) const IS_TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] =
            b.is_ascii_alphanumeric() || matches!(b, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
        byte += 1;
    }
    table
};

/// The number of token characters at the start of `bytes`.
pub(crate) fn token_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|&b| !IS_TOKEN[b as usize]).unwrap_or(bytes.len())
}

/// Optional white space (RFC 9110 §5.6.3).
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// `bytes` without white space at either end.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|&b| !is_space(b)).unwrap_or(bytes.len());
    trim_end(&bytes[start..])
}

/// `bytes` without white space at the end.
pub(crate) fn trim_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&b| !is_space(b)).map_or(0, |last| last + 1);
    &bytes[..end]
}

/// Whether `bytes` begins with `prefix`, whatever the case of ASCII letters.
pub(crate) fn starts_with_ignoring_case(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

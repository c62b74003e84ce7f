//! Tells what a stream is by its first bytes, never by its name.

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Pcap,
    Pcapng,
    NetMon,
    Gzip,
    Zstd,
    Text,
    /// A known format that nothing here reads: its name with article, and what to do.
    Other(&'static str, &'static str),
    /// Binary, of no known format.
    Binary,
    Empty,
}

/// How many first bytes are enough to tell.
pub const HEAD_BYTES: usize = 512;

/// What a stream is that starts with `head`.
pub fn tell(head: &[u8]) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    match head {
        [0xa1, 0xb2, 0xc3 | 0xcd, 0xd4 | 0x34, ..] | [0xd4 | 0x34, 0xc3 | 0xcd, 0xb2, 0xa1, ..] => return Kind::Pcap,
        [0xa1, 0xb2, 0x3c, 0x4d, ..] | [0x4d, 0x3c, 0xb2, 0xa1, ..] => return Kind::Pcap,
        [0x0a, 0x0d, 0x0d, 0x0a, _, _, _, _, 0x1a, 0x2b, 0x3c, 0x4d, ..] | [0x0a, 0x0d, 0x0d, 0x0a, _, _, _, _, 0x4d, 0x3c, 0x2b, 0x1a, ..] => {
            return Kind::Pcapng;
        }
        [b'G', b'M', b'B', b'U', 0..=3, 2, ..] => return Kind::NetMon,
        [0x1f, 0x8b, 0x08, ..] => return Kind::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => return Kind::Zstd,
        _ => {}
    }
    if let Some((_, _, name, advice)) = OTHERS.iter().find(|(at, magic, ..)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic))) {
        return Kind::Other(name, advice);
    }
    if looks_like_erf(head) {
        return Kind::Other("an Endace ERF capture", CONVERT);
    }
    if looks_like_text(head) { Kind::Text } else { Kind::Binary }
}

/// ERF has no magic number: two records in a row with times of this era at most a day apart, the same type, and lengths that chain. The letters of a
/// line may do that by chance, so no header is letters alone.
fn looks_like_erf(head: &[u8]) -> bool {
    let record = |at: usize| {
        let header = head.get(at..at + 16)?;
        let seconds = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
        let length = usize::from(u16::from_be_bytes([header[10], header[11]]));
        let is_text = header.iter().all(|byte| (0x20..0x7f).contains(byte));
        let is_sane = !is_text && (600_000_000..4_000_000_000).contains(&seconds) && (1..=48).contains(&(header[8] & 0x7f)) && length >= 16;
        is_sane.then_some((seconds, header[8], length))
    };
    let Some((first, kind, length)) = record(0) else { return false };
    record(length).is_some_and(|(second, other, _)| kind == other && first.abs_diff(second) < 86_400)
}

/// Nearly all of the head is printable. Leading NUL bytes are passed over: a log that was truncated while its writer held it
/// open starts with a hole.
fn looks_like_text(head: &[u8]) -> bool {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let hole = head.iter().take_while(|&&byte| byte == 0).count();
    let rest = &head[hole..];
    let control = rest.iter().filter(|&&byte| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)) || byte == 0x7f).count();
    (!rest.is_empty() && control * 20 <= rest.len() && is_mostly_utf8(rest)) || (rest.is_empty() && head.len() == HEAD_BYTES)
}

/// Latin-1 in a path or an agent is text; a stream of random high bytes is not.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let broken: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    broken * 5 <= bytes.len()
}

const CONVERT: &str = "convert it with editcap or mergecap to pcapng";
const UNPACK: &str = "unpack it first";
const NAME_ANOTHER: &str = "name a capture or a log";

/// Offset, magic, name with article, advice.
const OTHERS: &[(usize, &[u8], &str, &str)] = &[
    (0, b"snoop\0\0\0", "a snoop capture", CONVERT),
    (0, b"RTSS", "a Microsoft Network Monitor 1 capture", CONVERT),
    (0, b"GMBU", "a Microsoft Network Monitor capture of another version than 2.0 to 2.3", CONVERT),
    (0, b"TRSNIFF data    \x1a", "a DOS Sniffer capture", CONVERT),
    (0, b"XCP\0", "a Windows Sniffer capture", CONVERT),
    (0, b"VL\0\0", "a NetXRay capture", CONVERT),
    (0, b"\0\0\0\x01\0\0\0\0\0\x07\xd0\0", "an HP-UX nettl trace", CONVERT),
    (0, b"\x54\x52\0\x64\0", "an HP-UX nettl trace", CONVERT),
    (0, b"iptrace 1.0", "an AIX iptrace", CONVERT),
    (0, b"iptrace 2.0", "an AIX iptrace", CONVERT),
    (0, b"btsnoop\0", "a Bluetooth HCI log", NAME_ANOTHER),
    (0, b"\x7fver", "an OmniPeek capture", CONVERT),
    (0, b"\x7fELF", "an ELF program", NAME_ANOTHER),
    (0, b"ObserverPktBufferVersion", "a Network Instruments Observer capture", CONVERT),
    (0, b"\xaa\xaa\xaa\xaa", "an Accellent 5Views capture", CONVERT),
    (0, b"\x05VNF", "a Visual Networks capture", CONVERT),
    (0, b"\x01\x10\x02\x00", "a LANalyzer capture", CONVERT),
    (0, b"\x1c\0\x01\xac", "an Ixia capture", CONVERT),
    (0, b"\x1c\0\x01\xab", "an Ixia capture", CONVERT),
    (0, b"\xac\x01\0\x1c", "an Ixia capture", CONVERT),
    (0, b"\xab\x01\0\x1c", "an Ixia capture", CONVERT),
    (0, b"\0\0\x02\0\x12\x05\0\x10", "a K12 capture", CONVERT),
    (0, b"BZh", "a bzip2 file", UNPACK),
    (0, b"\xfd7zXZ\0", "an xz file", UNPACK),
    (0, b"\x04\x22\x4d\x18", "an lz4 file", UNPACK),
    (0, b"\x1f\x9d", "a compress (.Z) file", UNPACK),
    (0, b"PK\x03\x04", "a ZIP archive", UNPACK),
    (0, b"PK\x05\x06", "an empty ZIP archive", NAME_ANOTHER),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image", NAME_ANOTHER),
    (0, b"\xff\xd8\xff", "a JPEG image", NAME_ANOTHER),
    (0, b"GIF8", "a GIF image", NAME_ANOTHER),
    (0, b"%PDF-", "a PDF document", NAME_ANOTHER),
    (0, b"SQLite format 3\0", "an SQLite database", NAME_ANOTHER),
    (0, b"PAR1", "a Parquet file", NAME_ANOTHER),
    (0, b"\xca\xfe\xba\xbe", "a Java class or Mach-O program", NAME_ANOTHER),
    (0, b"\xcf\xfa\xed\xfe", "a Mach-O program", NAME_ANOTHER),
    (0, b"MZ\x90\0", "a Windows program", NAME_ANOTHER),
    (0, b"\0asm", "a WebAssembly module", NAME_ANOTHER),
    (0, b"version https://git-lfs", "a Git LFS pointer", "fetch the file with `git lfs pull`"),
    (0, b"\xff\xfe", "UTF-16 text", "convert it to UTF-8"),
    (0, b"\xfe\xff", "UTF-16 text", "convert it to UTF-8"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_by_content() {
        assert_eq!(tell(b""), Kind::Empty);
        assert_eq!(tell(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]), Kind::Pcap);
        assert_eq!(tell(&[0x34, 0xcd, 0xb2, 0xa1, 2, 0, 4, 0]), Kind::Pcap);
        assert_eq!(tell(b"GMBU\x03\x02\x01\0"), Kind::NetMon);
        assert_eq!(tell(&[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a]), Kind::Pcapng);
        assert_eq!(tell(b"{\"method\":\"GET\",\"path\":\"/\"}\n"), Kind::Text);
        assert_eq!(tell("10.0.0.1 - - \"GET /café HTTP/1.1\"".as_bytes()), Kind::Text);
        assert_eq!(tell(b"\0\0\0\0\0\0\0\0" as &[u8]), Kind::Binary);
        assert!(matches!(tell(b"PK\x03\x04...."), Kind::Other("a ZIP archive", _)));
        assert_eq!(tell(&[0x80; 64]), Kind::Binary);
        let record = [0, 0, 0, 0, 0, 0, 0, 0x60, 2, 4, 0, 20, 0, 0, 0, 4, 1, 2, 3, 4];
        assert!(matches!(tell(&record.repeat(2)), Kind::Other("an Endace ERF capture", _)));
    }

    #[test]
    fn text_whose_letters_chain_like_records_is_text() {
        let mut line = b"aaaaaaaa!a  aaaa".to_vec();
        line.resize(0x2020, b'a');
        assert_eq!(tell(&line.repeat(2)), Kind::Text);
    }
}

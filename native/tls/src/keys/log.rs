//! Key logs as NSS writes them (SSLKEYLOGFILE, RFC 9850), with the lines that Wireshark takes too, and private keys in PEM.

use super::pem::{Block, Line};
use super::store::{Label, SECRET_BYTES_MAX, Store};
use crate::hex::unhex;
use zeroize::Zeroizing;

/// Bytes of a line; longer ones are none of a key log.
const LINE_BYTES_MAX: usize = 2 * SECRET_BYTES_MAX + 256;

/// Reads a key log piece by piece.
#[derive(Default)]
pub struct KeyLog {
    /// What is behind the last line feed.
    rest: Zeroizing<Vec<u8>>,
    is_passing: bool,
    block: Block,
    /// Lines that are neither secrets, comments nor empty; blocks of PEM that hold no key.
    pub rejected: u64,
}

impl std::fmt::Debug for KeyLog {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KeyLog")
    }
}

impl KeyLog {
    pub(super) fn push(&mut self, bytes: &[u8], store: &mut Store) {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            if self.rest.len() + piece.len() > LINE_BYTES_MAX {
                self.is_passing = true;
                self.rest.clear();
            }
            if !self.is_passing {
                self.rest.extend_from_slice(piece);
            }
            if matches!(piece.last(), Some(b'\n' | b'\r')) {
                let is_odd = std::mem::take(&mut self.is_passing) || self.read_line(store).is_none();
                self.rejected += u64::from(is_odd);
                self.rest.iter_mut().for_each(|byte| *byte = 0);
                self.rest.clear();
            }
        }
    }

    /// A block of PEM that did not end holds no key.
    pub(super) fn finish(&mut self) {
        self.rejected += u64::from(std::mem::take(&mut self.block).is_open());
    }

    fn read_line(&mut self, store: &mut Store) -> Option<()> {
        let line = self.rest.trim_ascii();
        match self.block.take(line) {
            Line::None => read_secret(line, store),
            Line::Inside => Some(()),
            Line::Key(key) => store.insert_private(key),
            Line::NoKey => None,
        }
    }
}

/// Takes the secret of a line; none where it is not one that a key log has.
fn read_secret(line: &[u8], store: &mut Store) -> Option<()> {
    if line.is_empty() || line[0] == b'#' {
        return Some(());
    }
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let label = words.next()?;
    let (first, second) = (words.next()?, words.next());
    let mut secret = Zeroizing::new([0; SECRET_BYTES_MAX]);
    let read = |digits: &[u8], secret: &mut [u8; SECRET_BYTES_MAX]| unhex(digits, secret).filter(|length| *length > 0);
    if label == b"RSA" {
        if let Some(id) = first.strip_prefix(b"Session-ID:") {
            let length = read(second?.strip_prefix(b"Master-Key:")?, &mut secret)?;
            let mut name = [0; 32];
            let name_length = unhex(id, &mut name)?;
            store.insert_session(&name[..name_length], &secret[..length]);
        } else {
            let length = read(second?, &mut secret)?;
            let mut name = [0; 8];
            unhex(first, &mut name).filter(|length| *length == 8)?;
            store.insert_encrypted(name, &secret[..length]);
        }
        return Some(());
    }
    let label = match label {
        b"CLIENT_RANDOM" => Label::Master,
        b"PMS_CLIENT_RANDOM" => Label::Premaster,
        b"CLIENT_EARLY_TRAFFIC_SECRET" => Label::Early,
        b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" => Label::ClientHandshake,
        b"SERVER_HANDSHAKE_TRAFFIC_SECRET" => Label::ServerHandshake,
        b"CLIENT_TRAFFIC_SECRET_0" => Label::ClientTraffic,
        b"SERVER_TRAFFIC_SECRET_0" => Label::ServerTraffic,
        // Of no use for records.
        b"EXPORTER_SECRET" | b"EARLY_EXPORTER_SECRET" | b"EARLY_EXPORTER_MASTER_SECRET" | b"ECH_SECRET" | b"ECH_CONFIG" => return Some(()),
        label if label.starts_with(b"QUIC_") => return Some(()),
        _ => return None,
    };
    let length = read(second?, &mut secret)?;
    let mut random = [0; 32];
    unhex(first, &mut random).filter(|length| *length == 32)?;
    if label != Label::Premaster && length > 64 {
        return None;
    }
    store.insert(random, label, &secret[..length]);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::Keys;
    use super::KeyLog;

    const RANDOM: [u8; 32] = [0xab; 32];

    fn text() -> String {
        let random = "AB".repeat(32);
        [
            "# a comment".to_owned(),
            format!("CLIENT_RANDOM {random} {}", "01".repeat(48)),
            format!("SERVER_TRAFFIC_SECRET_0 {} {}", random.to_lowercase(), "02".repeat(32)),
            format!("RSA Session-ID:0a0b Master-Key:{}", "03".repeat(48)),
            format!("RSA 0102030405060708 {}", "04".repeat(48)),
            format!("EXPORTER_SECRET {random} {}", "05".repeat(32)),
            "nonsense".to_owned(),
            format!("CLIENT_RANDOM {} {}", &random[2..], "01".repeat(48)),
            "x".repeat(10_000),
            format!("CLIENT_HANDSHAKE_TRAFFIC_SECRET {random} {}", "06".repeat(48)),
        ]
        .join("\r\n")
    }

    #[test]
    fn any_pieces_of_a_log_give_its_secrets_and_count_what_is_none() {
        for size in [1, 7, 100, 100_000] {
            let (keys, mut log) = (Keys::new(true), KeyLog::default());
            for piece in text().as_bytes().chunks(size) {
                keys.push(&mut log, piece);
            }
            assert!(keys.handshake(&RANDOM, 0).is_none(), "its line may go on");
            keys.finish(&mut log);
            let first = |secret: Option<super::super::Secret>| secret.map(|secret| (secret.bytes()[0], secret.bytes().len()));
            assert_eq!(first(keys.master(&RANDOM, b"")), Some((1, 48)));
            assert_eq!(first(keys.traffic(&RANDOM, 1)), Some((2, 32)));
            assert_eq!(first(keys.master(&[0; 32], &[10, 11])), Some((3, 48)));
            assert_eq!(first(keys.premaster(&[0; 32], &[1, 2, 3, 4, 5, 6, 7, 8, 9])), Some((4, 48)));
            assert_eq!(first(keys.handshake(&RANDOM, 0)), Some((6, 48)));
            assert_eq!(keys.traffic(&RANDOM, 0).map(|_| ()), None);
            assert_eq!((log.rejected, keys.counts()), (3, (5, 0)));
            keys.forget(&RANDOM);
            assert!(keys.master(&RANDOM, b"").is_none());
            assert_eq!(format!("{keys:?} {log:?}"), "Keys KeyLog");
        }
    }
}

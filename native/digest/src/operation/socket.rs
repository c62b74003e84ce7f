//! GraphQL over WebSocket: the message that asks, of graphql-transport-ws (`subscribe`) and of subscriptions-transport-ws (`start`).

use super::envelope::{Envelope, members, text};
use super::{Operation, graphql, trimmed};
use crate::json::Reader;

/// Bytes in which an object says by its first name that it may be one.
const FIRST_BYTES_MAX: usize = 64;

/// The operation that a message asks for; nearly none does.
pub fn operation_of_message(message: &[u8], whole: bool) -> Option<Operation> {
    let message = trimmed(message);
    let first = message.strip_prefix(b"{")?.trim_ascii_start();
    let begins = |name: &[u8]| first[..first.len().min(FIRST_BYTES_MAX)].starts_with(name);
    if ![&b"\"id\""[..], b"\"type\"", b"\"payload\""].into_iter().any(begins) {
        return None;
    }
    let mut reader = Reader::new(message, whole);
    let (mut asks, mut found) = (false, None);
    let read = members(&mut reader, &mut |name, reader| {
        match (name, reader.peek_token()?) {
            (b"type", b'"') => asks = matches!(&*text(reader)?, b"subscribe" | b"start"),
            (b"payload", b'{') => {
                let envelope = Envelope::read(reader);
                found = graphql::operation_of(&envelope, whole);
                if let Some(stop) = envelope.end {
                    return Err(stop);
                }
            }
            _ => reader.skip_value()?,
        }
        Ok(())
    });
    // Of a message that was cut off the type may stand behind.
    found.filter(|_| asks && (read.is_ok() || !whole))
}

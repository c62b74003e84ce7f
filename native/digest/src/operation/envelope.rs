//! The members of a JSON object that say whether it is JSON-RPC or GraphQL, read in one pass.

use crate::json::{Reader, Stop, Text, unescape};
use std::borrow::Cow;

type Name<'b> = Cow<'b, [u8]>;

/// What an object has of both.
#[derive(Default)]
pub(super) struct Envelope<'b> {
    /// Its text, of JSON-RPC.
    pub version: Option<Name<'b>>,
    pub method: Option<Name<'b>>,
    /// Texts of `params` that MCP names things by.
    pub params: Params<'b>,
    has_list: bool,
    has_id: bool,
    /// `result` or `error`.
    pub has_answer: bool,
    /// The text of a query of GraphQL.
    pub query: Option<Name<'b>>,
    pub operation_name: Option<Name<'b>>,
    /// `extensions.persistedQuery`.
    pub is_persisted: bool,
    /// `id`, `documentId` or `doc_id` is a text.
    pub has_document_id: bool,
    /// There are members that neither of them has.
    pub has_others: bool,
    /// Why reading ended before the object did.
    pub end: Option<Stop>,
    /// `query` is the last that is there of a body that was cut off.
    pub is_query_cut: bool,
}

/// Of `params`.
#[derive(Default)]
pub(super) struct Params<'b> {
    pub name: Option<Name<'b>>,
    pub uri: Option<Name<'b>>,
    pub has_protocol_version: bool,
}

/// Whether an object, behind its brace, begins with a member of one of them. Many objects begin with an `id`: there the next one tells.
#[inline]
pub(super) fn begins_known(rest: &[u8]) -> bool {
    let Some((name, behind)) = first_name(rest) else { return false };
    if name != b"id" {
        return is_of_json_rpc(name) || is_of_graphql(name);
    }
    let Some(comma) = behind.iter().take(ID_BYTES_MAX).position(|byte| *byte == b',') else { return false };
    first_name(&behind[comma + 1..]).is_some_and(|(name, _)| is_of_json_rpc(name) || is_of_graphql(name))
}

/// Bytes that an id and what is around it take.
const ID_BYTES_MAX: usize = 100;

#[inline]
fn first_name(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let name = rest.trim_ascii_start().strip_prefix(b"\"")?;
    if !matches!(name.first(), Some(b'j' | b'i' | b'm' | b'p' | b'r' | b'e' | b'q' | b'o' | b'v' | b'd')) {
        return None;
    }
    name.split_at_checked(name.iter().take(16).position(|byte| *byte == b'"')?)
}

fn is_of_json_rpc(name: &[u8]) -> bool {
    matches!(name, b"jsonrpc" | b"id" | b"method" | b"params" | b"result" | b"error")
}

fn is_of_graphql(name: &[u8]) -> bool {
    matches!(name, b"query" | b"operationName" | b"variables" | b"extensions" | b"id" | b"documentId" | b"doc_id")
}

impl<'b> Envelope<'b> {
    /// Reads an object; the place is at its opening brace.
    pub fn read(reader: &mut Reader<'b>) -> Self {
        let mut envelope = Envelope::default();
        envelope.end = members(reader, &mut |name, reader| envelope.member(name, reader)).err();
        envelope
    }

    /// Whether it says so: by its version, or by having what the first version had and nothing else.
    pub fn is_json_rpc(&self) -> bool {
        match self.version.as_deref() {
            // Where it was cut off, the method may stand behind.
            Some(b"2.0" | b"1.0" | b"1.1") => self.method.is_some() || self.has_answer || self.end.is_some(),
            Some(_) => false,
            None => self.method.is_some() && self.has_list && self.has_id && !self.has_others && self.query.is_none() && self.end.is_none(),
        }
    }

    /// Whether a document is named that the server has.
    pub fn names_document(&self) -> bool {
        self.is_persisted || (self.has_document_id && self.operation_name.is_some() && !self.has_others && self.method.is_none())
    }

    fn member(&mut self, name: &[u8], reader: &mut Reader<'b>) -> Result<(), Stop> {
        let token = reader.peek_token()?;
        self.has_others |= !is_of_json_rpc(name) && !is_of_graphql(name);
        match (name, token) {
            (b"jsonrpc", b'"') => self.version = Some(text(reader)?),
            (b"method", b'"') => self.method = Some(text(reader)?),
            (b"params", b'{') => {
                let params = &mut self.params;
                return members(reader, &mut |name, reader| params.member(name, reader));
            }
            (b"query", b'"') => {
                self.query = match text(reader) {
                    Err(Stop::Truncated) => {
                        self.is_query_cut = true;
                        Some(Cow::Borrowed(&reader.bytes[reader.at + 1..]))
                    }
                    text => Some(text?),
                };
                if self.is_query_cut {
                    return Err(Stop::Truncated);
                }
            }
            (b"operationName", b'"') => self.operation_name = Some(text(reader)?),
            (b"extensions", b'{') => {
                let is_persisted = &mut self.is_persisted;
                return members(reader, &mut |name, reader| {
                    *is_persisted |= name == b"persistedQuery" && reader.peek_token()? == b'{';
                    reader.skip_value()
                });
            }
            _ => {
                self.has_list |= name == b"params" && token == b'[';
                self.has_id |= name == b"id";
                self.has_answer |= matches!(name, b"result" | b"error");
                self.has_document_id |= matches!(name, b"id" | b"documentId" | b"doc_id") && token == b'"';
                reader.skip_value()?;
            }
        }
        Ok(())
    }
}

impl<'b> Params<'b> {
    fn member(&mut self, name: &[u8], reader: &mut Reader<'b>) -> Result<(), Stop> {
        match (name, reader.peek_token()?) {
            (b"name", b'"') => self.name = Some(text(reader)?),
            (b"uri", b'"') => self.uri = Some(text(reader)?),
            _ => {
                self.has_protocol_version |= name == b"protocolVersion";
                reader.skip_value()?;
            }
        }
        Ok(())
    }
}

/// Goes past the value of a member, by its name.
pub(super) type Each<'e, 'b> = dyn FnMut(&[u8], &mut Reader<'b>) -> Result<(), Stop> + 'e;

/// Goes through the members of an object; `each` goes past the value. Names with escapes are those of no member that is looked for.
pub(super) fn members<'b>(reader: &mut Reader<'b>, each: &mut Each<'_, 'b>) -> Result<(), Stop> {
    reader.at += 1;
    if reader.peek_token()? == b'}' {
        reader.at += 1;
        return Ok(());
    }
    loop {
        if reader.peek_token()? != b'"' {
            return Err(Stop::Invalid);
        }
        let name = reader.text()?;
        if reader.peek_token()? != b':' {
            return Err(Stop::Invalid);
        }
        reader.at += 1;
        each(name.raw, reader)?;
        match reader.peek_token()? {
            b',' => reader.at += 1,
            b'}' => {
                reader.at += 1;
                return Ok(());
            }
            _ => return Err(Stop::Invalid),
        }
    }
}

pub(super) fn text<'b>(reader: &mut Reader<'b>) -> Result<Name<'b>, Stop> {
    let Text { raw, is_escaped, .. } = reader.text()?;
    if !is_escaped {
        return Ok(Cow::Borrowed(raw));
    }
    let mut meant = Vec::new();
    unescape(raw, &mut meant);
    Ok(Cow::Owned(meant))
}

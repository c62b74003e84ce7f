//! Bodies by media type.
use crate::{Cx, shape::Node};
use std::borrow::Cow;
/// todo
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind { /// x
 Json, /// x
 NdJson, /// x
 Form, /// x
 Multipart, /// x
 Xml, /// x
 Text, /// x
 Opaque }
/// todo
pub fn media_kind(content_type: &[u8]) -> (Cow<'static, str>, MediaKind) { let _ = content_type; (Cow::Borrowed("other"), MediaKind::Opaque) }
/// todo
pub fn digest_body(kind: MediaKind, content_type: &[u8], bytes: &[u8], whole: bool, node: &mut Node, cx: &mut Cx) { let _ = (kind, content_type, bytes, whole, node, cx); }

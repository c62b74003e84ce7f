//! Query strings and forms.
use crate::{Cx, shape::Node};
/// todo
pub fn digest_query(raw: &[u8], node: &mut Node, cx: &mut Cx) { let _ = (raw, node, cx); }

//! Cookies.
use crate::{Cx, shape::Node};
/// todo
pub fn digest_cookies(raw: &[u8], node: &mut Node, cx: &mut Cx) { let _ = (raw, node, cx); }

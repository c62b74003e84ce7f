//! HAR 1.2: the entries of a document, one at a time.

use std::io::Read;

use crate::record::ExchangeRecord;
use crate::rejection::Rejection;

/// What was found in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Elements of `log.entries`; the sum of those taken and those rejected.
    pub entries: u64,
    /// The document ended inside the array of entries, or was damaged there.
    pub cut: bool,
}

/// Calls `take` for each entry in order, with its index from 0. Memory holds one entry, at most 64 MiB.
pub fn entries(source: impl Read, mut take: impl FnMut(u64, Result<ExchangeRecord<'_>, Rejection>)) -> std::io::Result<Summary> {
    let _ = (source, &mut take);
    Ok(Summary::default())
}

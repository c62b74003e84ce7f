//! Which literal path segments stay apart where there are very many, and where the rest goes.
//!
//! Below each prefix of a service the literals with the smallest priorities stay (bottom-k), known API words before all others; the rest is
//! one child, `{word}`. Priority is a pure function of the text, so the result never depends on order; TypeScript folds what several
//! batches bring together by the same rule (`src/inventory/literal_bounds.ts`).

use foldhash::{HashMap, HashSet};
use tapistry_digest::hash::priority;
use tapistry_digest::path::KnownLiterals;

/// Literals below one prefix that stay, of known words and of others.
pub const FAMILIAR_MAX: usize = 128;
/// See `FAMILIAR_MAX`.
pub const OTHERS_MAX: usize = 32;
/// Operations of one path that stay; others are their kind alone.
pub const OPERATIONS_MAX: usize = 256;
/// Prefixes over all services; literals below further ones all fold.
const PREFIXES_MAX: usize = 200_000;
const FOLDED: &str = "{word}";

/// The literals that stay, by prefix.
#[derive(Debug, Default)]
pub struct Folds {
    prefixes: HashMap<Box<str>, Kept>,
    evictions: u64,
}

#[derive(Debug, Default)]
struct Kept {
    familiar: Vec<(u64, Box<str>)>,
    others: Vec<(u64, Box<str>)>,
}

impl Folds {
    /// Writes `service` and the path with what does not stay folded to `out`; `known` never fold. What was written before may since have given way: see
    /// [`Folds::evictions`].
    pub fn fold(&mut self, service: &str, path: &str, words: &Words, known: &KnownLiterals, out: &mut String) {
        out.clear();
        out.push_str(service);
        for segment in path.split_inclusive('/') {
            let (literal, slash) = segment.strip_suffix('/').map_or((segment, ""), |literal| (literal, "/"));
            if literal.is_empty() || literal.starts_with('{') || known.contains(literal.as_bytes()) {
                out.push_str(segment);
                continue;
            }
            let is_full = self.prefixes.len() >= PREFIXES_MAX;
            let took = match self.prefixes.get_mut(out.as_str()) {
                Some(kept) => kept.take(literal, words),
                None if is_full => Take::Folds,
                None => self.prefixes.entry(out.as_str().into()).or_default().take(literal, words),
            };
            self.evictions += u64::from(took == Take::Replaces);
            out.push_str(if took == Take::Folds { FOLDED } else { literal });
            out.push_str(slash);
        }
    }

    /// Whether an operation of a path stays apart; `place` is what [`Folds::fold`] wrote. It goes up with its kind, so that both sides rank the same text.
    pub fn keeps_operation(&mut self, place: &str, kind: &str, operation: &str) -> bool {
        let (prefix, text) = (format!("{place} "), format!("{kind} {operation}"));
        let is_full = self.prefixes.len() >= PREFIXES_MAX;
        let took = match self.prefixes.get_mut(prefix.as_str()) {
            Some(kept) => take(&mut kept.others, &text, OPERATIONS_MAX),
            None if is_full => Take::Folds,
            None => take(&mut self.prefixes.entry(prefix.into()).or_default().others, &text, OPERATIONS_MAX),
        };
        self.evictions += u64::from(took == Take::Replaces);
        took != Take::Folds
    }

    /// How often a literal gave way to another; while this grows, folding a path again may give another result.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Take {
    Stays,
    Folds,
    Replaces,
}

impl Kept {
    fn take(&mut self, literal: &str, words: &Words) -> Take {
        if words.is_familiar(literal) { take(&mut self.familiar, literal, FAMILIAR_MAX) } else { take(&mut self.others, literal, OTHERS_MAX) }
    }
}

/// Puts a text among those with the smallest priorities, where it has a place.
fn take(kept: &mut Vec<(u64, Box<str>)>, own: &str, most: usize) -> Take {
    let rank = (priority(own.as_bytes()), own);
    match kept.binary_search_by(|(other, text)| (*other, &**text).cmp(&rank)) {
        Ok(_) => Take::Stays,
        Err(at) if at >= most => Take::Folds,
        Err(at) => {
            kept.insert(at, (rank.0, own.into()));
            if kept.len() > most && kept.pop().is_some() { Take::Replaces } else { Take::Stays }
        }
    }
}

/// Words that are known in paths of APIs.
#[derive(Debug, Default)]
pub struct Words {
    /// Lower case.
    pub familiar: HashSet<Box<str>>,
}

impl Words {
    /// Whether every part of a literal, cut at `-`, `_` and `.`, is a known word.
    fn is_familiar(&self, literal: &str) -> bool {
        let lower = literal.to_ascii_lowercase();
        let mut parts = lower.split(['-', '_', '.']).filter(|part| !part.is_empty()).peekable();
        parts.peek().is_some() && parts.all(|part| self.familiar.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn words() -> Words {
        Words { familiar: ["users", "search"].into_iter().map(Into::into).collect() }
    }

    /// The paths that are left when all are folded until nothing gives way any more.
    fn left(paths: &[String]) -> BTreeSet<String> {
        let (mut folds, words, mut out) = (Folds::default(), words(), String::new());
        loop {
            let before = folds.evictions();
            let kept = paths
                .iter()
                .map(|path| {
                    folds.fold("s", path, &words, &KnownLiterals::new(), &mut out);
                    out.clone()
                })
                .collect();
            if folds.evictions() == before {
                return kept;
            }
        }
    }

    #[test]
    fn a_flood_of_operations_leaves_the_same_ones_in_any_order() {
        let kept = |names: &[String]| -> BTreeSet<String> {
            let mut folds = Folds::default();
            loop {
                let before = folds.evictions();
                let kept = names.iter().filter(|name| folds.keeps_operation("s/graphql", "graphql", name)).cloned().collect();
                if folds.evictions() == before {
                    return kept;
                }
            }
        };
        let mut names: Vec<String> = (0..2000).map(|n| format!("query Get{n}")).collect();
        let forward = kept(&names);
        names.reverse();
        assert_eq!(kept(&names), forward);
        assert_eq!(forward.len(), OPERATIONS_MAX);
    }

    #[test]
    fn a_flood_of_words_leaves_the_known_ones_and_never_depends_on_order() {
        let mut paths: Vec<String> = (0..5000).map(|n| format!("/v1/w{n:x}q")).collect();
        paths.push("/v1/users".into());
        paths.push("/v1/search".into());
        let forward = left(&paths);
        paths.reverse();
        assert_eq!(left(&paths), forward);
        assert_eq!(forward.len(), OTHERS_MAX + 3);
        assert!(forward.contains("s/v1/users") && forward.contains("s/v1/search") && forward.contains("s/v1/{word}"));
    }
}

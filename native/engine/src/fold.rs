//! Which literal path segments stay apart where there are very many, and where the rest goes.
//!
//! Below each prefix of a service the literals with the smallest priorities stay (bottom-k), known API words before all others; the rest is
//! one child, `{word}`. Priority is a pure function of the text, so the result never depends on order; TypeScript folds what several
//! batches bring together by the same rule (`src/inventory/literal_bounds.ts`).

use std::collections::{HashMap, HashSet};
use tapistry_digest::hash::priority;

/// Literals below one prefix that stay, of known words and of others.
pub const FAMILIAR_MAX: usize = 128;
/// See `FAMILIAR_MAX`.
pub const OTHERS_MAX: usize = 32;
/// Prefixes over all services; literals below further ones all fold.
const PREFIXES_MAX: usize = 200_000;
const FOLDED: &str = "{word}";

/// The literals that stay, by prefix.
#[derive(Debug, Default)]
pub struct Folds {
    prefixes: HashMap<Box<str>, Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    familiar: Vec<(u64, Box<str>)>,
    others: Vec<(u64, Box<str>)>,
}

/// A literal that no longer stays: everything below `prefix/literal` goes below `prefix/{word}`.
#[derive(Debug, PartialEq, Eq)]
pub struct Evicted {
    /// Service and path up to the literal, with a slash at its end.
    pub prefix: Box<str>,
    /// The segment.
    pub literal: Box<str>,
}

impl Folds {
    /// Writes `service` and the folded `path` to `out`; returns the literals that had to give way.
    pub fn fold(&mut self, service: &str, path: &str, words: &Words, out: &mut String) -> Vec<Evicted> {
        out.clear();
        out.push_str(service);
        let mut evicted = Vec::new();
        for segment in path.split_inclusive('/') {
            let (literal, slash) = segment.strip_suffix('/').map_or((segment, ""), |literal| (literal, "/"));
            if literal.is_empty() || literal.starts_with('{') || words.is_known(literal) {
                out.push_str(segment);
                continue;
            }
            let is_full = self.prefixes.len() >= PREFIXES_MAX;
            let stays = match self.prefixes.get_mut(out.as_str()) {
                Some(kept) => kept.take(literal, words),
                None if is_full => Take::Folds,
                None => self.prefixes.entry(out.as_str().into()).or_default().take(literal, words),
            };
            match stays {
                Take::Stays => out.push_str(literal),
                Take::Folds => out.push_str(FOLDED),
                Take::Replaces(literal_out) => {
                    evicted.push(Evicted { prefix: out.as_str().into(), literal: literal_out });
                    out.push_str(literal);
                }
            }
            out.push_str(slash);
        }
        evicted
    }
}

enum Take {
    Stays,
    Folds,
    Replaces(Box<str>),
}

impl Kept {
    fn take(&mut self, literal: &str, words: &Words) -> Take {
        let (kept, most) = if words.is_familiar(literal) { (&mut self.familiar, FAMILIAR_MAX) } else { (&mut self.others, OTHERS_MAX) };
        let rank = (priority(literal.as_bytes()), literal);
        match kept.binary_search_by(|(other, text)| (*other, &**text).cmp(&rank)) {
            Ok(_) => Take::Stays,
            Err(at) if at >= most => Take::Folds,
            Err(at) => {
                kept.insert(at, (rank.0, literal.into()));
                if kept.len() > most { kept.pop().map_or(Take::Stays, |(_, last)| Take::Replaces(last)) } else { Take::Stays }
            }
        }
    }
}

/// Words that are known in paths of APIs, and literals of registered specs.
#[derive(Debug, Default)]
pub struct Words {
    /// Lower case.
    pub familiar: HashSet<Box<str>>,
    /// As the specs have them; these never fold.
    pub known: HashSet<Box<[u8]>>,
}

impl Words {
    fn is_known(&self, literal: &str) -> bool {
        self.known.contains(literal.as_bytes())
    }

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
        Words { familiar: ["users", "search"].into_iter().map(Into::into).collect(), known: HashSet::new() }
    }

    /// The paths that are left when each is folded and everything evicted is folded again.
    fn left(paths: &[String]) -> BTreeSet<String> {
        let (mut folds, words, mut out, mut kept) = (Folds::default(), words(), String::new(), BTreeSet::new());
        for path in paths {
            let evicted = folds.fold("s", path, &words, &mut out);
            kept.insert(out.clone());
            for Evicted { prefix, literal } in evicted {
                let gone = format!("{prefix}{literal}");
                kept.retain(|path: &String| *path != gone);
                kept.insert(format!("{prefix}{FOLDED}"));
            }
        }
        kept
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

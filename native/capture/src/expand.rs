//! Names of inputs to files: folders are walked, globs matched, hidden files left out.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders below the one named that are entered.
const DEPTH_MAX: usize = 64;
/// Files that are listed; a larger tree is cut there.
const FILES_MAX: usize = 1_000_000;

/// The files that `names` mean, each once: folders and globs in sorted order, everything else as it stands. A name that means
/// nothing stays, so that opening it says what is wrong. `-` is standard input. `*`, `?` and `[a-z]` match within a path
/// segment, `**` over any number of them; a file that exists under the very name is never taken for a glob.
pub fn expand<P: AsRef<Path>>(names: &[P]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    for name in names {
        let mut found = expand_one(name.as_ref());
        found.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
        files.append(&mut found);
    }
    files
}

fn expand_one(name: &Path) -> Vec<PathBuf> {
    let text = name.to_string_lossy();
    let mut walk = Walk::default();
    if text == "-" || name.is_file() {
        return vec![name.to_owned()];
    }
    if name.is_dir() {
        walk.folder(name, 0);
    } else if text.contains(['*', '?', '[']) {
        let segments: Vec<&str> = text.split('/').collect();
        let (base, rest) = if text.starts_with('/') { (PathBuf::from("/"), &segments[1..]) } else { (PathBuf::new(), &segments[..]) };
        walk.glob(&base, rest, 0);
    } else {
        return vec![name.to_owned()];
    }
    walk.files.sort();
    walk.files.dedup();
    if walk.files.is_empty() && !name.is_dir() { vec![name.to_owned()] } else { walk.files }
}

#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    folders: HashSet<PathBuf>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, depth: usize) {
        // A folder is entered once under its real name, so that a link to a parent ends.
        let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        if depth > DEPTH_MAX || !self.folders.insert(real) {
            return;
        }
        for entry in entries(folder) {
            self.take(&entry, depth);
        }
    }

    fn take(&mut self, path: &Path, depth: usize) {
        if path.is_dir() {
            self.folder(path, depth + 1);
        } else if self.files.len() < FILES_MAX && path.is_file() {
            self.files.push(path.to_owned());
        }
    }

    fn glob(&mut self, base: &Path, segments: &[&str], depth: usize) {
        let Some((segment, rest)) = segments.split_first() else {
            return self.take(base, 0);
        };
        if depth > DEPTH_MAX {
            return;
        }
        if *segment == "**" {
            self.glob(base, rest, depth + 1);
            for entry in entries(base).into_iter().filter(|entry| entry.is_dir() && !entry.is_symlink()) {
                self.glob(&entry, segments, depth + 1);
            }
        } else if segment.is_empty() || !segment.contains(['*', '?', '[']) {
            let next = base.join(segment);
            if next.exists() {
                self.glob(&next, rest, depth + 1);
            }
        } else {
            for entry in entries(base) {
                let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                if matches(segment.as_bytes(), name.as_bytes()) {
                    self.glob(&entry, rest, depth + 1);
                }
            }
        }
    }
}

/// What a folder holds, sorted, without hidden names; nothing where it may not be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let read = fs::read_dir(here).into_iter().flatten().flatten();
    let shown = read.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    let mut paths: Vec<PathBuf> = shown.map(|entry| folder.join(entry.file_name())).collect();
    paths.sort();
    paths
}

/// Whether `name` matches `pattern`, in time of the product of their lengths: only the last star is ever tried again.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut position) = (0, 0);
    let mut star = None;
    while position < name.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, position));
            at += 1;
        } else if let Some(next) = one(&pattern[at..], name[position]) {
            at += next;
            position += 1;
        } else if let Some((star_at, from)) = star {
            star = Some((star_at, from + 1));
            at = star_at + 1;
            position = from + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

/// Length of the pattern's first element where it matches `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', class @ ..] => {
            let close = class.iter().skip(1).position(|&byte| byte == b']').map(|at| at + 1);
            let Some(close) = close else { return (byte == b'[').then_some(1) };
            let (negated, set) = match &class[..close] {
                [b'!' | b'^', rest @ ..] => (true, rest),
                set => (false, set),
            };
            (in_set(set, byte) != negated).then_some(close + 2)
        }
        [first, ..] => (*first == byte).then_some(1),
        [] => None,
    }
}

fn in_set(mut set: &[u8], byte: u8) -> bool {
    loop {
        match set {
            [low, b'-', high, rest @ ..] => {
                if (*low..=*high).contains(&byte) {
                    return true;
                }
                set = rest;
            }
            [one, rest @ ..] => {
                if *one == byte {
                    return true;
                }
                set = rest;
            }
            [] => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let yes = [("*.pcap", "a.pcap"), ("a?c", "abc"), ("[a-c]x", "bx"), ("[!a]x", "bx"), ("*a*b*", "xxaxxbxx"), ("[", "["), ("*", "")];
        let no = [("*.pcap", "a.pcapng"), ("a?c", "ac"), ("[a-c]x", "dx"), ("[!a]x", "ax"), ("", "a"), ("[]", "x")];
        for (pattern, name) in yes {
            assert!(matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
        for (pattern, name) in no {
            assert!(!matches(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
        assert!(!matches(&b"*a".repeat(200), &b"a".repeat(199)));
    }

    #[cfg(unix)]
    #[test]
    fn folders_globs_and_loops() {
        let root = std::env::temp_dir().join(format!("tapistry-expand-{}", std::process::id()));
        fs::create_dir_all(root.join("a/b")).unwrap();
        for name in ["a/1.pcap", "a/b/2.pcap", "a/.hidden", "a/b/3.log"] {
            fs::write(root.join(name), b"x").unwrap();
        }
        std::os::unix::fs::symlink(&root, root.join("a/b/loop")).unwrap();
        let short = |names: &[&str]| -> Vec<String> {
            let names: Vec<PathBuf> = names.iter().map(|name| root.join(name)).collect();
            expand(&names).iter().map(|path| path.strip_prefix(&root).unwrap().display().to_string()).collect()
        };
        assert_eq!(short(&["a"]), ["a/1.pcap", "a/b/2.pcap", "a/b/3.log"]);
        assert_eq!(short(&["**/*.pcap"]), ["a/1.pcap", "a/b/2.pcap"]);
        assert_eq!(short(&["a/*/*.log", "a/b"]), ["a/b/3.log", "a/b/2.pcap", "a/b/loop/a/1.pcap"]);
        assert_eq!(short(&["nothing", "*.none"]), ["nothing", "*.none"]);
        fs::remove_dir_all(&root).unwrap();
    }
}

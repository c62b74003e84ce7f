//! Header blocks of three encoders with what they say, from `../shared/vectors/hpack`.

use std::path::{Path, PathBuf};
use tapistry_http::h2::FieldSink;
use tapistry_http::h2::hpack::{Decoder, Outcome};

#[derive(Default)]
struct Fields(Vec<(String, String)>);

impl FieldSink for Fields {
    fn field(&mut self, name: Option<&[u8]>, value: Option<&[u8]>) {
        let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.expect("known").to_vec()).unwrap();
        self.0.push((text(name), text(value)));
    }
}

/// The texts of a JSON document in order: enough of JSON for these stories.
fn texts(json: &str) -> Vec<String> {
    let (mut texts, mut rest) = (Vec::new(), json.chars());
    while rest.by_ref().any(|character| character == '"') {
        let mut text = String::new();
        while let Some(character) = rest.next().filter(|character| *character != '"') {
            text.push(match (character, if character == '\\' { rest.next() } else { None }) {
                (_, Some('u')) => {
                    let digits: String = rest.by_ref().take(4).collect();
                    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap()
                }
                (_, Some(escaped)) => escaped,
                (plain, None) => plain,
            });
        }
        texts.push(text);
    }
    texts
}

/// The blocks of a story and the fields that each holds, names and values in turn.
fn cases(json: &str) -> (Vec<Vec<u8>>, Vec<Vec<String>>) {
    let (mut blocks, mut said) = (Vec::new(), Vec::new());
    let mut texts = texts(json).into_iter();
    while let Some(text) = texts.next() {
        match text.as_str() {
            "wire" => blocks.push(bytes(&texts.next().unwrap())),
            "headers" => said.push(Vec::new()),
            "seqno" | "header_table_size" => {}
            "description" => drop(texts.next()),
            _ => said.last_mut().map_or((), |fields| fields.push(text)),
        }
    }
    (blocks, said)
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..][..2], 16).unwrap()).collect()
}

fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("TAPISTRY_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    Some(shared.join("vectors/hpack")).filter(|folder| folder.is_dir())
}

#[test]
fn every_story_of_every_encoder() {
    let Some(folder) = folder() else { return eprintln!("skipped: there is no ../shared/vectors/hpack") };
    let mut stories = 0;
    for encoder in ["go-hpack", "nghttp2-change-table-size", "python-hpack"] {
        for place in std::fs::read_dir(folder.join(encoder)).unwrap() {
            let place = place.unwrap().path();
            let json = std::fs::read_to_string(&place).unwrap();
            let mut decoder = Decoder::default();
            let (blocks, said) = cases(&json);
            assert_eq!(blocks.len(), said.len());
            for (block, said) in blocks.iter().zip(said) {
                let mut fields = Fields::default();
                assert_eq!(decoder.block(block, &mut fields), Outcome::default(), "{}", place.display());
                let read: Vec<_> = fields.0.into_iter().flat_map(|(name, value)| [name, value]).collect();
                assert_eq!(read, said, "{}", place.display());
            }
            stories += 1;
        }
    }
    assert!(stories > 90, "{stories}");
}

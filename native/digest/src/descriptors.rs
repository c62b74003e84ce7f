//! What sets of descriptors say of protocol buffers: which messages a method takes and gives, names and types of their fields.

mod set;

pub use set::Problem;

use crate::classes::KeyHint;
use set::{Declared, DeclaredField};
use std::collections::{BTreeSet, HashMap};

/// The messages of the sets that were read.
#[derive(Debug, Default)]
pub struct Descriptors {
    messages: Vec<Message>,
    enums: Vec<HashMap<i32, Box<str>>>,
    /// By `package.Service/Method`: what it takes and what it gives.
    methods: HashMap<Box<str>, [Option<u32>; 2]>,
    missing: BTreeSet<Box<str>>,
}

/// A message of a known type.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'d> {
    pub(crate) descriptors: &'d Descriptors,
    pub(crate) message: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Message {
    /// By number.
    fields: Vec<Field>,
    /// One entry of a map: key and value.
    pub is_map_entry: bool,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub number: u32,
    /// As in JSON.
    pub name: Box<str>,
    /// What the name says about its values.
    pub hint: KeyHint,
    pub is_repeated: bool,
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Double,
    Float,
    /// `int32`, `int64`: negative ones have ten bytes.
    Signed,
    Unsigned,
    /// `sint32`, `sint64`.
    Zigzag,
    Fixed64,
    Fixed32,
    SignedFixed64,
    SignedFixed32,
    Bool,
    Text,
    Bytes,
    Enum(u32),
    Message(u32),
    /// Of a type that no set has.
    Missing,
}

impl Descriptors {
    /// Of some sets; what is declared in several counts as in the first. An error says in which set it is.
    pub fn of(sets: &[Vec<u8>]) -> Result<Self, (usize, Problem)> {
        let mut declared = Declared::default();
        for (at, set) in sets.iter().enumerate() {
            declared.read(set).map_err(|problem| (at, problem))?;
        }
        Ok(Descriptors::resolved(declared))
    }

    /// The message that the method of a path takes (0) or gives (1). Whatever stands before service and method does not matter.
    pub fn message_of(&self, path: &[u8], side: usize) -> Option<Typed<'_>> {
        if self.methods.is_empty() {
            return None;
        }
        let path = std::str::from_utf8(path).ok()?;
        let service = path[..path.rfind('/')?].rfind('/').map_or(0, |at| at + 1);
        let message = self.methods.get(&path[service..])?[side]?;
        Some(Typed { descriptors: self, message })
    }

    /// Types that are named and that no set has, sorted.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.missing.iter().map(|name| &**name)
    }

    pub(crate) fn message(&self, at: u32) -> &Message {
        &self.messages[at as usize]
    }

    /// The entry of a map, where a field that is repeated is one.
    pub(crate) fn map_entry(&self, kind: Kind) -> Option<u32> {
        match kind {
            Kind::Message(at) if self.message(at).is_map_entry => Some(at),
            _ => None,
        }
    }

    /// The name of a value of an enumeration.
    pub(crate) fn value_name(&self, of: u32, value: i32) -> Option<&str> {
        self.enums[of as usize].get(&value).map(|name| &**name)
    }

    fn resolved(declared: Declared<'_>) -> Self {
        let Declared { messages, enums, methods, types, .. } = declared;
        let mut missing = BTreeSet::new();
        let mut message_named = |name: &str| match types.get(name) {
            Some(Kind::Message(at)) => Some(*at),
            _ => {
                missing.insert(name.into());
                None
            }
        };
        let methods = methods.into_iter().map(|(name, sides)| (name.into_boxed_str(), sides.map(&mut message_named))).collect();
        let messages = messages
            .into_iter()
            .map(|message| {
                let mut fields: Vec<_> = message.fields.iter().map(|field| resolved_field(field, &types, &mut missing)).collect();
                fields.sort_by_key(|field| field.number);
                Message { fields, is_map_entry: message.is_map_entry }
            })
            .collect();
        let enums = enums
            .into_iter()
            .map(|values| {
                let mut names = HashMap::new();
                // Of names for the same number the first is the one that JSON has.
                for (value, name) in values {
                    names.entry(value).or_insert_with(|| name.into());
                }
                names
            })
            .collect();
        Descriptors { messages, enums, methods, missing }
    }
}

impl Message {
    pub fn field(&self, number: u32) -> Option<&Field> {
        self.fields.binary_search_by_key(&number, |field| field.number).ok().map(|at| &self.fields[at])
    }
}

fn resolved_field(declared: &DeclaredField<'_>, types: &HashMap<String, Kind>, missing: &mut BTreeSet<Box<str>>) -> Field {
    let kind = declared.kind.unwrap_or_else(|| {
        types.get(declared.type_name).copied().unwrap_or_else(|| {
            missing.insert(declared.type_name.into());
            Kind::Missing
        })
    });
    let name = declared.json_name.map_or_else(|| json_name(declared.name), Into::into);
    Field { number: declared.number, hint: KeyHint::of_name(name.as_bytes()), name, is_repeated: declared.is_repeated, kind }
}

/// The name of a field in JSON where none is declared: `user_id` is `userId`.
fn json_name(name: &str) -> Box<str> {
    let mut out = String::with_capacity(name.len());
    let mut is_first = false;
    for letter in name.chars() {
        match letter {
            '_' => is_first = true,
            _ if is_first => {
                out.push(letter.to_ascii_uppercase());
                is_first = false;
            }
            _ => out.push(letter),
        }
    }
    out.into()
}

#[cfg(test)]
#[path = "descriptors_tests.rs"]
mod tests;

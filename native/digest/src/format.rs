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
        format_of::look(text).format
    }

    /// Whether a text of this format is of no data class unless its key says so.
    #[inline]
    pub(crate) fn is_no_class(self) -> bool {
        use Format::*;
        matches!(self, DateTime | Date | Time | Duration | HttpDate | Uuid | Ulid | ObjectId | Hex | Locale | Color)
    }
}

/// How many texts had which format, sorted by format. Merging adds. Nearly every place has one format, which needs no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormatCounts {
    first: Option<Format>,
    first_count: u64,
    /// The others, none of them smaller than `first`.
    #[allow(clippy::box_collection, reason = "8 bytes where a vector takes 24, and nearly never there")]
    more: Option<Box<Vec<(Format, u64)>>>,
}

impl FormatCounts {
    /// Adds `count` texts of a format.
    #[inline]
    pub fn add(&mut self, format: Format, count: u64) {
        if self.first == Some(format) {
            self.first_count += count;
        } else {
            self.add_other(format, count);
        }
    }

    /// Adds every count of another.
    pub fn merge(&mut self, other: &FormatCounts) {
        for (format, count) in other.iter() {
            self.add(format, count);
        }
    }

    /// As if every text had been added so many times.
    pub(crate) fn multiply(&mut self, times: u64) {
        self.first_count *= times;
        self.more.iter_mut().flat_map(|more| more.iter_mut()).for_each(|(_, count)| *count *= times);
    }

    /// Formats with their counts, in order of format.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Format, u64)> + '_ {
        let first = usize::from(self.first.is_some());
        let more = self.more.as_deref().map_or(&[][..], Vec::as_slice);
        (0..first + more.len()).map(move |at| match self.first {
            Some(format) if at == 0 => (format, self.first_count),
            _ => more[at - first],
        })
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    #[cold]
    fn add_other(&mut self, format: Format, count: u64) {
        let Some(first) = self.first else {
            (self.first, self.first_count) = (Some(format), count);
            return;
        };
        let more = self.more.get_or_insert_default();
        if format < first {
            more.insert(0, (first, self.first_count));
            (self.first, self.first_count) = (Some(format), count);
            return;
        }
        match more.binary_search_by_key(&format, |entry| entry.0) {
            Ok(at) => more[at].1 += count,
            Err(at) => more.insert(at, (format, count)),
        }
    }
}

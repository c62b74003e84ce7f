//! Why a line or entry is not an exchange: a closed set, counted by name.

macro_rules! rejections {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal),+ $(,)?) => {
        /// Why a line or entry was not taken. The caller counts each with the number of the first line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Rejection { $($(#[$doc])+ $variant),+ }

        impl Rejection {
            /// Every rejection, in the order of its number.
            pub const ALL: &'static [Rejection] = &[$(Rejection::$variant),+];

            /// The published name, as `not_http`.
            pub const fn name(self) -> &'static str {
                match self { $(Rejection::$variant => $name),+ }
            }
        }
    };
}

rejections! {
    /// White space only.
    Blank = "blank",
    /// Starts with `#`, as the head of a W3C log.
    Comment = "comment",
    /// Longer than the cap; skipped without being held.
    LineTooLong = "line_too_long",
    /// The input ended inside the line.
    LineCut = "line_cut",
    /// Holds a NUL byte, as a log does that was truncated while it was written.
    NulByte = "nul_byte",
    /// JSON that is not UTF-8.
    NotUtf8 = "not_utf8",
    /// Not of the line format.
    NotFormat = "not_format",
    /// Of a format whose head names its columns, before any head.
    HeadMissing = "head_missing",
    /// An event of another kind than an HTTP exchange, as network monitors write into the same file.
    OtherEvent = "other_event",
    /// Of the line format, but what the client sent was no HTTP request.
    NotHttp = "not_http",
    /// Not one JSON value.
    NotJson = "not_json",
    /// JSON, but not an object.
    NotObject = "not_object",
    /// Deeper than the cap.
    TooDeep = "too_deep",
    /// A known key holds a value of the wrong type.
    WrongType = "wrong_type",
    /// No request method.
    MethodMissing = "method_missing",
    /// A method with characters that no method has, or too long.
    MethodBad = "method_bad",
    /// No path.
    PathMissing = "path_missing",
    /// A path that is no request target.
    PathBad = "path_bad",
    /// A time that is not one.
    TimeBad = "time_bad",
    /// A status outside 0 to 999.
    StatusBad = "status_bad",
    /// Base64 that does not decode.
    Base64Bad = "base64_bad",
    /// A HAR entry larger than the cap.
    EntryTooLong = "entry_too_long",
    /// A HAR entry without its request object.
    RequestMissing = "request_missing",
    /// A syslog message whose header is not as RFC 5424 says.
    SyslogBad = "syslog_bad",
    /// A syslog frame that begins like an octet count and has none.
    SyslogCountBad = "syslog_count_bad",
    /// A span of the client of an exchange, whose server has one too.
    ClientSpan = "client_span",
    /// Not of the wire format of Protocol Buffers.
    ProtobufBad = "protobuf_bad",
}

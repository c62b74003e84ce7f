//! How the messages of a body are framed, by its media type.

/// The framing of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `application/grpc`, `application/grpc-web`: as bytes.
    Binary,
    /// `application/grpc-web-text`: in base64.
    Text,
}

impl Framing {
    /// Of a Content-Type; `None` for what is not gRPC.
    #[inline]
    pub fn of(content_type: &[u8]) -> Option<Framing> {
        const NAME: &[u8] = b"application/grpc";
        let (name, rest) = content_type.split_at_checked(NAME.len())?;
        if !name.eq_ignore_ascii_case(NAME) {
            return None;
        }
        let begins = |suffix: &[u8]| rest.get(..suffix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(suffix));
        match rest.first() {
            Some(b'-') if begins(b"-web-text") => Some(Framing::Text),
            Some(b'-') if !begins(b"-web") => None,
            None | Some(b'+' | b';' | b' ' | b'-') => Some(Framing::Binary),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Framing;

    #[test]
    fn by_media_type() {
        for (content_type, framing) in [
            ("application/grpc", Some(Framing::Binary)),
            ("Application/GRPC+proto", Some(Framing::Binary)),
            ("application/grpc; charset=utf-8", Some(Framing::Binary)),
            ("application/grpc-web+proto", Some(Framing::Binary)),
            ("application/grpc-web-text", Some(Framing::Text)),
            ("application/grpc-web-text+proto", Some(Framing::Text)),
            ("application/grpcx", None),
            ("application/grpc-other", None),
            ("application/json", None),
            ("", None),
        ] {
            assert_eq!(Framing::of(content_type.as_bytes()), framing, "{content_type}");
        }
    }
}

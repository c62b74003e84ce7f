//! JSON Web Tokens (RFC 7519), compact form: the header decodes to JSON with `alg`.

use crate::base64;

/// Whether the text begins with a JWT; returns its length.
pub(super) fn jwt_at(text: &[u8]) -> Option<usize> {
    // Base64url of `{"` and of `{ ` or `{\n`.
    if !text.starts_with(b"ey") && !text.starts_with(b"ew") {
        return None;
    }
    let length = text.iter().take_while(|byte| base64::is_url_byte(**byte) || **byte == b'.').count();
    let mut parts = text[..length].split(|byte| *byte == b'.');
    let (header, claims) = (parts.next()?, parts.next()?);
    if header.len() < 10 || claims.len() < 8 {
        return None;
    }
    let mut buffer = [0; 192];
    let decoded = base64::decode_prefix(header, &mut buffer);
    let looks = decoded.starts_with(b"{") && memchr::memmem::find(decoded, b"\"alg").is_some();
    looks.then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijk";
        assert_eq!(jwt_at(token), Some(token.len()));
        assert_eq!(jwt_at(b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc def"), Some(68));
        for text in ["eyJ", "eyeball.example.com", "ey.ey.ey", "eyJmb28iOiJiYXIifQ.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x", ""] {
            assert_eq!(jwt_at(text.as_bytes()), None, "{text}");
        }
    }
}

//! Tokens of a GraphQL document; strings, comments and nesting are gone past without recursion.

/// A token as far as operations are told by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'b> {
    Name(&'b [u8]),
    /// A punctuator by its byte; three dots are one.
    Mark(u8),
    /// A string or number.
    Value,
    /// Not GraphQL.
    Odd,
    End,
}

/// What stands between the braces of an operation.
pub(super) struct Selection<'b> {
    /// The first field, not its alias.
    pub field: Option<&'b [u8]>,
    /// Whether its end came.
    pub is_closed: bool,
    /// It holds what no document does.
    pub is_odd: bool,
}

/// A place in a document.
pub(super) struct Tokens<'b> {
    text: &'b [u8],
    at: usize,
}

impl<'b> Tokens<'b> {
    pub fn new(text: &'b [u8]) -> Self {
        Tokens { text, at: 0 }
    }

    pub fn next(&mut self) -> Token<'b> {
        loop {
            let Some(byte) = self.text.get(self.at) else { return Token::End };
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => self.at += 1,
                b'#' => self.at = memchr::memchr2(b'\n', b'\r', &self.text[self.at..]).map_or(self.text.len(), |end| self.at + end),
                0xef if self.text[self.at..].starts_with(b"\xef\xbb\xbf") => self.at += 3,
                _ => break,
            }
        }
        let start = self.at;
        match self.text[start] {
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                self.past(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
                Token::Name(&self.text[start..self.at])
            }
            b'-' | b'0'..=b'9' => {
                self.at += 1;
                self.past(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
                Token::Value
            }
            b'"' => self.string(),
            b'.' => {
                let is_spread = self.text[start..].starts_with(b"...");
                self.at += 3;
                if is_spread { Token::Mark(b'.') } else { Token::Odd }
            }
            mark @ (b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}') => {
                self.at += 1;
                Token::Mark(mark)
            }
            _ => Token::Odd,
        }
    }

    /// Behind the keyword of a definition: its name, up to and past the brace of its selection; variables and directives stand between them. Nothing where
    /// there is none.
    pub fn until_selection(&mut self) -> Option<Option<&'b [u8]>> {
        let (mut name, mut depth, mut last) = (None, 0usize, Token::Value);
        loop {
            let token = self.next();
            match token {
                Token::End | Token::Odd => return None,
                Token::Mark(b'{') if depth == 0 => return Some(name),
                Token::Mark(b'(' | b'[' | b'{') => depth += 1,
                Token::Mark(b')' | b']' | b'}') => depth = depth.checked_sub(1)?,
                _ if depth > 0 => {}
                Token::Name(found) if last == Token::Value => name = Some(found),
                // The name of a directive, or the type of a fragment.
                Token::Name(_) if matches!(last, Token::Mark(b'@') | Token::Name(b"on")) => {}
                Token::Mark(b'@') => {}
                _ => return None,
            }
            last = token;
        }
    }

    /// Behind the opening brace: up to and past the closing one.
    pub fn selection(&mut self) -> Selection<'b> {
        let (mut field, mut depth, mut last) = (None, 1usize, Token::Value);
        let (mut is_fresh, mut is_alias) = (false, false);
        loop {
            let token = self.next();
            let was_fresh = std::mem::take(&mut is_fresh);
            match token {
                Token::Name(name) if depth == 1 && is_alias => (field, is_alias) = (Some(name), false),
                // What a spread or a directive names is no field.
                Token::Name(name) if depth == 1 && field.is_none() && !matches!(last, Token::Mark(b'.' | b'@') | Token::Name(b"on")) => {
                    (field, is_fresh) = (Some(name), true);
                }
                Token::Mark(b':') if was_fresh => is_alias = true,
                Token::Mark(b'{' | b'(' | b'[') => depth += 1,
                Token::Mark(b'}' | b')' | b']') => {
                    depth -= 1;
                    if depth == 0 {
                        return Selection { field, is_closed: true, is_odd: false };
                    }
                }
                Token::End | Token::Odd => return Selection { field, is_closed: false, is_odd: token == Token::Odd },
                _ => {}
            }
            last = token;
        }
    }

    fn past(&mut self, is_part: impl Fn(u8) -> bool) {
        while self.text.get(self.at).is_some_and(|byte| is_part(*byte)) {
            self.at += 1;
        }
    }

    /// A string or a block string; one that does not end is the last token.
    fn string(&mut self) -> Token<'b> {
        let is_block = self.text[self.at..].starts_with(b"\"\"\"");
        let close: &[u8] = if is_block { b"\"\"\"" } else { b"\"" };
        self.at += close.len();
        while let Some(found) = memchr::memchr2(b'"', b'\\', &self.text[self.at..]) {
            self.at += found;
            if self.text[self.at] == b'\\' {
                self.at = (self.at + if self.text[self.at..].starts_with(b"\\\"\"\"") { 4 } else { 2 }).min(self.text.len());
            } else if self.text[self.at..].starts_with(close) {
                self.at += close.len();
                return Token::Value;
            } else {
                self.at += 1;
            }
        }
        self.at = self.text.len();
        Token::End
    }
}

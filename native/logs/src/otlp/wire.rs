//! The wire format of Protocol Buffers (protobuf.dev, "Encoding"), as far as reading goes.

use crate::rejection::Rejection;

/// The value of a field; what it means depends on the message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    /// A string, bytes or a message.
    Bytes(&'a [u8]),
    Fixed32,
}

/// The fields of a message, in the order of its bytes, which says nothing. Ends behind an error.
#[derive(Clone, Copy)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Wire<'a>), Rejection>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or(Rejection::ProtobufBad);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Wire::Fixed32)?,
            // 3 and 4 are groups, which no message of OTLP has.
            _ => return None,
        };
        (tag >> 3 > 0).then_some((tag >> 3, value))
    }

    /// At most ten bytes of seven bits each.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_type() {
        let bytes = [8, 0x96, 1, 0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0x1a, 2, b'h', b'i', 0x25, 1, 2, 3, 4];
        let fields: Result<Vec<_>, _> = Fields(&bytes).collect();
        assert_eq!(fields.unwrap(), [(1, Wire::Varint(150)), (2, Wire::Fixed64(1)), (3, Wire::Bytes(b"hi")), (4, Wire::Fixed32)]);
        let most = [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert_eq!(Fields(&most).next(), Some(Ok((1, Wire::Varint(u64::MAX)))));
    }

    #[test]
    fn what_is_no_field_is_named_and_ends_the_message() {
        let bad: [&[u8]; 7] = [&[8], &[8, 0x80], &[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], &[0x1a, 5, b'h'], &[0x11, 1], &[0x0b], &[0, 1]];
        for bytes in bad {
            let fields: Vec<_> = Fields(bytes).collect();
            assert_eq!(fields, [Err(Rejection::ProtobufBad)], "{bytes:?}");
        }
    }
}

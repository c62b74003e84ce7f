//! What is known of a scalar value at its place: a pure function of the value and of what its key says, so it is found out once for a
//! value that comes again and noted beside its count.

use crate::classes::DataClass;
use crate::format::Format;

const IS_TEXT: u16 = 1 << 15;
const IS_NUMBER: u16 = 1 << 14;
const FORMAT_BITS: u32 = 6;

/// Format and data class in 16 bits, for the note of [`crate::sketch::Values`]; 0 is nothing known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(pub u16);

impl Kind {
    pub fn of_text(format: Option<Format>, class: Option<DataClass>) -> Self {
        let format = format.map_or(0, |format| format as u16 + 1);
        Self(IS_TEXT | format | class_bits(class))
    }

    pub fn of_number(class: Option<DataClass>) -> Self {
        Self(IS_NUMBER | class_bits(class))
    }

    #[inline]
    pub fn is_of_text(self) -> bool {
        self.0 & IS_TEXT != 0
    }

    #[inline]
    pub fn is_of_number(self) -> bool {
        self.0 & IS_NUMBER != 0
    }

    #[inline]
    pub fn format(self) -> Option<Format> {
        let number = self.0 & ((1 << FORMAT_BITS) - 1);
        Format::ALL.get(usize::from(number).wrapping_sub(1)).copied()
    }

    #[inline]
    pub fn class(self) -> Option<DataClass> {
        let number = self.0 >> FORMAT_BITS & 0xff;
        if number == 0 { None } else { DataClass::from_index(number as u8 - 1) }
    }
}

#[inline]
fn class_bits(class: Option<DataClass>) -> u16 {
    class.map_or(0, |class| (class as u16 + 1) << FORMAT_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_every_format_and_class() {
        assert_eq!(Kind::of_text(None, None).format(), None);
        assert_eq!(Kind::of_text(None, None).class(), None);
        for format in Format::ALL {
            for class in DataClass::ALL {
                let kind = Kind::of_text(Some(*format), Some(*class));
                assert_eq!((kind.format(), kind.class()), (Some(*format), Some(*class)));
                assert!(kind.is_of_text() && !kind.is_of_number());
            }
        }
        for class in DataClass::ALL {
            let kind = Kind::of_number(Some(*class));
            assert_eq!((kind.format(), kind.class()), (None, Some(*class)));
            assert!(kind.is_of_number() && !kind.is_of_text());
        }
    }
}

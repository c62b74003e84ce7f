//! How an interface writes time: ticks of a resolution since an offset.

/// Ticks to nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// Ticks are this many nanoseconds.
    Multiply(u64),
    /// This many ticks are a nanosecond.
    Divide(u64),
    /// Two to this power ticks are a second.
    Binary(u8),
    /// So fine that every time is the offset.
    Zero,
}

/// The clock of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    scale: Scale,
    offset_ns: i64,
}

impl Clock {
    /// `resolution` as in `if_tsresol`: a negative power of ten, or of two with the high bit set. `offset_s` in seconds.
    pub fn new(resolution: u8, offset_s: i64) -> Self {
        let scale = match resolution {
            0..=9 => Scale::Multiply(10u64.pow(9 - u32::from(resolution))),
            10..=28 => Scale::Divide(10u64.pow(u32::from(resolution) - 9)),
            29..=127 => Scale::Zero,
            128.. if resolution - 128 < 94 => Scale::Binary(resolution - 128),
            _ => Scale::Zero,
        };
        Self { scale, offset_ns: offset_s.saturating_mul(1_000_000_000) }
    }

    /// Nanoseconds since the epoch, at the ends of the range where they do not fit.
    #[inline]
    pub fn time_ns(&self, ticks: u64) -> i64 {
        let nanos = match self.scale {
            Scale::Multiply(by) => ticks.saturating_mul(by),
            Scale::Divide(by) => ticks / by,
            Scale::Binary(shift) => u64::try_from((u128::from(ticks) * 1_000_000_000) >> shift).unwrap_or(u64::MAX),
            Scale::Zero => 0,
        };
        i64::try_from(nanos).unwrap_or(i64::MAX).saturating_add(self.offset_ns)
    }
}

impl Default for Clock {
    /// Microseconds.
    fn default() -> Self {
        Self::new(6, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn resolutions() {
        assert_eq!(Clock::default().time_ns(1_500_000), 1_500_000_000);
        assert_eq!(Clock::new(9, 1).time_ns(5), 1_000_000_005);
        assert_eq!(Clock::new(0, 0).time_ns(3), 3_000_000_000);
        assert_eq!(Clock::new(12, 0).time_ns(7_000), 7);
        assert_eq!(Clock::new(0x80 | 10, 0).time_ns(1_024), 1_000_000_000);
        assert_eq!(Clock::new(0x80 | 10, -1).time_ns(512), -500_000_000);
        for resolution in 0..=255 {
            Clock::new(resolution, i64::MIN).time_ns(u64::MAX);
            Clock::new(resolution, i64::MAX).time_ns(u64::MAX);
        }
    }
}

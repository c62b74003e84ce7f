//! How numbers are spread, in little memory, independent of order.

/// Mantissa bits of 2^(1/8) to 2^(7/8): where buckets begin within one power of two. Written as bits, so that no library's
/// rounding can move a boundary.
const EIGHTHS: [u64; 7] =
    [0x1_72b8_3c7d_517b, 0x3_06fe_0a31_b716, 0x4_bfda_d536_2a28, 0x6_a09e_667f_3bcd, 0x8_ace5_422a_a0dc, 0xa_e89f_995a_d3ae, 0xd_5818_dcfb_a488];

/// Counts by logarithmic bucket, base 2^(1/8): bucket b holds [2^(b/8), 2^((b+1)/8)), about 9 % wide; 0 is in bucket -1. At most 513 of them.
/// Whole numbers (bytes, microseconds), so that the sum is the same in any order. Merges by addition.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    count: u64,
    sum: u64,
    /// The bucket of the first of `counts`.
    first: i16,
    /// Of every bucket between the smallest and the largest that was seen: one look at memory finds a count.
    counts: Vec<u64>,
}

impl Histogram {
    /// Counts one number.
    pub fn observe(&mut self, value: u64) {
        self.add(bucket_of(value as f64), 1);
        self.sum = self.sum.saturating_add(value);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Histogram) {
        for (bucket, count) in other.buckets() {
            self.add(bucket, count);
        }
        self.sum = self.sum.saturating_add(other.sum);
    }

    /// Numbers seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sum of the numbers seen.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// Those that hold something, ascending by bucket.
    pub fn buckets(&self) -> impl Iterator<Item = (i16, u64)> + '_ {
        (self.first..).zip(self.counts.iter().copied()).filter(|(_, count)| *count > 0)
    }

    fn add(&mut self, bucket: i16, count: u64) {
        self.count += count;
        let at = usize::try_from(i32::from(bucket) - i32::from(self.first)).unwrap_or(usize::MAX);
        match self.counts.get_mut(at) {
            Some(known) => *known += count,
            None => self.widen(bucket, count),
        }
    }

    #[cold]
    fn widen(&mut self, bucket: i16, count: u64) {
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let missing = usize::from(self.first.abs_diff(bucket));
            self.counts.splice(..0, std::iter::repeat_n(0, missing));
            self.first = bucket;
        }
        let at = usize::from(bucket.abs_diff(self.first));
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += count;
    }
}

fn bucket_of(value: f64) -> i16 {
    if value < 1.0 {
        return -1;
    }
    let bits = value.to_bits();
    let exponent = (bits >> 52) as i16 - 1023;
    let mantissa = bits & ((1 << 52) - 1);
    exponent * 8 + EIGHTHS.iter().filter(|from| mantissa >= **from).count() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_bucket_whatever_comes_first() {
        let mut values = [0, 1, 2, 3, 1000, u64::MAX];
        let mut expected = None;
        for _ in 0..values.len() {
            values.rotate_left(1);
            let mut histogram = Histogram::default();
            values.iter().for_each(|value| histogram.observe(*value));
            let buckets: Vec<_> = histogram.buckets().collect();
            assert_eq!(buckets, *expected.get_or_insert_with(|| buckets.clone()));
            assert_eq!((buckets[0], buckets.len(), histogram.count()), ((-1, 1), 6, 6));
        }
    }

    #[test]
    fn histogram_counts_and_merges() {
        let mut one = Histogram::default();
        let mut two = Histogram::default();
        for value in [0, 1, 2, 1000] {
            one.observe(value);
        }
        two.observe(2);
        one.merge(&two);
        assert_eq!((one.count(), one.sum()), (5, 1005));
        assert_eq!(one.buckets().collect::<Vec<_>>(), [(-1, 1), (0, 1), (8, 2), (79, 1)]);
    }

    proptest::proptest! {
    #[test]
        fn bucket_holds_its_value(value in 1u64..1 << 52) {
            let bucket = f64::from(bucket_of(value as f64));
            let log = (value as f64).log2() * 8.0;
            proptest::prop_assert!(log >= bucket - 1e-9 && log < bucket + 1.0 + 1e-9);
        }
    }
}

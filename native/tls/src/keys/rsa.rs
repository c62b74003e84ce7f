//! The private operation of RSA (RFC 8017 §5.1.2), for premaster secrets that were encrypted to a server's key (RFC 5246 §7.4.7.1).
//!
//! Nobody waits for an answer of ours, so its time tells nobody anything, and may vary.

use super::store::Secret;
use zeroize::Zeroizing;

/// Bits of a modulus: what is shorter than 512 was never a key, what is longer would cost too much for each connection.
const BYTES: std::ops::RangeInclusive<usize> = 64..=1024;
const PREMASTER_BYTES: usize = 48;

/// Limbs of a number, the lowest first.
type Limbs = Zeroizing<Vec<u64>>;

/// A private key.
pub struct PrivateKey {
    modulus: Limbs,
    exponent: Zeroizing<Vec<u8>>,
    /// Of the modulus.
    bytes: usize,
}

impl PrivateKey {
    /// Of big-endian numbers; none where they are no key.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let start = modulus.iter().position(|byte| *byte != 0)?;
        let modulus = &modulus[start..];
        let is_key = BYTES.contains(&modulus.len()) && modulus.last()? & 1 == 1 && exponent.len() <= modulus.len() + 1;
        is_key.then(|| Self { modulus: limbs(modulus, modulus.len().div_ceil(8)), exponent: Zeroizing::new(exponent.to_vec()), bytes: modulus.len() })
    }

    /// The premaster secret that was encrypted to this key, padded as PKCS #1 1.5 says; none where another key was meant.
    pub fn premaster(&self, encrypted: &[u8]) -> Option<Secret> {
        if encrypted.len() != self.bytes {
            return None;
        }
        let padded = self.power(encrypted);
        let (head, premaster) = padded.split_at_checked(padded.len().checked_sub(PREMASTER_BYTES)?)?;
        let [0, 2, filler @ .., 0] = head else { return None };
        (filler.len() >= 8 && !filler.contains(&0)).then(|| Secret::new(premaster))
    }

    /// The number to the power of the exponent, by squaring, in Montgomery's form.
    fn power(&self, number: &[u8]) -> Zeroizing<Vec<u8>> {
        let modulus = &self.modulus[..];
        let count = modulus.len();
        // -1 / modulus, modulo a limb: each step doubles the bits that are right.
        let inverse = (0..6).fold(1_u64, |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(modulus[0].wrapping_mul(inverse)))).wrapping_neg();
        let times = |left: &[u64], right: &[u64]| product(left, right, modulus, inverse);
        // R and R², by doubling 1.
        let mut one = Zeroizing::new(vec![0; count]);
        one[0] = 1;
        let mut doubled = one.clone();
        (0..64 * count).for_each(|_| double(&mut doubled, modulus));
        let unit = doubled.clone();
        (0..64 * count).for_each(|_| double(&mut doubled, modulus));
        let base = times(&limbs(number, count), &doubled);
        let mut result = unit;
        for byte in self.exponent.iter() {
            for bit in (0..8).rev() {
                result = times(&result, &result);
                if byte >> bit & 1 == 1 {
                    result = times(&result, &base);
                }
            }
        }
        let plain = times(&result, &one);
        let digits = plain.iter().rev().flat_map(|limb| limb.to_be_bytes());
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.bytes));
        bytes.extend(digits.skip(8 * count - self.bytes));
        bytes
    }
}

fn limbs(bytes: &[u8], count: usize) -> Limbs {
    let mut limbs = Zeroizing::new(vec![0; count]);
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks(8)) {
        *limb = chunk.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    limbs
}

/// left × right / R, modulo the modulus, for numbers below R.
fn product(left: &[u64], right: &[u64], modulus: &[u64], inverse: u64) -> Limbs {
    let count = modulus.len();
    let mut sum = Zeroizing::new(vec![0_u64; count + 2]);
    let add = |sum: &mut [u64], numbers: &[u64], factor: u64| {
        let mut carry = 0_u128;
        for (place, number) in sum.iter_mut().zip(numbers.iter().chain(&[0, 0])) {
            let value = u128::from(*place) + u128::from(*number) * u128::from(factor) + carry;
            (*place, carry) = (value as u64, value >> 64);
        }
    };
    for digit in left {
        add(&mut sum, right, *digit);
        let factor = sum[0].wrapping_mul(inverse);
        add(&mut sum, modulus, factor);
        sum.copy_within(1.., 0);
        sum[count + 1] = 0;
    }
    reduce(&mut sum, modulus);
    sum.truncate(count);
    sum
}

fn double(number: &mut Limbs, modulus: &[u64]) {
    let count = modulus.len();
    let top = number[count - 1] >> 63;
    for at in (0..count).rev() {
        let below = if at == 0 { 0 } else { number[at - 1] >> 63 };
        number[at] = number[at] << 1 | below;
    }
    number.push(top);
    reduce(number, modulus);
    number.truncate(count);
}

/// Takes the modulus away once where the number, a limb or two longer, is not below it.
fn reduce(number: &mut [u64], modulus: &[u64]) {
    let is_below = number[modulus.len()..].iter().all(|limb| *limb == 0) && number[..modulus.len()].iter().rev().lt(modulus.iter().rev());
    if is_below {
        return;
    }
    let mut borrow = false;
    for (limb, taken) in number.iter_mut().zip(modulus.iter().chain(&[0, 0])) {
        let (value, first) = limb.overflowing_sub(*taken);
        let (value, second) = value.overflowing_sub(u64::from(borrow));
        (*limb, borrow) = (value, first || second);
    }
}

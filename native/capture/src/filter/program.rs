//! Programs of classic BPF (McCanne and Jacobson, 1993), as libpcap compiles them: checked once, then run over packets.
//!
//! Jumps go forward only and the last instruction returns, so a run takes at most as many steps as the program has.

use super::step::{INSTRUCTIONS_MAX, Instruction, MEMORY_WORDS, Operand, Operation, ProgramFault, Size, Source, Step, Test, step};

#[cfg(test)]
#[path = "program_tests.rs"]
mod tests;

/// A program that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program(Vec<Step>);

impl Program {
    /// Checks the program.
    pub fn new(instructions: &[Instruction]) -> Result<Self, ProgramFault> {
        if instructions.len() > INSTRUCTIONS_MAX {
            return Err(ProgramFault::TooLong);
        }
        let steps: Vec<Step> = instructions.iter().enumerate().map(|(at, instruction)| step(instruction, at, instructions.len())).collect::<Result<_, _>>()?;
        match steps.last() {
            None => Err(ProgramFault::Empty),
            Some(Step::Return(_) | Step::ReturnA) => Ok(Self(steps)),
            Some(_) => Err(ProgramFault::Endless),
        }
    }

    /// Whether a packet passes: `data` is what was captured of it, `original_length` its bytes on the wire. As in the kernel, a load from
    /// beyond the captured bytes and a division by zero end the run, and the packet does not pass.
    pub fn passes(&self, data: &[u8], original_length: u32) -> bool {
        self.run(data, original_length).is_some_and(|bytes| bytes > 0)
    }

    /// The value that the program returns: how many bytes of the packet it wants.
    fn run(&self, data: &[u8], original_length: u32) -> Option<u32> {
        let (mut a, mut x, mut memory) = (0u32, 0u32, [0u32; MEMORY_WORDS]);
        let mut at = 0;
        loop {
            let step = *self.0.get(at)?;
            at += 1;
            match step {
                Step::Load(size, offset) => a = load(data, offset, size)?,
                // Not wrapped around: libpcap's own interpreter rejects what would be.
                Step::LoadIndexed(size, offset) => a = load(data, x.checked_add(offset)?, size)?,
                Step::LoadHeaderLength(offset) => x = (load(data, offset, Size::Byte)? & 0x0f) << 2,
                Step::SetA(operand) => a = value(operand, x, original_length, &memory),
                Step::SetX(operand) => x = value(operand, a, original_length, &memory),
                Step::StoreA(cell) => memory[cell as usize % MEMORY_WORDS] = a,
                Step::StoreX(cell) => memory[cell as usize % MEMORY_WORDS] = x,
                Step::Compute(operation, source) => a = compute(operation, a, source.of(x))?,
                Step::Negate => a = a.wrapping_neg(),
                Step::Jump(distance) => at += distance as usize,
                Step::Branch(test, source, [yes, no]) => at += usize::from(if holds(test, a, source.of(x)) { yes } else { no }),
                Step::Return(bytes) => return Some(bytes),
                Step::ReturnA => return Some(a),
            }
        }
    }
}

/// Big-endian bytes at `offset`; none where they are not all captured.
#[inline]
fn load(data: &[u8], offset: u32, size: Size) -> Option<u32> {
    let rest = data.get(offset as usize..)?;
    Some(match size {
        Size::Word => u32::from_be_bytes(*rest.first_chunk()?),
        Size::Half => u32::from(u16::from_be_bytes(*rest.first_chunk()?)),
        Size::Byte => u32::from(*rest.first()?),
    })
}

#[inline]
fn value(operand: Operand, other: u32, original_length: u32, memory: &[u32; MEMORY_WORDS]) -> u32 {
    match operand {
        Operand::Constant(value) => value,
        Operand::Memory(cell) => memory[cell as usize % MEMORY_WORDS],
        Operand::OriginalLength => original_length,
        Operand::OtherRegister => other,
    }
}

impl Source {
    #[inline]
    fn of(self, x: u32) -> u32 {
        match self {
            Source::Constant(value) => value,
            Source::X => x,
        }
    }
}

/// None for a division by zero. A shift by 32 or more leaves nothing.
#[inline]
fn compute(operation: Operation, a: u32, b: u32) -> Option<u32> {
    Some(match operation {
        Operation::Add => a.wrapping_add(b),
        Operation::Subtract => a.wrapping_sub(b),
        Operation::Multiply => a.wrapping_mul(b),
        Operation::Divide => a.checked_div(b)?,
        Operation::Modulo => a.checked_rem(b)?,
        Operation::Or => a | b,
        Operation::And => a & b,
        Operation::Xor => a ^ b,
        Operation::ShiftLeft => a.checked_shl(b).unwrap_or(0),
        Operation::ShiftRight => a.checked_shr(b).unwrap_or(0),
    })
}

#[inline]
fn holds(test: Test, a: u32, b: u32) -> bool {
    match test {
        Test::Equal => a == b,
        Test::Greater => a > b,
        Test::GreaterOrEqual => a >= b,
        Test::AnyBit => a & b != 0,
    }
}

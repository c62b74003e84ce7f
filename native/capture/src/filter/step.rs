//! Instructions of classic BPF, each checked and taken apart once.

use std::fmt;

/// Words of scratch memory (BPF_MEMWORDS).
pub const MEMORY_WORDS: usize = 16;
/// Instructions of one program; a filter that names some thousand addresses fits.
pub const INSTRUCTIONS_MAX: usize = 65_536;

/// One instruction as libpcap lays it out (`struct bpf_insn`).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Class, size, mode, operation and source in one.
    pub code: u16,
    /// Instructions to pass over where a test holds.
    pub jt: u8,
    /// Instructions to pass over where it does not.
    pub jf: u8,
    /// Constant, offset, cell of memory or distance of a jump.
    pub k: u32,
}

/// An instruction taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Load(Size, u32),
    LoadIndexed(Size, u32),
    LoadHeaderLength(u32),
    SetA(Operand),
    SetX(Operand),
    StoreA(u32),
    StoreX(u32),
    Compute(Operation, Source),
    Negate,
    Jump(u32),
    Branch(Test, Source, [u8; 2]),
    Return(u32),
    ReturnA,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Word,
    Half,
    Byte,
}

/// What a register is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    Constant(u32),
    Memory(u32),
    OriginalLength,
    OtherRegister,
}

/// What a computation or a test takes beside A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Constant(u32),
    X,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Or,
    And,
    Xor,
    ShiftLeft,
    ShiftRight,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    Equal,
    Greater,
    GreaterOrEqual,
    AnyBit,
}

/// Takes instruction `at` of `length` apart and checks it.
pub fn step(instruction: &Instruction, at: usize, length: usize) -> Result<Step, ProgramFault> {
    let Instruction { code, jt, jf, k } = *instruction;
    let source = if code & 0x08 == 0 { Source::Constant(k) } else { Source::X };
    let compute = |operation| Step::Compute(operation, source);
    let branch = |test| Step::Branch(test, source, [jt, jf]);
    let step = match code {
        0x20 => Step::Load(Size::Word, k),
        0x28 => Step::Load(Size::Half, k),
        0x30 => Step::Load(Size::Byte, k),
        0x40 => Step::LoadIndexed(Size::Word, k),
        0x48 => Step::LoadIndexed(Size::Half, k),
        0x50 => Step::LoadIndexed(Size::Byte, k),
        0xb1 => Step::LoadHeaderLength(k),
        0x00 => Step::SetA(Operand::Constant(k)),
        0x60 => Step::SetA(Operand::Memory(k)),
        0x80 => Step::SetA(Operand::OriginalLength),
        0x87 => Step::SetA(Operand::OtherRegister),
        0x01 => Step::SetX(Operand::Constant(k)),
        0x61 => Step::SetX(Operand::Memory(k)),
        0x81 => Step::SetX(Operand::OriginalLength),
        0x07 => Step::SetX(Operand::OtherRegister),
        0x02 => Step::StoreA(k),
        0x03 => Step::StoreX(k),
        0x04 | 0x0c => compute(Operation::Add),
        0x14 | 0x1c => compute(Operation::Subtract),
        0x24 | 0x2c => compute(Operation::Multiply),
        0x34 | 0x3c => compute(Operation::Divide),
        0x44 | 0x4c => compute(Operation::Or),
        0x54 | 0x5c => compute(Operation::And),
        0x64 | 0x6c => compute(Operation::ShiftLeft),
        0x74 | 0x7c => compute(Operation::ShiftRight),
        0x84 => Step::Negate,
        0x94 | 0x9c => compute(Operation::Modulo),
        0xa4 | 0xac => compute(Operation::Xor),
        0x05 => Step::Jump(k),
        0x15 | 0x1d => branch(Test::Equal),
        0x25 | 0x2d => branch(Test::Greater),
        0x35 | 0x3d => branch(Test::GreaterOrEqual),
        0x45 | 0x4d => branch(Test::AnyBit),
        0x06 => Step::Return(k),
        0x16 => Step::ReturnA,
        _ => return Err(ProgramFault::UnknownCode(at)),
    };
    let farthest = match step {
        Step::Jump(distance) => distance as usize,
        Step::Branch(_, _, [yes, no]) => usize::from(yes.max(no)),
        _ => 0,
    };
    match step {
        Step::SetA(Operand::Memory(cell)) | Step::SetX(Operand::Memory(cell)) | Step::StoreA(cell) | Step::StoreX(cell) if cell as usize >= MEMORY_WORDS => {
            Err(ProgramFault::MemoryOut(at))
        }
        Step::Compute(Operation::Divide | Operation::Modulo, Source::Constant(0)) => Err(ProgramFault::DivisionByZero(at)),
        // A distance is signed in the programs of `protochain` alone, which libpcap's own interpreter follows back.
        Step::Jump(distance) if distance > i32::MAX as u32 => Err(ProgramFault::Loop),
        Step::Jump(_) | Step::Branch(..) if farthest >= length - at - 1 => Err(ProgramFault::JumpOut(at)),
        step => Ok(step),
    }
}

/// Why a program is refused; the number is the place of the instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramFault {
    /// It has no instruction.
    Empty,
    /// It has more than `INSTRUCTIONS_MAX`.
    TooLong,
    /// Its last instruction is no return.
    Endless,
    /// An instruction that classic BPF does not have.
    UnknownCode(usize),
    /// A jump behind the end.
    JumpOut(usize),
    /// A cell of memory that does not exist.
    MemoryOut(usize),
    /// A division by the constant zero.
    DivisionByZero(usize),
    /// A jump backward.
    Loop,
}

impl fmt::Display for ProgramFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(out, "it compiles to nothing"),
            Self::TooLong => write!(out, "it compiles to more than {INSTRUCTIONS_MAX} instructions"),
            Self::Endless => write!(out, "its program does not end with a return"),
            Self::UnknownCode(at) => write!(out, "instruction {at} of its program is not known"),
            Self::JumpOut(at) => write!(out, "instruction {at} of its program jumps out of it"),
            Self::MemoryOut(at) => write!(out, "instruction {at} of its program uses memory that is not there"),
            Self::DivisionByZero(at) => write!(out, "instruction {at} of its program divides by zero"),
            Self::Loop => write!(out, "it compiles to a loop, as protochain does, which is not supported"),
        }
    }
}

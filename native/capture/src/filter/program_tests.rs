//! Programs by hand, and any.

use proptest::prelude::*;

use super::super::step::{Instruction, ProgramFault};
use super::Program;

const RETURN_A: Instruction = of(0x16, 0);

const fn of(code: u16, k: u32) -> Instruction {
    Instruction { code, jt: 0, jf: 0, k }
}

const fn branch(code: u16, jt: u8, jf: u8, k: u32) -> Instruction {
    Instruction { code, jt, jf, k }
}

const PACKET: [u8; 8] = [0x45, 0x01, 0x02, 0x03, 0xff, 0xfe, 0x80, 0x00];

fn run(instructions: &[Instruction]) -> Option<u32> {
    Program::new(instructions).unwrap().run(&PACKET, 1500)
}

/// What A holds after `instructions`.
fn a_after(instructions: &[Instruction]) -> Option<u32> {
    run(&[instructions, &[RETURN_A]].concat())
}

#[test]
fn loads_are_big_endian_and_end_with_the_captured_bytes() {
    assert_eq!(a_after(&[of(0x20, 4)]), Some(0xfffe_8000));
    assert_eq!(a_after(&[of(0x20, 5)]), None);
    assert_eq!(a_after(&[of(0x28, 6)]), Some(0x8000));
    assert_eq!(a_after(&[of(0x28, 7)]), None);
    assert_eq!(a_after(&[of(0x30, 7)]), Some(0));
    assert_eq!(a_after(&[of(0x30, 8)]), None);
    assert_eq!(a_after(&[of(0x20, u32::MAX)]), None);
    for (code, offset, expected) in [(0x40, 2, Some(0xfffe_8000)), (0x48, 4, Some(0x8000)), (0x50, 5, Some(0)), (0x50, 6, None), (0x48, 5, None)] {
        assert_eq!(a_after(&[of(0x01, 2), of(code, offset)]), expected, "{code:#x} {offset}");
    }
    // libpcap rejects what would wrap around to a byte that is there.
    assert_eq!(a_after(&[of(0x01, 0xffff_ffff), of(0x50, 2)]), None);
}

#[test]
fn lengths_constants_memory_and_registers() {
    assert_eq!(a_after(&[of(0x80, 0)]), Some(1500));
    assert_eq!(a_after(&[of(0x81, 0), of(0x87, 0)]), Some(1500));
    assert_eq!(a_after(&[of(0x00, 7)]), Some(7));
    // Four times the header length nibble.
    assert_eq!(a_after(&[of(0xb1, 0), of(0x87, 0)]), Some(20));
    assert_eq!(a_after(&[of(0xb1, 8), of(0x87, 0)]), None);
    assert_eq!(a_after(&[of(0x00, 7), of(0x02, 15), of(0x00, 0), of(0x60, 15)]), Some(7));
    assert_eq!(a_after(&[of(0x01, 9), of(0x03, 3), of(0x01, 0), of(0x61, 3), of(0x87, 0)]), Some(9));
    assert_eq!(a_after(&[of(0x60, 0)]), Some(0));
    assert_eq!(a_after(&[of(0x00, 5), of(0x07, 0), of(0x00, 0), of(0x87, 0)]), Some(5));
}

#[test]
fn computations_with_a_constant_and_with_x() {
    for (code, a, b, expected) in [
        (0x04, u32::MAX, 2, Some(1)),
        (0x14, 1, 2, Some(u32::MAX)),
        (0x24, 0x8000_0001, 2, Some(2)),
        (0x34, 7, 2, Some(3)),
        (0x44, 5, 2, Some(7)),
        (0x54, 6, 3, Some(2)),
        (0x64, 1, 31, Some(0x8000_0000)),
        (0x64, 1, 32, Some(0)),
        (0x74, 0x8000_0000, 31, Some(1)),
        (0x74, 1, 40, Some(0)),
        (0x94, 7, 4, Some(3)),
        (0xa4, 6, 3, Some(5)),
    ] {
        assert_eq!(a_after(&[of(0x00, a), of(code, b)]), expected, "{code:#x} with a constant");
        assert_eq!(a_after(&[of(0x00, a), of(0x01, b), of(code | 0x08, 0)]), expected, "{code:#x} with x");
    }
    assert_eq!(a_after(&[of(0x00, 1), of(0x84, 0)]), Some(u32::MAX));
    assert_eq!(a_after(&[of(0x00, 1), of(0x01, 0), of(0x3c, 0)]), None, "division by zero");
    assert_eq!(a_after(&[of(0x00, 1), of(0x01, 0), of(0x9c, 0)]), None, "remainder of zero");
}

#[test]
fn jumps() {
    for (code, a, b, holds) in [
        (0x15, 5, 5, true),
        (0x15, 5, 6, false),
        (0x25, 6, 5, true),
        (0x25, 5, 5, false),
        (0x35, 5, 5, true),
        (0x35, 4, 5, false),
        (0x45, 6, 3, true),
        (0x45, 4, 3, false),
    ] {
        let expected = Some(if holds { 1 } else { 2 });
        let ends = [of(0x06, 1), of(0x06, 2)];
        assert_eq!(run(&[&[of(0x00, a), branch(code, 0, 1, b)], &ends[..]].concat()), expected, "{code:#x}");
        assert_eq!(run(&[&[of(0x00, a), of(0x01, b), branch(code | 0x08, 0, 1, 0)], &ends[..]].concat()), expected, "{code:#x} with x");
    }
    assert_eq!(run(&[of(0x05, 1), of(0x06, 1), of(0x06, 2)]), Some(2));
}

#[test]
fn a_packet_passes_where_the_result_is_not_zero() {
    let passes = |result| Program::new(&[of(0x06, result)]).unwrap().passes(&[], 0);
    assert_eq!((passes(0), passes(1), passes(262_144)), (false, true, true));
}

#[test]
fn malformed_programs_are_refused() {
    let far = vec![of(0x00, 0); 65_537];
    let cases: &[(&[Instruction], ProgramFault)] = &[
        (&[], ProgramFault::Empty),
        (&far, ProgramFault::TooLong),
        (&[of(0x00, 1)], ProgramFault::Endless),
        (&[of(0xff, 0), RETURN_A], ProgramFault::UnknownCode(0)),
        (&[RETURN_A, of(0x0e, 0)], ProgramFault::UnknownCode(1)),
        (&[of(0x05, 1), RETURN_A], ProgramFault::JumpOut(0)),
        (&[of(0x05, i32::MAX as u32), RETURN_A], ProgramFault::JumpOut(0)),
        (&[of(0x00, 0), of(0x05, -2i32 as u32), RETURN_A], ProgramFault::Loop),
        (&[branch(0x15, 1, 0, 0), RETURN_A], ProgramFault::JumpOut(0)),
        (&[RETURN_A, branch(0x15, 0, 1, 0), RETURN_A], ProgramFault::JumpOut(1)),
        (&[of(0x05, 0)], ProgramFault::JumpOut(0)),
        (&[of(0x60, 16), RETURN_A], ProgramFault::MemoryOut(0)),
        (&[of(0x61, 16), RETURN_A], ProgramFault::MemoryOut(0)),
        (&[of(0x02, u32::MAX), RETURN_A], ProgramFault::MemoryOut(0)),
        (&[of(0x03, 16), RETURN_A], ProgramFault::MemoryOut(0)),
        (&[of(0x34, 0), RETURN_A], ProgramFault::DivisionByZero(0)),
        (&[of(0x94, 0), RETURN_A], ProgramFault::DivisionByZero(0)),
    ];
    for (instructions, fault) in cases {
        assert_eq!(Program::new(instructions).err(), Some(*fault), "{:?}", instructions.first());
        assert!(!fault.to_string().is_empty());
    }
}

fn any_instruction() -> impl Strategy<Value = Instruction> {
    let codes = [
        0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xb1, 0x00, 0x60, 0x80, 0x87, 0x01, 0x61, 0x81, 0x07, 0x02, 0x03, 0x0c, 0x1c, 0x2c, 0x34, 0x3c, 0x4c, 0x5c, 0x6c,
        0x7c, 0x84, 0x94, 0x9c, 0xac, 0x05, 0x15, 0x1d, 0x25, 0x35, 0x45, 0x4d, 0x06, 0x16,
    ];
    let code = prop_oneof![20 => proptest::sample::select(codes.to_vec()), 1 => any::<u16>()];
    let k = prop_oneof![4 => 0u32..20, 1 => any::<u32>()];
    (code, 0u8..6, 0u8..6, k).prop_map(|(code, jt, jf, k)| Instruction { code, jt, jf, k })
}

proptest! {
    #[test]
    fn any_program_is_refused_or_ends(
        mut instructions in proptest::collection::vec(any_instruction(), 0..40),
        packet in proptest::collection::vec(any::<u8>(), 0..40),
        original_length: u32,
    ) {
        // Refused programs are the most by far; what ends with returns for every jump is often not.
        for tail in [0, 8] {
            instructions.extend(std::iter::repeat_n(RETURN_A, tail));
            if let Ok(program) = Program::new(&instructions) {
                let first = program.run(&packet, original_length);
                prop_assert_eq!(program.passes(&packet, original_length), first.is_some_and(|bytes| bytes > 0));
            }
        }
    }
}

//! The text of a few methods, as people see it.

use smallworld_image::disassemble;

fn text(code: &[u8], literals: &[&str]) -> String {
    disassemble(code, &|n| literals.get(n).map(|text| text.to_string()))
}

#[test]
fn a_conditional() {
    // max: other   ^ self < other ifTrue: [other] ifFalse: [self]
    let code = [
        0x20, 0x21, 0xb0, 0xf8, 8, 0x21, 0xf6, 9, 0x20, 0xf2, 0xf5, 0xf1,
    ];
    let expected = "
   0  20        push argument      0 (self)
   1  21        push argument      1
   2  b0        binary             <
   3  f8 08     jump if false      to 8
   5  21        push argument      1
   6  f6 09     jump               to 9
>  8  20        push argument      0 (self)
>  9  f2        return top
  10  f5        pop
  11  f1        return self
";
    assert_eq!(text(&code, &[]), expected[1..]);
}

#[test]
fn a_block_with_a_return_and_a_super_send() {
    // detect: — with a block that returns, long operands, a class variable
    let code = [
        0x20, 0xc0, 10, 0x30, 0x81, 0x90, 0xf7, 9, 0x5a, 0xf3, 0x82, 0xfb, 1, 0x07, 17, 0xf5, 0x04,
        2, 0xe3, 0xa1, 0xd2, 119, 0xf4, 0x62, 0x5b, 0xf2,
    ];
    let expected = "
   0  20        push argument      0 (self)
   1  c0 0a     push block         to 10, parameters at 0
   3  30        push temporary     0
   4  81 90     send               isOpen, 1 argument
   6  f7 09     jump if true       to 9
   8  5a        push constant      nil
>  9  f3        return from home
> 10  82 fb 01  send to super      do:, 2 arguments
  13  07 11     assign temporary   17
  15  f5        pop
  16  04 02     push literal       2 (no literal 2)
  18  e3        push class var     3
  19  a1        not nil
  20  d2 77     primitive          119, 2 arguments
  22  f4        duplicate
  23  62        assign instance    2
  24  5b        push constant      true
  25  f2        return top
";
    assert_eq!(text(&code, &["isOpen", "do:"]), expected[1..]);
}

#[test]
fn bytes_that_are_no_instruction() {
    let expected = "
   0  13        push instance      3
   1  91        ???                a send that no mark arguments (8) precedes
   2  59        push constant      9
   3  f6        ???                the code ends where the target should be
";
    assert_eq!(text(&[0x13, 0x91, 0x59, 0xf6], &[]), expected[1..]);
    assert_eq!(text(&[], &[]), "");
}

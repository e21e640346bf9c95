//! The calling convention of generated code.
//!
//! Everything that runs — method entries, blocks, continuations, and the runtime's own
//! slow paths — is a function of one family: it takes the machine, a frame pointer and
//! one to four words, and it ends by calling the next such function in tail position.
//! A method of arity *n* (receiver included) takes `min(n, 4)` words; arguments from
//! the fifth on are already in the callee's frame. A continuation takes the value it
//! continues with.
//!
//! Stable Rust does not promise that a call in tail position becomes a jump. Where it
//! does not, the native stack grows, [`too_deep`] sees it, and the function hands its
//! arguments to the trampoline by returning [`Exit::Again`] (Baker, "CONS should not
//! CONS its arguments, part II: Cheney on the M.T.A.", 1995).

use crate::value::Word;
use crate::vm::Vm;

/// A position on the machine stack: the first word of the frame that is to be made,
/// one past the descriptor of the record that waits for the result.
pub type Fp = *mut Word;

/// What a piece of generated code returns to the trampoline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// Go on with what is in [`Vm::next`].
    Again,
    /// The active process gave up control (it ended, waits or was preempted).
    Switch,
}

/// Code of arity 1: a unary method, a block (its argument is the Block), or a
/// continuation (its argument is the value).
pub type Code1 = unsafe fn(&mut Vm, Fp, Word) -> Exit;
/// Code of arity 2.
pub type Code2 = unsafe fn(&mut Vm, Fp, Word, Word) -> Exit;
/// Code of arity 3.
pub type Code3 = unsafe fn(&mut Vm, Fp, Word, Word, Word) -> Exit;
/// Code of arity 4 or more.
pub type Code4 = unsafe fn(&mut Vm, Fp, Word, Word, Word, Word) -> Exit;

/// The address of code of some arity. The arity is that of the selector it was found
/// under (or 1, for blocks and continuations), so caller and callee agree.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Code(pub *const ());

// SAFETY: the address of a function is the same for every thread.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl Code {
    /// Code of arity 1.
    pub const fn of1(f: Code1) -> Code {
        Code(f as *const ())
    }
    /// Code of arity 2.
    pub const fn of2(f: Code2) -> Code {
        Code(f as *const ())
    }
    /// Code of arity 3.
    pub const fn of3(f: Code3) -> Code {
        Code(f as *const ())
    }
    /// Code of arity 4 or more.
    pub const fn of4(f: Code4) -> Code {
        Code(f as *const ())
    }

    /// The function.
    ///
    /// # Safety
    /// The code is of arity 1.
    #[inline(always)]
    pub unsafe fn as1(self) -> Code1 {
        // SAFETY: made by `of1`.
        unsafe { std::mem::transmute::<*const (), Code1>(self.0) }
    }
    /// The function.
    ///
    /// # Safety
    /// The code is of arity 2.
    #[inline(always)]
    pub unsafe fn as2(self) -> Code2 {
        // SAFETY: made by `of2`.
        unsafe { std::mem::transmute::<*const (), Code2>(self.0) }
    }
    /// The function.
    ///
    /// # Safety
    /// The code is of arity 3.
    #[inline(always)]
    pub unsafe fn as3(self) -> Code3 {
        // SAFETY: made by `of3`.
        unsafe { std::mem::transmute::<*const (), Code3>(self.0) }
    }
    /// The function.
    ///
    /// # Safety
    /// The code is of arity 4 or more.
    #[inline(always)]
    pub unsafe fn as4(self) -> Code4 {
        // SAFETY: made by `of4`.
        unsafe { std::mem::transmute::<*const (), Code4>(self.0) }
    }

    /// Calls code of any arity, its arguments in the frame it is to have.
    ///
    /// # Safety
    /// `fp[0..arity]` are the arguments and the code is of that arity.
    #[inline(always)]
    pub unsafe fn call_from_frame(self, vm: &mut Vm, fp: Fp, arity: usize) -> Exit {
        // SAFETY: the caller's; each branch reads only arguments that are there.
        unsafe {
            match arity {
                0 | 1 => self.as1()(vm, fp, *fp),
                2 => self.as2()(vm, fp, *fp, *fp.add(1)),
                3 => self.as3()(vm, fp, *fp, *fp.add(1), *fp.add(2)),
                _ => self.as4()(vm, fp, *fp, *fp.add(1), *fp.add(2), *fp.add(3)),
            }
        }
    }
}

/// What the trampoline calls next: code and its register arguments.
#[derive(Clone, Copy)]
pub struct Next {
    /// The code.
    pub code: Code,
    /// Its frame pointer.
    pub fp: Fp,
    /// Arguments in use (1 to 4 are in `args`; more are in the frame).
    pub arity: usize,
    /// The first four arguments.
    pub args: [Word; 4],
}

/// The native stack pointer, or something near it.
#[inline(always)]
fn native_stack_pointer() -> usize {
    let sp: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        let here = 0u8;
        sp = std::hint::black_box(&here) as *const u8 as usize;
    }
    sp
}

/// Has the native stack grown so far that the function must leave to the trampoline?
#[inline(always)]
pub fn too_deep(vm: &Vm) -> bool {
    native_stack_pointer() < vm.native_limit
}

/// Bytes of native stack that generated code may use before it goes back to the
/// trampoline, when nothing else is said.
pub const DEFAULT_NATIVE_STACK: usize = 256 * 1024;

/// The address below which the native stack must not grow, `budget` bytes from here.
#[inline(never)]
pub fn native_limit(budget: usize) -> usize {
    native_stack_pointer().saturating_sub(budget)
}

//! Green processes: fork, sleep, wait, and who runs next.
//!
//! The active process has the machine stack; the others keep a copy of theirs. Frames
//! hold no absolute addresses of the stack, so a copy can be put back. A process that
//! does not run is its words plus the code to call on them.

use crate::code::{Code, Exit, Fp, Next};
use crate::frame::{Descriptor, Kind, return_value};
use crate::methods::NO_METHOD;
use crate::observe;
use crate::scheduler::{PROCESS_BYTES, Process, SHALLOW_BYTES, State};
pub use crate::scheduler::{Purpose, Scheduler};
use crate::ui::{Event, EventArgs};
use crate::value::Word;
use crate::vm::Vm;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

/// The record at the start of every process.
pub static BOTTOM: Descriptor = Descriptor::special(process_returns, Kind::Bottom, 1);

/// How a run of the machine ended.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Ending {
    /// The main process answered this. The word is valid until the machine runs again.
    Value(Word),
    /// The main process was ended (after an error, by primitive 34).
    Killed,
    /// The main process waits for something that cannot happen any more.
    Stuck,
    /// Primitive 117.
    Quit,
}

/// The first word of a process's stack has returned: it is over.
unsafe fn process_returns(vm: &mut Vm, _fp: Fp, value: Word) -> Exit {
    end_active(vm, Some(value))
}

/// Ends the active process.
pub(crate) fn end_active(vm: &mut Vm, value: Option<Word>) -> Exit {
    let active = vm.scheduler.active;
    if let Some(p) = vm.scheduler.processes.get_mut(&active) {
        if p.purpose == Purpose::Main {
            p.end(value);
            vm.scheduler.note_young(active);
        } else {
            vm.scheduler.processes.remove(&active);
        }
    }
    Exit::Switch
}

/// Ends every process there is.
pub(crate) fn end_all(vm: &mut Vm) -> Exit {
    vm.scheduler.end_all();
    vm.hosts.forget_waiting();
    Exit::Switch
}

/// Somebody said stop while no process ran. The one that is waited for is told of it.
fn interrupt_waiting(vm: &mut Vm, main: Option<u32>) {
    let Some(id) = vm.scheduler.foremost(main) else {
        return;
    };
    let Some((words, fp)) = vm
        .scheduler
        .processes
        .get(&id)
        .map(|p| (p.stack.clone(), p.fp))
    else {
        return;
    };
    vm.scheduler.active = id;
    vm.stack[..words.len()].copy_from_slice(&words);
    let fp = vm.stack_start().wrapping_add(fp);
    // SAFETY: the process's words are back where they were, and a complete record ends below
    // what its code goes on with.
    unsafe { crate::errors::interrupted(vm, fp) };
}

/// Puts the active process aside; `code` goes on with the `arity` words at `fp`.
unsafe fn put_aside(vm: &mut Vm, fp: Fp, code: Code, arity: usize, state: State) -> Exit {
    let start = vm.stack_start();
    // SAFETY: `fp` is in the stack, and so are its words.
    let depth = unsafe { fp.offset_from(start) } as usize;
    let words = vm.stack[..depth + arity].to_vec();
    let active = vm.scheduler.active;
    if let Some(p) = vm.scheduler.processes.get_mut(&active) {
        p.charge
            .set(PROCESS_BYTES + (words.capacity() * 8).saturating_sub(SHALLOW_BYTES));
        p.stack = words;
        p.code = code;
        p.fp = depth;
        p.arity = arity;
        p.state = state;
        match state {
            State::Ready => vm.scheduler.ready.push_back(active),
            State::Sleeping(until) => {
                vm.scheduler.sleeping.insert((until, active));
            }
            _ => {}
        }
        vm.scheduler.note_young(active);
    }
    Exit::Switch
}

/// Bytes that the copy of the stack below `top` takes, besides what counts for every process.
fn copy_bytes(vm: &Vm, top: Fp) -> usize {
    (top as usize - vm.stack.as_ptr() as usize).saturating_sub(SHALLOW_BYTES)
}

/// Is anybody else waiting for a turn? Whoever wants the machine to end counts too.
pub(crate) fn others_ready(vm: &mut Vm) -> bool {
    vm.scheduler.wake_sleepers(Instant::now());
    poll_events(vm);
    vm.quit || !vm.scheduler.ready.is_empty()
}

/// The active process gives up the rest of its time slice. If there is no room for a copy of its
/// stack, it goes on, and the others wait until it needs less.
///
/// # Safety
/// `fp[0..arity]` are the arguments of `code`; below is a complete record.
pub(crate) unsafe fn preempt(vm: &mut Vm, fp: Fp, code: Code, arity: usize) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        if vm.heap.host_room() < copy_bytes(vm, fp.add(arity)) {
            return crate::pause::again(vm, fp, code, arity);
        }
        put_aside(vm, fp, code, arity, State::Ready)
    }
}

/// Goes on with a value that was waited for.
unsafe fn deliver(vm: &mut Vm, fp: Fp, value: Word) -> Exit {
    // SAFETY: below `fp` is the record that waited.
    unsafe { return_value(vm, fp, value) }
}

/// Primitive 33: the active process sleeps; it will go on with `value`.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn sleep(vm: &mut Vm, fp: Fp, value: Word, milliseconds: u64) -> Exit {
    let until = Instant::now() + Duration::from_millis(milliseconds);
    // SAFETY: the caller's.
    unsafe {
        *fp = value;
        let top = fp.add(1);
        if vm.make_host_room(top, copy_bytes(vm, top)).is_err() {
            return crate::errors::memory_exhausted(vm, fp);
        }
        put_aside(vm, fp, Code::of1(deliver), 1, State::Sleeping(until))
    }
}

/// Primitive 101: the active process waits for a semaphore that is not set yet.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn wait(vm: &mut Vm, fp: Fp, semaphore: u32) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        *fp = vm.nil;
        if vm.make_host_room(fp, copy_bytes(vm, fp)).is_err() {
            return crate::errors::memory_exhausted(vm, fp);
        }
        let active = vm.scheduler.active;
        if let Some(s) = vm.hosts.semaphore(semaphore) {
            s.waiting.push(active);
        }
        put_aside(vm, fp, Code::of1(deliver), 1, State::Waiting)
    }
}

/// Code of a new process: runs a block that has its arguments.
unsafe fn start_block(vm: &mut Vm, fp: Fp, block: Word) -> Exit {
    let code = vm.block_code(block);
    // SAFETY: block code is of arity 1.
    unsafe { code.as1()(vm, fp, block) }
}

/// Code of a new process: runs a closure; how many values it gets, itself included, is in the
/// argument, and they follow it on the stack.
unsafe fn start_closure(vm: &mut Vm, fp: Fp, count: Word) -> Exit {
    let count = count.as_int() as usize;
    // SAFETY: whoever starts it has put so many words there.
    unsafe {
        std::ptr::copy(fp.add(1), fp, count);
        crate::closures::run_closure_in_frame(vm, fp, count)
    }
}

/// The stack of a new process that runs a closure, and how many words its code gets.
fn closure_process(closure: Word, arguments: &[Word]) -> (Vec<Word>, usize) {
    let count = Word::int(1 + arguments.len() as i32);
    let mut stack = vec![BOTTOM.word(), count, closure];
    stack.extend_from_slice(arguments);
    (stack, 2 + arguments.len())
}

/// Code of a new process: sends the selector whose number is in the argument; how many values
/// it passes, and these, follow it on the stack.
unsafe fn start_send(vm: &mut Vm, fp: Fp, selector: Word) -> Exit {
    let selector = selector.as_int() as u32;
    // SAFETY: `start_main` put the number there, and so many words.
    unsafe {
        let arity = (*fp.add(1)).as_int() as usize;
        std::ptr::copy(fp.add(2), fp, arity);
        let class = vm.class_of(*fp);
        let method = vm.find_method(class, selector).unwrap_or(NO_METHOD);
        if method == NO_METHOD {
            return crate::errors::not_understood(vm, fp, selector, arity);
        }
        vm.invoke_with(fp, method, arity)
    }
}

/// Primitive 19, and actions: a new process that runs a fresh copy of a block.
///
/// # Errors
/// What is wrong with the block or its arguments, or memory is exhausted.
///
/// # Safety
/// `top` is the top of the live stack.
pub(crate) unsafe fn fork(
    vm: &mut Vm,
    top: Fp,
    purpose: Purpose,
    block: Word,
    arguments: &[Word],
) -> Result<(), String> {
    vm.accepts(block, arguments)?;
    // SAFETY: block and arguments are on the stack while we allocate.
    let (stack, code, arity) = unsafe {
        *top = block;
        for (i, &word) in arguments.iter().enumerate() {
            *top.add(1 + i) = word;
        }
        let end = top.add(1 + arguments.len());
        vm.make_host_room(end, PROCESS_BYTES)
            .map_err(|e| e.to_string())?;
        if vm.is_closure(*top) {
            let given = std::slice::from_raw_parts(top.add(1), arguments.len());
            let (stack, arity) = closure_process(*top, given);
            (stack, Code::of1(start_closure), arity)
        } else {
            let copy = vm.new_block_copy(top).map_err(|e| e.to_string())?;
            (vec![BOTTOM.word(), copy], Code::of1(start_block), 1)
        }
    };
    vm.scheduler.add(purpose, stack, code, arity);
    vm.interrupts.start_ticking();
    Ok(())
}

/// A new main process that sends `selector` to the first of `words`.
pub(crate) fn start_main(vm: &mut Vm, selector: &[u8], words: &[Word]) -> u32 {
    let selector = vm.selectors.intern(selector);
    let count = Word::int(words.len() as i32);
    let mut stack = vec![BOTTOM.word(), Word::int(selector as i32), count];
    stack.extend_from_slice(words);
    let arity = words.len() + 2;
    let code = Code::of1(start_send);
    let id = vm.scheduler.add(Purpose::Main, stack, code, arity);
    // The main process goes first.
    vm.scheduler.ready.pop_back();
    vm.scheduler.ready.push_front(id);
    id
}

/// Starts a process for every event that waits.
fn poll_events(vm: &mut Vm) {
    while let Some(event) = vm.ui.poll() {
        let Event::Action(id, args) = event else {
            vm.quit = true;
            return;
        };
        let Some(block) = vm.hosts.action(id) else {
            continue;
        };
        let words = match args {
            EventArgs::None => vec![],
            EventArgs::One(n) => vec![Word::int(n)],
            EventArgs::Point(x, y) => vec![Word::int(x), Word::int(y)],
        };
        if vm.accepts(block, &words).is_err() {
            continue;
        }
        let (stack, code, arity) = match vm.is_closure(block) {
            true => {
                let (stack, arity) = closure_process(block, &words);
                (stack, Code::of1(start_closure), arity)
            }
            // The copy is made when it starts, where collecting is safe.
            false => (vec![BOTTOM.word(), block], Code::of1(start_copy), 1),
        };
        vm.scheduler.add(Purpose::Callback, stack, code, arity);
        vm.interrupts.start_ticking();
    }
}

/// Code of a callback: runs a fresh copy of its block.
unsafe fn start_copy(vm: &mut Vm, fp: Fp, block: Word) -> Exit {
    // SAFETY: the block was seen to be one.
    unsafe {
        *fp = block;
        match vm.new_block_copy(fp) {
            Ok(copy) => start_block(vm, fp, copy),
            Err(e) => crate::errors::block_failed(vm, fp, *fp, e.to_string()),
        }
    }
}

/// Runs processes until the main process `main` is over, or nothing can go on.
pub(crate) fn run(vm: &mut Vm, main: Option<u32>) -> Ending {
    // SAFETY: the machine is borrowed while it runs, so it is not moved.
    let _attached = unsafe { vm.interrupts.attach(&vm.limit) };
    loop {
        if vm.quit || vm.interrupts.ended() {
            vm.quit = true;
            return Ending::Quit;
        }
        if let Some(main) = main
            && let Some(Process {
                state: State::Ended(value),
                ..
            }) = vm.scheduler.processes.get(&main)
        {
            let value = *value;
            vm.scheduler.processes.remove(&main);
            return value.map_or(Ending::Killed, Ending::Value);
        }
        if vm.interrupts.take_stop() {
            interrupt_waiting(vm, main);
            continue;
        }
        vm.scheduler.wake_sleepers(Instant::now());
        poll_events(vm);
        let Some(id) = vm.scheduler.ready.pop_front() else {
            match vm.scheduler.next_alarm() {
                Some(t) => {
                    let wait = t.saturating_duration_since(Instant::now());
                    std::thread::sleep(wait.min(Duration::from_millis(20)));
                    // Nothing ran meanwhile that samples could show.
                    vm.interrupts.take_samples_due();
                }
                None if main.is_none() => return Ending::Killed,
                None => {
                    if let Some(id) = main {
                        vm.scheduler.processes.remove(&id);
                    }
                    return Ending::Stuck;
                }
            }
            continue;
        };
        run_process(vm, id);
    }
}

/// Gives the machine stack to a process and runs it until it gives up control.
fn run_process(vm: &mut Vm, id: u32) {
    let Some(p) = vm.scheduler.processes.get_mut(&id) else {
        return;
    };
    let words = std::mem::take(&mut p.stack);
    p.charge.set(PROCESS_BYTES);
    let (code, fp, arity) = (p.code, p.fp, p.arity);
    let from = std::mem::replace(&mut vm.scheduler.active, id);
    if from != id {
        vm.tell(|_| observe::Event::Switch { from, to: id });
    }
    vm.stack[..words.len()].copy_from_slice(&words);
    let mut args = [Word::ZERO; 4];
    for (i, a) in args.iter_mut().enumerate().take(arity) {
        *a = words[fp + i];
    }
    let fp = vm.stack_start().wrapping_add(fp);
    vm.next = Next {
        code,
        fp,
        arity: if code == Code::of1(start_send) {
            1
        } else {
            arity
        },
        args,
    };
    vm.native_limit = crate::code::native_limit(vm.options.native_stack);
    let outcome = catch_unwind(AssertUnwindSafe(|| trampoline(vm)));
    if let Err(panic) = outcome {
        // SAFETY: the code is gone, and has left the machine stack as it was.
        unsafe { vm.leave_place() };
        resume_unwind(panic);
    }
}

/// Calls code as long as it leaves because the native stack is deep.
fn trampoline(vm: &mut Vm) {
    loop {
        let n = vm.next;
        let a = n.args;
        // SAFETY: `next` was set by code that leaves, with arguments of its arity.
        let exit = unsafe {
            match n.arity {
                0 | 1 => n.code.as1()(vm, n.fp, a[0]),
                2 => n.code.as2()(vm, n.fp, a[0], a[1]),
                3 => n.code.as3()(vm, n.fp, a[0], a[1], a[2]),
                _ => n.code.as4()(vm, n.fp, a[0], a[1], a[2], a[3]),
            }
        };
        if exit == Exit::Switch {
            return;
        }
        vm.scheduler.left_native_stack += 1;
    }
}

impl Vm {
    /// Lets events and other processes in while a process runs, from now on. A process that is
    /// forked does the same; for a machine with windows on a display it has to be so at once.
    pub fn share_time(&self) {
        self.interrupts.start_ticking();
    }

    /// Forgets a wish to stop that came when there was nothing to stop any more.
    pub fn forget_interrupt(&self) {
        self.interrupts.take_stop();
    }

    /// How often code has gone back to the trampoline because the native stack was deep.
    pub fn times_left_native_stack(&self) -> u64 {
        self.scheduler.left_native_stack
    }
}

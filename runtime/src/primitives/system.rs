//! Primitives on the machine and its surroundings: processes, files, clock, saving.

use super::{Arguments, Outcome, not_so, wrong};
use crate::code::Fp;
use crate::files::{FILE_BYTES, FileId};
use crate::hosts::{Host, SEMAPHORE_BYTES};
use crate::process::{self, Purpose};
use crate::value::Word;
use crate::vm::Vm;
use crate::whole::Whole;
use smallworld_abi::primitive::{Primitive, System};
use std::io::Write;
use std::path::Path;

/// Does one.
pub(super) fn run(vm: &mut Vm, a: &Arguments, primitive: System) -> Result<Outcome, String> {
    let top = a.top();
    let word = match primitive {
        // Whoever runs code does it in place.
        System::RunBlock => return Ok(not_so(vm, Primitive::RunBlock)),
        System::Perform => return perform(vm, a),
        System::PerformWith => return perform_with(vm, a),
        System::ReadCharacter => match vm.files.stdin_byte() {
            Some(b) => Word::int(b as i32),
            None => vm.nil,
        },
        System::DebugPrint => {
            let w = a.get(0)?;
            // Whoever closed standard error does not want it.
            let _ = writeln!(std::io::stderr(), "{}", vm.describe(w));
            w
        }
        System::Fork => {
            let block = a.get(0)?;
            // SAFETY: `top` is above the arguments.
            unsafe { process::fork(vm, top, Purpose::Forked, block, &[])? };
            a.get(0)?
        }
        System::SaveImage => {
            let name = a.bytes(vm, 0)?.to_vec();
            save(vm, top, &crate::files::host_path(&name))?;
            a.get(0)?
        }
        System::SaveInPlace => {
            let path = vm
                .image_path
                .clone()
                .ok_or("this image came from no file; save it under a name")?;
            save(vm, top, &path)?;
            vm.nil
        }
        System::Sleep => {
            let ms = a.int(vm, 0)?.max(0) as u64;
            return Ok(Outcome::Sleep(ms, a.get(0)?));
        }
        System::EndProcess => return Ok(Outcome::Halt),
        // SAFETY: the record of the method that runs the primitive ends at the arguments.
        System::CurrentContext => unsafe { vm.reify(a.fp, top) }.map_err(|e| e.to_string())?,
        System::OpenForWriting | System::OpenForReading => {
            let name = a.bytes(vm, 1)?.to_vec();
            vm.make_host_room(top, FILE_BYTES + name.len())
                .map_err(|e| e.to_string())?;
            let id = if primitive == System::OpenForWriting {
                vm.files.open_write(&name)?
            } else {
                vm.files.open_read(&name)?
            };
            let host = vm.hosts.opened(id);
            let class = a.class(vm, 0)?;
            vm.new_host(top, class, host).map_err(|e| e.to_string())?
        }
        System::WriteToFile => {
            let text = a.bytes(vm, 0)?.to_vec();
            let id = file(vm, a, 1)?;
            vm.files.write(id, &text)?;
            a.get(1)?
        }
        System::ReadLine => {
            let id = file(vm, a, 1)?;
            let class = a.class(vm, 0)?;
            match vm.read_line(top, id)? {
                Some(line) => vm.new_bytes(top, class, &line).map_err(|e| e.to_string())?,
                None => vm.nil,
            }
        }
        System::ReadBytes => {
            let (id, n) = (file(vm, a, 1)?, a.int(vm, 2)?);
            let class = a.class(vm, 0)?;
            let most = usize::try_from(n).map_err(|_| "so many bytes cannot be read")?;
            let bytes = vm.files.read_bytes(id, most.min(vm.heap.host_room()))?;
            match bytes.is_empty() {
                true => vm.nil,
                false => vm
                    .new_bytes(top, class, &bytes)
                    .map_err(|e| e.to_string())?,
            }
        }
        System::NewSemaphore => {
            vm.make_host_room(top, SEMAPHORE_BYTES)
                .map_err(|e| e.to_string())?;
            let class = a.class(vm, 0)?;
            let host = vm.hosts.new_semaphore();
            vm.new_host(top, class, host).map_err(|e| e.to_string())?
        }
        System::Wait => {
            let n = semaphore(vm, a)?;
            match vm.hosts.semaphore(n).and_then(|s| s.value) {
                Some(w) => w,
                None => return Ok(Outcome::Wait(n)),
            }
        }
        System::Signal => {
            let n = semaphore(vm, a)?;
            let value = a.get(1)?;
            // The last value set is what later waits get: so the original machine answers.
            if let Some(s) = vm.hosts.semaphore(n) {
                s.value = Some(value);
                for id in std::mem::take(&mut s.waiting) {
                    vm.scheduler.deliver(id, value);
                }
            }
            a.get(0)?
        }
        System::Quit => return Ok(Outcome::Quit),
        System::WriteStandard => {
            let stream = a.int(vm, 1)?;
            crate::surroundings::write(stream, a.bytes(vm, 0)?)?;
            a.get(0)?
        }
        System::ReadStandardLine => {
            let class = a.class(vm, 0)?;
            let most = vm.heap.host_room();
            match vm.files.stdin_line(most)? {
                Some(line) => vm.new_bytes(top, class, &line).map_err(|e| e.to_string())?,
                None => vm.nil,
            }
        }
        System::ProgramArgument => {
            let (class, n) = (a.class(vm, 0)?, a.int(vm, 1)?);
            let at = usize::try_from(n).ok().and_then(|n| n.checked_sub(1));
            let argument = at.and_then(|at| vm.options.arguments.get(at)).cloned();
            text_or_nil(vm, top, class, argument.map(String::into_bytes))?
        }
        System::EnvironmentValue => {
            let class = a.class(vm, 0)?;
            let value = crate::surroundings::environment(&vm.options, a.bytes(vm, 1)?)?;
            text_or_nil(vm, top, class, value)?
        }
        System::Exit => {
            let code = a.int(vm, 0)?;
            let code = u8::try_from(code).map_err(|_| "an exit code is from 0 to 255")?;
            vm.exit_code = Some(code);
            return Ok(Outcome::Quit);
        }
        System::Clock => {
            let nanoseconds = match a.int(vm, 2)? {
                1 => crate::surroundings::nanoseconds_since_1970(),
                2 => i128::try_from(vm.started.elapsed().as_nanos()).unwrap_or(i128::MAX),
                n => return Err(format!("there is no clock {n}")),
            };
            super::numbers::new_whole(vm, a, 0, &Whole::Small(nanoseconds))?
        }
        System::LocalOffset => Word::int(crate::surroundings::local_offset(a.bytes(vm, 0)?)?),
        System::MillisecondClock => {
            Word::int((vm.started.elapsed().as_millis() & 0x7fff_ffff) as i32)
        }
    };
    Ok(Outcome::Value(word))
}

/// The selector is the last argument; what stands before it is where the send wants it.
fn perform(vm: &mut Vm, a: &Arguments) -> Result<Outcome, String> {
    let count = a.count.checked_sub(1).filter(|count| *count > 0);
    let count = count.ok_or("a receiver and a selector are needed")?;
    let selector = a.bytes(vm, count)?.to_vec();
    Ok(Outcome::Send(vm.selectors.intern(&selector), count))
}

/// The same with the arguments in an Array, which are put where the send wants them.
fn perform_with(vm: &mut Vm, a: &Arguments) -> Result<Outcome, String> {
    let selector = a.bytes(vm, 2)?.to_vec();
    let array = a.get(1)?;
    let count = (0..=crate::perform::MOST_VALUES)
        .take_while(|i| vm.slot_of(array, *i).is_some())
        .count();
    if count >= crate::perform::MOST_VALUES {
        return Err("too many arguments".into());
    }
    if crate::pause::stack_is_full(vm, a.fp) {
        return Err("recursion too deep".into());
    }
    for i in 0..count {
        let word = vm.slot_of(array, i).unwrap_or(vm.nil);
        // SAFETY: below the limit of the stack there is room for a call with as many arguments
        // as there can be; nothing else is above the primitive's arguments.
        unsafe { *a.fp.add(1 + i) = word };
    }
    Ok(Outcome::Send(vm.selectors.intern(&selector), count + 1))
}

fn text_or_nil(vm: &mut Vm, top: Fp, class: u32, text: Option<Vec<u8>>) -> Result<Word, String> {
    match text {
        Some(text) => vm.new_bytes(top, class, &text).map_err(|e| e.to_string()),
        None => Ok(vm.nil),
    }
}

/// Saves the image where a program wants it, if it may.
fn save(vm: &mut Vm, top: Fp, path: &Path) -> Result<(), String> {
    let allowed = vm.files.access().writable(path);
    let allowed =
        allowed.map_err(|e| format!("cannot save the image to '{}': {e}", path.display()))?;
    vm.save(top, &allowed)?;
    Ok(())
}

fn file(vm: &Vm, a: &Arguments, i: usize) -> Result<FileId, String> {
    let w = a.get(i)?;
    match vm.host_of(w) {
        Some(Host::File(id)) => Ok(id),
        _ => Err(wrong(vm, i, w, "an open file")),
    }
}

fn semaphore(vm: &Vm, a: &Arguments) -> Result<u32, String> {
    let w = a.get(0)?;
    match vm.host_of(w) {
        Some(Host::Semaphore(n)) => Ok(n),
        _ => Err(wrong(vm, 0, w, "a semaphore")),
    }
}

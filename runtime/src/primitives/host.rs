//! Primitives of the program that the machine is embedded in: numbers from 200 on.

use super::{Arguments, Outcome};
use crate::embed::{Error, FromValue, Object, Value, from_word, to_word};
use crate::vm::Vm;
use smallworld_abi::primitive::{Host, Primitive};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The first number of the host's.
pub const FIRST_HOST_PRIMITIVE: u8 = Primitive::HostFunction.number();
/// How many numbers there are.
const PLACES: usize = 256 - FIRST_HOST_PRIMITIVE as usize;

/// A function that the image can call.
type HostPrimitive = Box<dyn FnMut(&mut Call<'_>) -> Result<Value, String>>;

/// The host's functions, by their number less 200.
pub(crate) struct HostPrimitives([Option<HostPrimitive>; PLACES]);

impl Default for HostPrimitives {
    fn default() -> HostPrimitives {
        HostPrimitives([const { None }; PLACES])
    }
}

impl HostPrimitives {
    /// Puts a function in a place, which is below 56.
    pub(crate) fn set(&mut self, place: u8, function: HostPrimitive) {
        self.0[usize::from(place)] = Some(function);
    }
}

/// A call of a host primitive: its arguments.
pub struct Call<'v> {
    vm: &'v mut Vm,
    arguments: Vec<Value>,
}

impl Call<'_> {
    /// All arguments, converted. They are copies, but for those that are objects.
    pub fn arguments(&self) -> &[Value] {
        &self.arguments
    }

    /// Argument `i`, counted from 0, as what is wanted.
    ///
    /// # Errors
    /// It is missing, or of another kind; the text says so.
    pub fn get<T: FromValue>(&self, i: usize) -> Result<T, String> {
        let value = self.arguments.get(i).cloned();
        let value = value.ok_or_else(|| format!("argument {} is missing", i + 1))?;
        T::from_value(value).map_err(|problem| match problem {
            Error::Kind { wanted, found } => {
                format!("argument {} must be {wanted}, not {found}", i + 1)
            }
            other => other.to_string(),
        })
    }

    /// The class with a name, to answer or to hold on to. Nothing if there is none.
    pub fn class(&mut self, name: &str) -> Option<Object> {
        let class = self.vm.class_named(name)?;
        Some(self.vm.keep(class))
    }
}

/// Runs the host's primitive of a number from 200 on.
pub(super) fn run(
    vm: &mut Vm,
    a: &Arguments,
    primitive: Host,
    number: u8,
) -> Result<Outcome, String> {
    // They are told apart by their numbers alone.
    let Host::HostFunction = primitive;
    let place = usize::from(number - FIRST_HOST_PRIMITIVE);
    // Taken out while it runs, since it may use the machine.
    let Some(mut function) = vm.host_primitives.0[place].take() else {
        return Err(format!("the host has no primitive {number}"));
    };
    let arguments = (0..a.count)
        .map(|i| a.get(i).map(|w| from_word(vm, w)))
        .collect::<Result<Vec<Value>, String>>();
    let done = arguments.and_then(|arguments| {
        let mut call = Call { vm, arguments };
        // A panic must not pass through the image's frames.
        let done = catch_unwind(AssertUnwindSafe(|| function(&mut call)));
        done.unwrap_or_else(|_| Err("the host's function panicked".into()))
    });
    vm.host_primitives.0[place] = Some(function);
    // SAFETY: the arguments are below the top.
    let word = unsafe { to_word(vm, a.top(), &done?) };
    word.map(Outcome::Value).map_err(|e| e.to_string())
}

//! Values on both sides: what an object of the image is in Rust, and the other way round.

use super::error::Error;
use super::keep::Object;
use crate::code::Fp;
use crate::object::{self, ObjectFormat};
use crate::value::Word;
use crate::vm::{ARRAY, Vm};

/// Arrays within Arrays are converted to this depth; deeper ones stay objects.
const DEEPEST: usize = 16;
/// Elements of one value that are converted; Arrays beyond that stay objects.
const MOST: usize = 1 << 20;

/// A value of the image, in Rust.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// nil.
    Nil,
    /// true or false.
    Bool(bool),
    /// A SmallInt. Larger integers are objects; their `printString` is exact.
    Int(i32),
    /// A Float.
    Float(f64),
    /// A String that is UTF-8.
    Text(String),
    /// A ByteArray, or a String that is not UTF-8.
    Bytes(Vec<u8>),
    /// An Array. It is a copy: the image does not see what becomes of it.
    Array(Vec<Value>),
    /// Anything else, by reference.
    Object(Object),
}

impl Value {
    /// What kind of value it is, with its article, for messages.
    pub fn kind(&self) -> String {
        match self {
            Value::Nil => "nil".into(),
            Value::Bool(b) => b.to_string(),
            Value::Int(_) => "a SmallInt".into(),
            Value::Float(_) => "a Float".into(),
            Value::Text(_) => "a String".into(),
            Value::Bytes(_) => "bytes".into(),
            Value::Array(_) => "an Array".into(),
            Value::Object(object) => format!("an instance of {}", object.class_name()),
        }
    }
}

macro_rules! values_from {
    ($($from:ty => $to:expr;)*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Value {
                $to(value)
            }
        }
    )*};
}

values_from! {
    bool => Value::Bool;
    i32 => Value::Int;
    f64 => Value::Float;
    String => Value::Text;
    &str => |text: &str| Value::Text(text.into());
    Vec<u8> => Value::Bytes;
    Vec<Value> => Value::Array;
    Object => Value::Object;
    &Object => |object: &Object| Value::Object(object.clone());
}

impl From<()> for Value {
    fn from((): ()) -> Value {
        Value::Nil
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Nil, Into::into)
    }
}

/// What a value of the image can become.
pub trait FromValue: Sized {
    /// Converts.
    ///
    /// # Errors
    /// The value is of another kind.
    fn from_value(value: Value) -> Result<Self, Error>;
}

macro_rules! from_values {
    ($($to:ty, $wanted:literal: $($pattern:pat => $made:expr),+;)*) => {$(
        impl FromValue for $to {
            fn from_value(value: Value) -> Result<$to, Error> {
                match value {
                    $($pattern => Ok($made),)+
                    other => Err(Error::Kind { wanted: $wanted, found: other.kind() }),
                }
            }
        }
    )*};
}

from_values! {
    bool, "true or false": Value::Bool(b) => b;
    i32, "a SmallInt": Value::Int(n) => n;
    f64, "a Float": Value::Float(x) => x, Value::Int(n) => f64::from(n);
    String, "a String": Value::Text(text) => text;
    Vec<u8>, "bytes": Value::Bytes(bytes) => bytes, Value::Text(text) => text.into_bytes();
    Vec<Value>, "an Array": Value::Array(values) => values;
    Object, "an object": Value::Object(object) => object;
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Value, Error> {
        Ok(value)
    }
}

impl FromValue for () {
    /// For whoever does not want the value.
    fn from_value(_: Value) -> Result<(), Error> {
        Ok(())
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Option<T>, Error> {
        match value {
            Value::Nil => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// A value of the machine in Rust.
pub(crate) fn from_word(vm: &mut Vm, word: Word) -> Value {
    from_word_within(vm, word, DEEPEST, &mut { MOST })
}

fn from_word_within(vm: &mut Vm, word: Word, depth: usize, left: &mut usize) -> Value {
    if let Some(n) = word.to_int() {
        return Value::Int(n);
    }
    for (special, value) in [
        (vm.nil, Value::Nil),
        (vm.true_, Value::Bool(true)),
        (vm.false_, Value::Bool(false)),
    ] {
        if word == special {
            return value;
        }
    }
    // SAFETY: `word` is no SmallInt, and a value of the machine.
    if unsafe { object::is_float(word) } {
        // SAFETY: just seen.
        return Value::Float(unsafe { object::float_value(word) });
    }
    let class = vm.class_of(word);
    if let Some(bytes) = vm.bytes_of(word) {
        if class == vm.string_class {
            return match String::from_utf8(bytes.to_vec()) {
                Ok(text) => Value::Text(text),
                Err(other) => Value::Bytes(other.into_bytes()),
            };
        }
        if vm.class_name(vm.class_object(class)) == "ByteArray" {
            return Value::Bytes(bytes.to_vec());
        }
    }
    if class == ARRAY && depth > 0 {
        // Nothing is allocated here, so nothing moves.
        let elements: Vec<Word> = (0..).map_while(|i| vm.slot_of(word, i)).collect();
        if elements.len() <= *left {
            *left -= elements.len();
            let values = elements.into_iter();
            let values = values.map(|w| from_word_within(vm, w, depth - 1, left));
            return Value::Array(values.collect());
        }
    }
    Value::Object(vm.keep(word))
}

/// A value of Rust in the machine. May collect.
///
/// # Errors
/// Memory is exhausted, the image lacks the class, or the object is another machine's.
///
/// # Safety
/// `top` is the top of the live stack.
pub(crate) unsafe fn to_word(vm: &mut Vm, top: Fp, value: &Value) -> Result<Word, Error> {
    let failed = |e: crate::allocate::AllocationError| Error::Machine(e.to_string());
    Ok(match value {
        Value::Nil => vm.nil,
        Value::Bool(b) => vm.boolean(*b),
        Value::Int(n) => Word::int(*n),
        Value::Float(x) => {
            let class = class(vm, "Float")?;
            vm.new_float(top, class, *x).map_err(failed)?
        }
        Value::Text(text) => vm.new_string(top, text.as_bytes()).map_err(failed)?,
        Value::Bytes(bytes) => {
            // An image without ByteArrays has bytes in Strings.
            let class = class(vm, "ByteArray").unwrap_or(vm.string_class);
            vm.new_bytes(top, class, bytes).map_err(failed)?
        }
        Value::Array(values) => {
            let base = vm.extra_roots.len();
            let made = values.iter().try_for_each(|v| {
                // SAFETY: the caller's.
                let w = unsafe { to_word(vm, top, v)? };
                vm.extra_roots.push(w);
                Ok(())
            });
            let array = made.and_then(|()| {
                let size = values.len();
                vm.allocate(top, ARRAY, ObjectFormat::Slots, size)
                    .map_err(failed)
            });
            let elements = vm.extra_roots.split_off(base);
            let array = array?;
            for (i, w) in elements.into_iter().enumerate() {
                // SAFETY: made with as many slots.
                unsafe { vm.store_slot(array, i, w) };
            }
            array
        }
        Value::Object(object) => vm.kept(object).ok_or_else(|| {
            Error::Machine("an object of one machine cannot be used in another".into())
        })?,
    })
}

/// The number of a class, by its name.
fn class(vm: &mut Vm, name: &str) -> Result<u32, Error> {
    let class = vm.class_named(name);
    class
        .and_then(|w| vm.class_number_of(w))
        .ok_or_else(|| Error::Machine(format!("the image has no class '{name}'")))
}

//! What the verifier has said of methods, kept for further machines of the same image: whoever makes
//! thousands of machines of one [`Source`](crate::source::Source), as tests do, has each method
//! verified once.

use smallworld_image::{Analysis, Shape, VerifyError, verify};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// So many findings are kept: more methods than an image has, but no limit to what the programs of
/// many machines compile would be none.
const MOST: usize = 20_000;

/// What the verifier finds: the analysis, or what is wrong.
pub(crate) type Finding = Arc<Result<Analysis, String>>;

/// All that the verifier looks at.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    code: Box<[u8]>,
    arity: usize,
    temporaries: usize,
    /// Which literals can be selectors.
    literals: Box<[bool]>,
}

/// Findings, by what they were found for.
#[derive(Default)]
pub(crate) struct Findings {
    machines: AtomicUsize,
    known: Mutex<HashMap<Key, Finding>>,
}

impl Findings {
    /// One more machine asks. The first keeps nothing: usually it is the only one.
    pub(crate) fn begin(&self) {
        self.machines.fetch_add(1, Ordering::Relaxed);
    }

    /// What the verifier says of a method.
    pub(crate) fn of(&self, shape: &Shape<'_>) -> Finding {
        if self.machines.load(Ordering::Relaxed) < 2 {
            return find(shape);
        }
        let key = Key {
            code: shape.code.into(),
            arity: shape.arity,
            temporaries: shape.temporaries,
            literals: (0..shape.literals)
                .map(|n| (shape.is_selector)(n))
                .collect(),
        };
        // Nobody leaves the table half changed.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&key) {
            return find(shape);
        }
        Arc::clone(known.entry(key).or_insert_with(|| find(shape)))
    }
}

fn find(shape: &Shape<'_>) -> Finding {
    let texts = |errors: Vec<VerifyError>| {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        texts.join("; ")
    };
    Arc::new(verify(shape).map_err(texts))
}

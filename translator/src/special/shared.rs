//! What the exits of a unit have in common.
//!
//! Deep in a nest every exit writes the frames of the same outer activations. That part
//! becomes a function of its own, called where it is rarely needed: the text of a unit, and
//! the time to compile it, would otherwise grow with the number of exits times the depth.

use super::code::Code;
use super::engine::Engine;
use super::values::{Rep, State};
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// The functions under way, by their text.
#[derive(Default)]
pub struct Shared {
    functions: Vec<(String, TokenStream)>,
}

impl Shared {
    /// All of them, as items.
    pub fn items(&self) -> TokenStream {
        self.functions.iter().map(|f| f.1.clone()).collect()
    }
}

impl Engine<'_, '_, '_> {
    /// Moves `code`, which writes the `n` outermost frames, that end at `end`, to a function.
    /// Afterwards the locals `made` are what the code has made them; those of `fresh` are
    /// new ones. The second half of the answer sees to that.
    pub fn share(
        &mut self,
        state: &State,
        n: usize,
        code: Code,
        end: usize,
        fresh: &[Ident],
        made: &[Ident],
    ) -> (Code, Vec<Read>) {
        // The function does what the code does, and says what it has made above the frames.
        let mut effects = code.effects();
        effects.frame = effects.frame.max(end + fresh.len() + made.len());
        let code = code.render(&TokenStream::new());
        let mut seen = Seen::default();
        seen.look(code.clone());
        let new: BTreeSet<String> = fresh.iter().map(Ident::to_string).collect();
        let used: Vec<Ident> = seen
            .variables
            .into_iter()
            .filter(|id| !new.contains(&id.to_string()))
            .collect();
        // The names are the same in every exit, but for locals that are numbered anew: those
        // become parameters by position.
        let parameters: Vec<Ident> = (0..used.len()).map(|i| format_ident!("p{i}")).collect();
        let results: Vec<Ident> = (0..fresh.len()).map(|i| format_ident!("r{i}")).collect();
        let from: Vec<&Ident> = used.iter().chain(fresh).collect();
        let to: Vec<&Ident> = parameters.iter().chain(&results).collect();
        let renamed = |id: &Ident| match from.iter().position(|f| *f == id) {
            Some(i) => to[i].clone(),
            None => id.clone(),
        };
        let body = rename(code, &renamed);
        let values = state.chain[..n]
            .iter()
            .flat_map(|l| l.args.iter().chain(&l.stack));
        let bools: Vec<&Ident> = values
            .filter_map(|v| match &v.rep {
                Rep::Bool(id) => Some(id),
                _ => None,
            })
            .collect();
        let types = used.iter().map(|id| type_of(id, bools.contains(&id)));
        let answered = fresh.iter().chain(made).map(&renamed);
        let stores = answered.clone().enumerate().map(|(i, id)| {
            let at = end + i;
            quote!(put(base, #at, #id);)
        });
        let rest = quote! {
            (vm: &mut Vm, base: Fp #(, mut #parameters: #types)*) {
                #body
                #(#stores)*
            }
        };
        let name = self.shared_function(rest);
        let reads = fresh.iter().chain(made).enumerate().map(|(i, id)| {
            let at = end + i;
            let declares = (i < fresh.len()).then(|| quote!(let mut));
            Read {
                id: id.clone(),
                code: quote!(#declares #id = get(base, #at);),
            }
        });
        let mut call = Code::default();
        call.push(quote!(#name(vm, base #(, #used)*);), effects);
        (call, reads.collect())
    }

    /// The name of the function with these parameters and this body; a new one if it is new.
    fn shared_function(&mut self, rest: TokenStream) -> Ident {
        let text = rest.to_string();
        let functions = &mut self.unit.shared.functions;
        let at = functions.iter().position(|f| f.0 == text);
        let n = at.unwrap_or(functions.len());
        let name = format_ident!("frames_{n}");
        if at.is_none() {
            let item = quote! {
                /// Writes frames for an exit.
                #[cold]
                #[inline(never)]
                unsafe fn #name #rest
            };
            functions.push((text, item));
        }
        name
    }
}

fn type_of(variable: &Ident, is_bool: bool) -> TokenStream {
    match variable.to_string().starts_with('f') {
        _ if is_bool => quote!(bool),
        true => quote!(f64),
        false => quote!(Word),
    }
}

/// Gets a local from where a function for frames has left it.
pub struct Read {
    id: Ident,
    code: TokenStream,
}

impl Read {
    /// All of them.
    pub fn all(reads: &[Read]) -> TokenStream {
        reads.iter().map(|r| r.code.clone()).collect()
    }

    /// Those that some code needs.
    pub fn needed(reads: &[Read], code: &TokenStream) -> TokenStream {
        let mut seen = Seen::default();
        seen.look(code.clone());
        let needed = reads.iter().filter(|r| seen.variables.contains(&r.id));
        needed.map(|r| r.code.clone()).collect()
    }
}

/// What a piece of code mentions.
#[derive(Default)]
struct Seen {
    variables: Vec<Ident>,
}

impl Seen {
    fn look(&mut self, code: TokenStream) {
        for token in code {
            match token {
                TokenTree::Group(group) => self.look(group.stream()),
                TokenTree::Ident(id) if is_variable(&id) && !self.variables.contains(&id) => {
                    self.variables.push(id);
                }
                _ => {}
            }
        }
    }
}

/// Is it a variable of specialised code? Those are a letter or two and numbers.
fn is_variable(id: &Ident) -> bool {
    let name = id.to_string();
    let rest = name.trim_start_matches(['a', 's', 't', 'c', 'v', 'f', 'w']);
    let kind = &name[..name.len() - rest.len()];
    let numbers = rest
        .split('_')
        .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    numbers && matches!(kind, "a" | "s" | "t" | "c" | "v" | "f" | "w" | "ta")
}

fn rename(code: TokenStream, new: &impl Fn(&Ident) -> Ident) -> TokenStream {
    code.into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let inner = rename(group.stream(), new);
                TokenTree::Group(Group::new(group.delimiter(), inner))
            }
            TokenTree::Ident(id) => TokenTree::Ident(new(&id)),
            other => other,
        })
        .collect()
}

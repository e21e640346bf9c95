//! One bytecode at a time: what it does to the symbolic stack, and its Rust.

use crate::function::{Function, Operand};
use crate::method::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use smallworld_abi::layout::{class_slot, closure_slot};
use smallworld_abi::primitive::Primitive;
use smallworld_image::{BinaryOp, Constant, Op};

/// Is the common case of the primitive with that number generated in place?
pub fn is_open_coded(number: u8) -> bool {
    Primitive::everywhere(number).is_some_and(Primitive::is_open_coded)
}

impl Function<'_, '_> {
    /// Translates an instruction that does not branch. True if control has left.
    pub fn instruction(
        &mut self,
        at: usize,
        stack: &mut Vec<Operand>,
        out: &mut TokenStream,
    ) -> bool {
        let i = self.method.instruction(at);
        match i.op {
            Op::PushInstance(n) => {
                let (n, me) = (n as usize, self.argument(0));
                let v = self.local();
                let leave = self.leave(stack, stack.len(), i.next);
                out.extend(quote! {
                    let #v = if has_slot(#me, #n) {
                        slot(#me, #n)
                    } else {
                        #leave
                        return no_instance_variable(vm, f, #n);
                    };
                });
                stack.push(Operand::Local(v));
            }
            Op::PushArgument(n) if usize::from(n) >= self.method.arity => {
                let n = n as usize;
                let v = self.local();
                let leave = self.leave(stack, stack.len(), i.next);
                let found = match self.layout.kind {
                    Kind::NativeBlock => quote!(further_argument(arguments, #n)),
                    _ => quote!(no_argument()),
                };
                out.extend(quote! {
                    let #v = match #found {
                        Some(w) => w,
                        None => {
                            #leave
                            return missing_argument(vm, f, #n);
                        }
                    };
                });
                stack.push(Operand::Local(v));
            }
            Op::PushArgument(n) => stack.push(Operand::Local(self.argument(n as usize))),
            Op::PushTemporary(n) => {
                let v = self.local();
                if self.layout.kind == Kind::Native {
                    let t = self.temporary(n as usize);
                    out.extend(quote!(let #v = #t;));
                } else {
                    let n = n as usize;
                    out.extend(quote!(let #v = slot(temporaries, #n);));
                }
                stack.push(Operand::Local(v));
            }
            Op::PushLiteral(n) => {
                stack.push(Operand::Literal(self.method.first_literal + n as u32));
            }
            Op::PushConstant(c) => stack.push(match c {
                Constant::Int(n) => Operand::Int(n as i32),
                Constant::Nil => Operand::Nil,
                Constant::True => Operand::True,
                Constant::False => Operand::False,
            }),
            Op::AssignInstance(n) => {
                let (n, me) = (n as usize, self.argument(0));
                let value = self.pop(stack);
                let v = self.bind(&value, out);
                let leave = self.leave(stack, stack.len(), i.next);
                out.extend(quote! {
                    if has_slot(#me, #n) {
                        store_slot(vm, #me, #n, #v);
                    } else {
                        #leave
                        return no_instance_variable(vm, f, #n);
                    }
                });
                stack.push(Operand::Local(v));
            }
            Op::AssignTemporary(n) => {
                let value = self.pop(stack);
                let v = self.bind(&value, out);
                if self.layout.kind == Kind::Native {
                    let t = self.temporary(n as usize);
                    out.extend(quote!(#t = #v;));
                } else {
                    let n = n as usize;
                    out.extend(quote!(store_slot(vm, temporaries, #n, #v);));
                }
                stack.push(Operand::Local(v));
            }
            Op::Send { argc, .. } => {
                self.send(at, argc as usize, i.next, false, stack, out);
                return true;
            }
            Op::SuperSend { argc, .. } => {
                self.send(at, argc as usize, i.next, true, stack, out);
                return true;
            }
            Op::IsNil | Op::NotNil => {
                let operand = self.pop(stack);
                let word = self.word(&operand);
                let b = self.local();
                out.extend(match i.op {
                    Op::IsNil => quote!(let #b = #word == nil(vm);),
                    _ => quote!(let #b = #word != nil(vm);),
                });
                stack.push(Operand::Bool(b));
            }
            Op::Binary(b) => self.binary(at, b, i.next, stack, out),
            Op::PushBlock { params_at, .. } => self.block(at, params_at, i.next, stack, out),
            Op::Primitive { argc, number } => {
                return self.primitive(number, argc as usize, i.next, stack, out);
            }
            Op::PushClassVariable(n) => {
                let (n, me) = (n as usize, self.argument(0));
                let v = self.local();
                let leave = self.leave(stack, stack.len(), i.next);
                let at = n + class_slot::CLASS_VARIABLES;
                out.extend(quote! {
                    let #v = match class_slot(vm, #me, #at) {
                        Some(w) => w,
                        None => {
                            #leave
                            return no_class_variable(vm, f, #n);
                        }
                    };
                });
                stack.push(Operand::Local(v));
            }
            Op::ReturnSelf => {
                let me = self.argument(0);
                self.answer(quote!(#me), out);
                return true;
            }
            Op::ReturnTop => {
                let value = self.pop(stack);
                let word = self.word(&value);
                self.answer(word, out);
                return true;
            }
            Op::BlockReturn => {
                let value = self.pop(stack);
                let v = self.bind(&value, out);
                out.extend(quote!(return non_local_return(vm, base, block, #v);));
                return true;
            }
            Op::PushClosure { count, method } => self.closure(count, method, stack, out),
            Op::PushContext => {
                let v = self.local();
                let slot = self.layout.context();
                out.extend(match self.layout.kind {
                    Kind::NativeBlock => quote!(let #v = own_block_context(vm, base);),
                    _ => quote!(let #v = own_context(vm, base, #slot);),
                });
                stack.push(Operand::Local(v));
            }
            Op::HomeReturn => {
                let value = self.pop(stack);
                let v = self.bind(&value, out);
                let me = self.own_first_word();
                out.extend(quote!(return home_return(vm, base, #me, #v);));
                return true;
            }
            Op::PushSlot(n) => {
                let n = usize::from(n);
                let object = self.pop(stack);
                let object = self.bind(&object, out);
                let v = self.local();
                let leave = self.leave(stack, stack.len(), i.next);
                out.extend(quote! {
                    let #v = if has_slot(#object, #n) {
                        slot(#object, #n)
                    } else {
                        #leave
                        return no_slot(vm, f, #object, #n);
                    };
                });
                stack.push(Operand::Local(v));
            }
            Op::AssignSlot(n) => {
                let n = usize::from(n);
                let object = self.pop(stack);
                let object = self.bind(&object, out);
                let value = self.pop(stack);
                let v = self.bind(&value, out);
                let leave = self.leave(stack, stack.len(), i.next);
                out.extend(quote! {
                    if has_slot(#object, #n) {
                        store_slot(vm, #object, #n, #v);
                    } else {
                        #leave
                        return no_slot(vm, f, #object, #n);
                    }
                });
                stack.push(Operand::Local(v));
            }
            Op::Duplicate => {
                let value = self.pop(stack);
                let v = self.bind(&value, out);
                stack.push(Operand::Local(v.clone()));
                stack.push(Operand::Local(v));
            }
            Op::Pop => {
                self.pop(stack);
            }
            Op::Jump(_) | Op::JumpIfTrue(_) | Op::JumpIfFalse(_) => {}
        }
        false
    }

    fn answer(&mut self, word: TokenStream, out: &mut TokenStream) {
        if self.method.makes_returning_blocks(self.owner) {
            let slot = self.layout.context();
            out.extend(quote! {
                let v = #word;
                return leave(vm, base, #slot, v);
            });
        } else {
            out.extend(quote! {
                let v = #word;
                return return_value(vm, base, v);
            });
        }
    }

    /// The top `n` operands as locals, the first first; they are popped.
    fn bind_top(
        &mut self,
        n: usize,
        stack: &mut Vec<Operand>,
        out: &mut TokenStream,
    ) -> Vec<Ident> {
        let operands = stack.split_off(stack.len() - n);
        operands.iter().map(|o| self.bind(o, out)).collect()
    }

    fn send(
        &mut self,
        at: usize,
        argc: usize,
        next: usize,
        is_super: bool,
        stack: &mut Vec<Operand>,
        out: &mut TokenStream,
    ) {
        let arguments = self.bind_top(argc, stack, out);
        let leave = self.leave(stack, stack.len(), next);
        let site = self.method.sites[&at];
        out.extend(leave);
        for (i, a) in arguments.iter().enumerate().skip(4) {
            out.extend(quote!(put(f, #i, #a);));
        }
        let registers = argc.min(4);
        let send = match is_super {
            true => format_ident!("super{registers}"),
            false => format_ident!("send{registers}"),
        };
        let passed = &arguments[..registers];
        out.extend(quote!(return #send(vm, f, #site, #(#passed),*);));
    }

    fn binary(
        &mut self,
        at: usize,
        op: BinaryOp,
        next: usize,
        stack: &mut Vec<Operand>,
        out: &mut TokenStream,
    ) {
        let operands = self.bind_top(2, stack, out);
        let (x, y) = (&operands[0], &operands[1]);
        let leave = self.leave(stack, stack.len(), next);
        let site = self.method.sites[&at];
        let v = self.local();
        let slow = quote! {
            #leave
            return send2(vm, f, #site, #x, #y);
        };
        match op {
            BinaryOp::Plus => {
                out.extend(quote! {
                    let #v = if Word::both_ints(#x, #y) && let Some(sum) = Word::add(#x, #y) {
                        sum
                    } else {
                        #slow
                    };
                });
                stack.push(Operand::Local(v));
            }
            BinaryOp::Less | BinaryOp::LessEqual => {
                let compare = match op {
                    BinaryOp::Less => quote!(Word::less(#x, #y)),
                    _ => quote!(Word::less_equal(#x, #y)),
                };
                out.extend(quote! {
                    let #v = if Word::both_ints(#x, #y) {
                        #compare
                    } else {
                        #slow
                    };
                });
                stack.push(Operand::Bool(v));
            }
        }
    }

    fn block(
        &mut self,
        at: usize,
        params_at: u8,
        start: usize,
        stack: &mut Vec<Operand>,
        out: &mut TokenStream,
    ) {
        let info = self.method.analysis.blocks.iter().find(|b| b.push_at == at);
        let returns = info.is_some_and(|b| b.has_block_return);
        let n = self.layout.arguments;
        let arguments = match self.layout.kind {
            Kind::NativeBlock => quote!(arguments),
            _ => quote!(arguments_array(vm, base, #n)),
        };
        let creator = match self.layout.kind {
            _ if !returns => quote!(nil(vm)),
            Kind::NativeBlock => quote!(own_block_context(vm, base)),
            _ => {
                let slot = self.layout.context();
                quote!(own_context(vm, base, #slot))
            }
        };
        let method = self.method.first_literal as usize + self.method.parts.literals.len();
        let v = self.local();
        let start = start as u32;
        out.extend(quote! {
            let home_arguments = #arguments;
            let creator = #creator;
            let own_method = literal(vm, #method);
            let #v = bump_block(
                vm,
                own_method, home_arguments, temporaries, #params_at, creator, #start,
            );
        });
        stack.push(Operand::Local(v));
    }

    /// A new closure.
    fn closure(&mut self, count: u8, method: u16, stack: &mut Vec<Operand>, out: &mut TokenStream) {
        let taken = self.bind_top(count.into(), stack, out);
        let slots = taken.iter().enumerate().map(|(i, word)| {
            let at = closure_slot::HOME + i;
            quote!(init_slot(closure, #at, #word);)
        });
        let literal = self.method.first_literal as usize + usize::from(method);
        let (v, size) = (self.local(), taken.len() + closure_slot::HOME);
        let at = closure_slot::METHOD;
        out.extend(quote! {
            let #v = {
                let closure = bump_slots(vm, BLOCK, #size);
                init_slot(closure, #at, literal(vm, #literal));
                #(#slots)*
                closure
            };
        });
        stack.push(Operand::Local(v));
    }

    /// What the activation's first word is: the receiver, or the Block.
    fn own_first_word(&self) -> Ident {
        match self.layout.kind {
            Kind::NativeBlock => format_ident!("block"),
            _ => self.argument(0),
        }
    }

    /// A primitive that runs a closure in place of the method.
    fn run_closure(&mut self, given: &[Ident], out: &mut TokenStream) {
        let count = given.len();
        if count <= 4 {
            let run = format_ident!("run_closure{count}");
            return out.extend(quote!(return #run(vm, base, #(#given),*);));
        }
        // They may be in the frame that is replaced, so they go above it first.
        let above = self.layout.record(self.method.analysis.max_depth.into());
        let put = given
            .iter()
            .enumerate()
            .map(|(i, a)| quote!(put(base, #above + #i, #a);));
        let n = count as u32;
        out.extend(quote! {
            #(#put)*
            return run_closure_many(vm, base, base.add(#above), #n);
        });
    }

    /// True if control has left.
    fn primitive(
        &mut self,
        number: u8,
        argc: usize,
        next: usize,
        stack: &mut Vec<Operand>,
        out: &mut TokenStream,
    ) -> bool {
        let primitive = Primitive::everywhere(number);
        if primitive == Some(Primitive::RunBlock) {
            self.run_block(argc, stack, out);
            return true;
        }
        let a = self.bind_top(argc, stack, out);
        match (primitive, &a[..]) {
            (Some(Primitive::RunClosure), [_, ..]) => {
                self.run_closure(&a, out);
                return true;
            }
            (Some(Primitive::RunClosureWith), [closure, arguments]) => {
                out.extend(quote!(return run_closure_with(vm, base, #closure, #arguments);));
                return true;
            }
            (Some(mark), []) if mark.is_mark() => {
                stack.push(Operand::Nil);
                return false;
            }
            _ => {}
        }
        let leave = self.leave(stack, stack.len(), next);
        let put = a.iter().enumerate().map(|(i, a)| quote!(put(f, #i, #a);));
        let (n, count) = (number as u32, argc as u32);
        let full = quote! {
            #leave
            #(#put)*
            return primitive(vm, f, #n, #count);
        };
        let v = self.local();
        // Each arm: what succeeds in place; anything else runs the full primitive.
        let in_place = match (primitive, &a[..]) {
            (Some(Primitive::SameObject), [x, y]) => {
                out.extend(quote!(let #v = #x == #y;));
                stack.push(Operand::Bool(v));
                return false;
            }
            (Some(Primitive::ClassOf), [x]) => quote!(Some(class_object(vm, class_of(vm, #x)))),
            (Some(Primitive::SizeOf), [x]) => quote!(Some(size_of(#x))),
            (Some(Primitive::SlotAtPut), [value, x, i]) => {
                quote!((slot_at_put(vm, #x, #i, #value) != Stored::No).then_some(#x))
            }
            (Some(Primitive::Sum), [x, y]) => arithmetic(quote!(Word::add(#x, #y)), x, y),
            (Some(Primitive::Product), [x, y]) => arithmetic(quote!(Word::mul(#x, #y)), x, y),
            (Some(Primitive::Difference), [x, y]) => arithmetic(quote!(Word::sub(#x, #y)), x, y),
            (Some(Primitive::Quotient), [x, y]) => quote!(quotient(#x, #y)),
            (Some(Primitive::Remainder), [x, y]) => quote!(remainder(#x, #y)),
            (Some(which @ (Primitive::Less | Primitive::Equal)), [x, y]) => {
                let compare = match which {
                    Primitive::Less => quote!(Word::less(#x, #y)),
                    _ => quote!(#x == #y),
                };
                out.extend(quote! {
                    let #v = if Word::both_ints(#x, #y) {
                        #compare
                    } else {
                        #full
                    };
                });
                stack.push(Operand::Bool(v));
                return false;
            }
            (Some(Primitive::ByteAt), [x, i]) => quote!(byte_at(#x, #i)),
            (Some(Primitive::SlotAt), [x, i]) => quote!(slot_at(#x, #i)),
            (Some(Primitive::NewArray), elements) => {
                let size = elements.len();
                let i = 0..size;
                out.extend(quote! {
                    let #v = bump_slots(vm, ARRAY, #size);
                    #(init_slot(#v, #i, #elements);)*
                });
                stack.push(Operand::Local(v));
                return false;
            }
            _ => {
                // One that is open-coded, with a wrong number of arguments, fails, and what
                // follows is reached through its continuation only.
                out.extend(full);
                return true;
            }
        };
        out.extend(quote! {
            let #v = match #in_place {
                Some(w) => w,
                None => {
                    #full
                }
            };
        });
        stack.push(Operand::Local(v));
        false
    }

    /// Primitive 8: the block goes on in place of this activation.
    fn run_block(&mut self, argc: usize, stack: &mut Vec<Operand>, out: &mut TokenStream) {
        let a = self.bind_top(argc, stack, out);
        let Some((block, given)) = a.split_last() else {
            return;
        };
        if given.len() <= 3 {
            let value = format_ident!("value{}", given.len());
            out.extend(quote!(return #value(vm, base, #block, #(#given),*);));
        } else {
            // The words go above where the block's frame starts.
            let at = self.layout.record(self.method.analysis.max_depth as usize);
            let put = a.iter().enumerate().map(|(i, a)| {
                let at = at + i;
                quote!(put(base, #at, #a);)
            });
            let count = argc as u32;
            out.extend(quote! {
                #(#put)*
                return value_many(vm, base, base.add(#at), #count);
            });
        }
    }
}

fn arithmetic(operation: TokenStream, x: &Ident, y: &Ident) -> TokenStream {
    quote!(Word::both_ints(#x, #y).then(|| (#operation).unwrap_or(nil(vm))))
}

//! The rules of safepoints, checked on the code of a function as it is written out.
//!
//! Placing looks and adding up room is done elsewhere ([`super::place`], [`Code::room`]).
//! This follows every way through the finished structure and knows nothing of how it came to
//! be. A function of which it finds something to say is not used.

use super::code::{Code, Effects, Item};
use smallworld_abi::layout::limits::{FRAME_WORDS, REGION_WORDS};
use std::collections::BTreeMap;

/// What has been done by the time a point is reached, on whichever way that is the worst.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Done {
    /// The stack and the nursery have been looked at, on every way.
    looked: bool,
    /// Something has been done that must not be done twice, on some way.
    acted: bool,
    /// Words left of the room that the start has made sure of.
    left: usize,
    /// There is room for one more object, looked for just before.
    own: bool,
}

impl Done {
    fn meet(self, other: Done) -> Done {
        Done {
            looked: self.looked && other.looked,
            acted: self.acted || other.acted,
            left: self.left.min(other.left),
            own: self.own && other.own,
        }
    }
}

fn meet(a: Option<Done>, b: Option<Done>) -> Option<Done> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.meet(b)),
        (one, other) => one.or(other),
    }
}

/// Checks a function. `room` is what it makes sure of; one that is no entry has looked before
/// its code begins.
///
/// # Errors
/// Which rule is broken.
pub fn function(code: &Code, is_entry: bool, room: usize) -> Result<(), String> {
    let start = Done {
        looked: !is_entry,
        acted: !is_entry,
        left: if is_entry { 0 } else { room },
        own: false,
    };
    if room > REGION_WORDS {
        return Err(format!(
            "it may need {room} words of room, and no more than {REGION_WORDS} can be made sure of"
        ));
    }
    let mut check = Check {
        room,
        blocks: BTreeMap::new(),
        loops: BTreeMap::new(),
    };
    match check.follow(code, Some(start))? {
        Some(_) => Err("control reaches the end of the function".into()),
        None => Ok(()),
    }
}

struct Check {
    room: usize,
    /// What has been done on the ways that break to the end of a block.
    blocks: BTreeMap<String, Done>,
    /// What has been done where a loop begins.
    loops: BTreeMap<String, Done>,
}

impl Check {
    fn follow(&mut self, code: &Code, start: Option<Done>) -> Result<Option<Done>, String> {
        let mut now = start;
        for item in code.items() {
            let Some(done) = now else { break };
            now = match item {
                Item::Look => {
                    if done.acted {
                        return Err("it looks after it has done something".into());
                    }
                    Some(Done {
                        looked: true,
                        left: self.room,
                        ..done
                    })
                }
                Item::Do(_, effects) => self.effects(done, *effects)?,
                Item::Or { exit, effects, .. } => {
                    if self.follow(exit, now)?.is_some() {
                        return Err("an exit does not leave".into());
                    }
                    self.effects(done, *effects)?
                }
                Item::If(_, yes, no) => meet(self.follow(yes, now)?, self.follow(no, now)?),
                Item::Block(label, code) => {
                    let end = self.follow(code, now)?;
                    meet(end, self.blocks.remove(&label.to_string()))
                }
                Item::Loop(label, code) => {
                    // A loop has a look at each turn, which goes on elsewhere. Where it begins,
                    // whatever is done in it may have been done.
                    if !done.looked {
                        return Err("a loop begins without a look".into());
                    }
                    let head = Done {
                        acted: true,
                        own: false,
                        ..done
                    };
                    self.loops.insert(label.to_string(), head);
                    if self.follow(code, Some(head))?.is_some() {
                        return Err("a loop ends".into());
                    }
                    self.loops.remove(&label.to_string());
                    None
                }
                Item::Break(label) => {
                    let at = self.blocks.entry(label.to_string()).or_insert(done);
                    *at = at.meet(done);
                    None
                }
                Item::Continue(label) => {
                    let head = self.loops.get(&label.to_string());
                    if head.is_none_or(|head| done.left < head.left) {
                        return Err("a loop takes room each time around".into());
                    }
                    None
                }
            };
        }
        Ok(now)
    }

    fn effects(&self, before: Done, effects: Effects) -> Result<Option<Done>, String> {
        let mut done = before;
        if effects.needs_look() && !done.looked {
            return Err("it writes frames or allocates without a look".into());
        }
        if effects.frame > FRAME_WORDS {
            return Err(format!(
                "it writes {} words above its base, and no more than {FRAME_WORDS} are allowed",
                effects.frame
            ));
        }
        if effects.collects {
            done.left = self.room;
            done.own = true;
        }
        if effects.makes {
            if !done.own {
                return Err("it makes an object without room for it".into());
            }
            done.own = false;
        }
        done.left = match done.left.checked_sub(effects.takes) {
            Some(left) => left,
            None => return Err("it takes more room than it has made sure of".into()),
        };
        done.acted |= effects.acts();
        Ok((!effects.leaves).then_some(done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use syn::parse_quote;

    fn leaving() -> Code {
        let mut exit = Code::default();
        exit.frame(3, quote!(put();));
        exit.leaves(4, quote!(return;));
        exit
    }

    fn problem(code: &Code, room: usize) -> String {
        function(code, true, room).expect_err("refused")
    }

    #[test]
    fn frames_come_after_a_look() {
        let mut code = leaving();
        assert!(problem(&code, 0).contains("without a look"));
        code.look_first();
        assert_eq!(function(&code, true, 0), Ok(()));
    }

    #[test]
    fn an_exit_in_the_middle_counts() {
        let mut code = Code::default();
        code.or(leaving(), Effects::READS, |exit| quote!(if x { #exit }));
        code.leaves(0, quote!(return;));
        assert!(problem(&code, 0).contains("without a look"));
        code.look_in_exits();
        assert_eq!(function(&code, true, 0), Ok(()));
    }

    #[test]
    fn nothing_is_done_before_a_look() {
        let mut code = Code::default();
        code.or(leaving(), Effects::WRITES, |exit| quote!(if !put { #exit }));
        let mut again = leaving();
        again.look_first();
        code.append(again);
        code.look_in_exits();
        assert!(problem(&code, 0).contains("after it has done something"));
    }

    #[test]
    fn one_arm_of_two_counts() {
        let mut arm = Code::default();
        arm.item(Item::Break(parse_quote!('b1)));
        let mut other = leaving();
        other.look_first();
        let mut block = Code::default();
        block.item(Item::If(quote!(x), arm, other));
        let mut code = Code::default();
        code.item(Item::Block(parse_quote!('b1), block));
        code.append(leaving());
        // The way by the break has not looked.
        assert!(problem(&code, 0).contains("without a look"));
    }

    #[test]
    fn room_is_added_up_along_a_way() {
        let mut exit = Code::default();
        exit.takes(5, quote!(bump();));
        exit.leaves(1, quote!(return;));
        let mut code = Code::default();
        code.look_first();
        code.takes(7, quote!(bump();));
        code.or(exit, Effects::PURE, |exit| quote!(if x { #exit }));
        code.takes(1, quote!(bump();));
        code.leaves(1, quote!(return;));
        assert_eq!(code.room(), Some(12));
        assert_eq!(function(&code, true, 12), Ok(()));
        assert!(problem(&code, 11).contains("more room"));
        assert!(problem(&code, REGION_WORDS + 1).contains("made sure of"));
    }

    #[test]
    fn a_loop_must_not_take_room_each_time_around() {
        let mut body = Code::default();
        body.takes(2, quote!(bump();));
        body.item(Item::Continue(parse_quote!('l1)));
        let mut code = Code::default();
        code.look_first();
        code.item(Item::Loop(parse_quote!('l1), body));
        assert_eq!(code.room(), None);
        assert!(problem(&code, 100).contains("each time around"));
    }

    #[test]
    fn objects_are_made_where_there_is_room() {
        let mut code = Code::default();
        code.look_first();
        code.push(quote!(room();), Effects::collects(9));
        code.push(quote!(make();), Effects::MAKES);
        let mut twice = code.clone();
        code.leaves(0, quote!(return;));
        assert_eq!(function(&code, true, 0), Ok(()));
        twice.push(quote!(make();), Effects::MAKES);
        twice.leaves(0, quote!(return;));
        assert!(problem(&twice, 0).contains("without room"));
    }

    #[test]
    fn frames_have_a_largest_size() {
        let mut code = Code::default();
        code.look_first();
        code.frame(FRAME_WORDS + 1, quote!(put();));
        code.leaves(0, quote!(return;));
        assert!(problem(&code, 0).contains("above its base"));
    }
}

//! The order in which a writer numbers objects: from the roots, each object when it is first reached.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::object::{Image, ObjId, Object, Payload};

/// The objects that are written, and the numbers they get.
pub(crate) struct Order {
    /// The objects in the order of the file.
    pub ids: Vec<ObjId>,
    /// By present number, the number in the file; [`UNREACHED`] for objects left out.
    numbers: Vec<u32>,
}

const UNREACHED: u32 = u32::MAX;

impl Order {
    fn new(image: &Image) -> Self {
        Order {
            ids: Vec::with_capacity(image.objects.len()),
            numbers: vec![UNREACHED; image.objects.len()],
        }
    }

    /// Numbers `id` if it has no number yet, and says whether it did.
    fn reach(&mut self, id: ObjId) -> bool {
        let number = &mut self.numbers[id.index()];
        if *number != UNREACHED {
            return false;
        }
        *number = self.ids.len() as u32;
        self.ids.push(id);
        true
    }

    /// All roots first, then the class and the slots of each object in turn.
    pub fn breadth_first(image: &Image, roots: &[ObjId]) -> Self {
        let mut order = Order::new(image);
        let mut waiting = VecDeque::new();
        let reach = |order: &mut Order, waiting: &mut VecDeque<ObjId>, id| {
            if order.reach(id) {
                waiting.push_back(id);
            }
        };
        for &root in roots {
            reach(&mut order, &mut waiting, root);
        }
        while let Some(id) = waiting.pop_front() {
            let object = &image.objects[id.index()];
            reach(&mut order, &mut waiting, object.class);
            for &slot in &object.slots {
                reach(&mut order, &mut waiting, slot);
            }
        }
        order
    }

    /// Everything the first root leads to, then the second; an object, all that its class leads to, then all
    /// that its slots lead to in turn.
    pub fn depth_first(image: &Image, roots: &[ObjId]) -> Self {
        let mut order = Order::new(image);
        // A stack of its own: chains of objects are longer than the native one is deep.
        let mut waiting: Vec<ObjId> = roots.iter().rev().copied().collect();
        while let Some(id) = waiting.pop() {
            if order.reach(id) {
                let object = &image.objects[id.index()];
                waiting.extend(object.slots.iter().rev());
                waiting.push(object.class);
            }
        }
        order
    }

    /// The number in the file of an object that is written.
    pub fn number_of(&self, id: ObjId) -> u32 {
        let number = self.numbers[id.index()];
        debug_assert_ne!(
            number, UNREACHED,
            "a written object refers to one that is not"
        );
        number
    }
}

/// The image with at least `count` cached SmallInts, as both formats need; normally the image itself.
pub(crate) fn with_small_ints(image: &Image, count: usize) -> Cow<'_, Image> {
    if image.roots.small_ints.len() >= count {
        return Cow::Borrowed(image);
    }
    let mut image = image.clone();
    for value in image.roots.small_ints.len()..count {
        image
            .roots
            .small_ints
            .push(ObjId(image.objects.len() as u32));
        image.objects.push(Object {
            class: image.roots.small_int,
            slots: Vec::new(),
            payload: Payload::SmallInt(value as i32),
        });
    }
    Cow::Owned(image)
}

/// The image with nil in place of its Floats, for a format that has none; normally the image itself.
pub(crate) fn without_floats(image: &Image) -> Cow<'_, Image> {
    let is_float = |object: &Object| matches!(object.payload, Payload::Float(_));
    if !image.objects.iter().any(is_float) {
        return Cow::Borrowed(image);
    }
    let floats: Vec<bool> = image.objects.iter().map(is_float).collect();
    let mut image = image.clone();
    for object in &mut image.objects {
        for slot in &mut object.slots {
            if floats[slot.index()] {
                *slot = image.roots.nil;
            }
        }
    }
    Cow::Owned(image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{Format, Roots};

    /// Objects that are their own class, with these slots.
    fn graph(slots: &[&[u32]]) -> Image {
        let objects = slots.iter().enumerate().map(|(number, slots)| Object {
            class: ObjId(number as u32),
            slots: slots.iter().copied().map(ObjId).collect(),
            payload: Payload::Slots,
        });
        let zero = ObjId(0);
        Image {
            format: Format::V1,
            objects: objects.collect(),
            roots: Roots {
                nil: zero,
                true_: zero,
                false_: zero,
                array: zero,
                block: zero,
                context: zero,
                small_int: zero,
                small_ints: vec![],
            },
        }
    }

    fn numbers(ids: &[ObjId]) -> Vec<u32> {
        ids.iter().map(|id| id.0).collect()
    }

    #[test]
    fn the_two_orders_differ_in_depth() {
        let image = graph(&[&[3, 2], &[], &[4], &[1, 0], &[], &[0]]);
        let breadth = Order::breadth_first(&image, &[ObjId(0)]);
        assert_eq!(numbers(&breadth.ids), [0, 3, 2, 1, 4]);
        assert_eq!(breadth.number_of(ObjId(2)), 2);
        let depth = Order::depth_first(&image, &[ObjId(0)]);
        assert_eq!(numbers(&depth.ids), [0, 3, 1, 2, 4]);
    }

    #[test]
    fn the_class_comes_before_the_slots() {
        let mut image = graph(&[&[1], &[], &[]]);
        image.objects[0].class = ObjId(2);
        let order = Order::breadth_first(&image, &[ObjId(0)]);
        assert_eq!(numbers(&order.ids), [0, 2, 1]);
        let order = Order::depth_first(&image, &[ObjId(0)]);
        assert_eq!(numbers(&order.ids), [0, 2, 1]);
    }

    #[test]
    fn a_long_chain_needs_no_native_stack() {
        let links: Vec<[u32; 1]> = (1..=200_000).map(|next| [next % 200_000]).collect();
        let slots: Vec<&[u32]> = links.iter().map(|link| &link[..]).collect();
        let order = Order::depth_first(&graph(&slots), &[ObjId(0)]);
        assert_eq!(order.ids.len(), 200_000);
    }

    #[test]
    fn missing_small_ints_are_made() {
        let image = graph(&[&[]]);
        let more = with_small_ints(&image, 10);
        assert_eq!(more.roots.small_ints.len(), 10);
        assert_eq!(more.int_of(more.roots.small_ints[9]), Some(9));
    }
}

//! Are two images the same, as graphs?

use smallworld_image::{Image, ObjId, Payload};
use std::collections::HashMap;

/// Compares two images from their roots on: numbers by value, everything else by what it
/// refers to, with the same sharing in both.
///
/// # Errors
/// Says where they differ first.
pub fn same_graph(a: &Image, b: &Image) -> Result<usize, String> {
    let mut pairs: Vec<(ObjId, ObjId, String)> = Vec::new();
    let (x, y) = (&a.roots, &b.roots);
    for (l, r, name) in [
        (x.nil, y.nil, "nil"),
        (x.true_, y.true_, "true"),
        (x.false_, y.false_, "false"),
        (x.array, y.array, "Array"),
        (x.block, y.block, "Block"),
        (x.context, y.context, "Context"),
        (x.small_int, y.small_int, "SmallInt"),
    ] {
        pairs.push((l, r, name.to_string()));
    }
    let mut known: HashMap<ObjId, ObjId> = HashMap::new();
    let mut known_back: HashMap<ObjId, ObjId> = HashMap::new();
    while let Some((l, r, path)) = pairs.pop() {
        let (p, q) = (&a.objects[l.index()], &b.objects[r.index()]);
        if let (Payload::SmallInt(m), Payload::SmallInt(n)) = (&p.payload, &q.payload) {
            if m != n {
                return Err(format!("at {path}: {m} and {n}"));
            }
            continue;
        }
        let (old, back) = (known.insert(l, r), known_back.insert(r, l));
        if old.is_some() || back.is_some() {
            if old == Some(r) && back == Some(l) {
                continue;
            }
            return Err(format!("at {path}: shared differently"));
        }
        if p.payload != q.payload || p.slots.len() != q.slots.len() {
            return Err(format!(
                "at {path}: {} and {}",
                a.describe(l),
                b.describe(r)
            ));
        }
        pairs.push((p.class, q.class, format!("{path}.class")));
        for (i, (&s, &t)) in p.slots.iter().zip(&q.slots).enumerate() {
            // A path is only for people.
            let place = if path.len() < 100 {
                format!("{path}.{i}")
            } else {
                path.clone()
            };
            pairs.push((s, t, place));
        }
    }
    Ok(known.len())
}

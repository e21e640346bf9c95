//! Samples as a flame graph: an SVG that any browser shows. A method is as wide as its
//! share of the time, and stands on its caller; pointing at one tells its name.

use smallworld_runtime::sampling::Samples;
use std::collections::BTreeMap;

/// The width of the picture, and the height of a method, in pixels.
const WIDTH: f64 = 1200.0;
const ROW: f64 = 18.0;
/// A method that would be narrower is left out, and so is what stands on it.
const NARROWEST: f64 = 0.5;
/// Pixels a letter takes, about.
const LETTER: f64 = 7.0;

/// A method in the tree, with those it called.
#[derive(Default)]
struct Node<'n> {
    count: u64,
    called: BTreeMap<&'n str, Node<'n>>,
}

impl Node<'_> {
    fn depth(&self, total: u64) -> usize {
        let wide = self
            .called
            .values()
            .filter(|c| width(c.count, total) >= NARROWEST);
        wide.map(|c| 1 + c.depth(total)).max().unwrap_or(0)
    }
}

/// The picture of what was seen.
pub fn svg(title: &str, samples: &Samples) -> String {
    let mut root = Node::default();
    for (chain, count) in samples.chains() {
        root.count += count;
        let mut node = &mut root;
        for name in chain {
            node = node.called.entry(name).or_default();
            node.count += count;
        }
    }
    let total = root.count;
    let height = (root.depth(total) as f64 + 3.0) * ROW;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"monospace\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fffdf5\"/>\n\
         <text x=\"6\" y=\"{ROW}\">{}: {total} samples</text>\n",
        escaped(title)
    );
    let bottom = height - 1.5 * ROW;
    draw(&root, total, 0.0, bottom, &mut text);
    text.push_str("</svg>\n");
    text
}

/// Draws what a node called, above it, the widest first.
fn draw(node: &Node<'_>, total: u64, left: f64, y: f64, text: &mut String) {
    let mut x = left;
    let mut called: Vec<_> = node.called.iter().collect();
    called.sort_by_key(|(name, c)| (std::cmp::Reverse(c.count), *name));
    for (name, c) in called {
        let wide = width(c.count, total);
        if wide < NARROWEST {
            break;
        }
        let percent = c.count as f64 * 100.0 / total as f64;
        let shown = escaped(name);
        text.push_str(&format!(
            "<g><title>{shown}: {} samples, {percent:.1}%</title><rect x=\"{x:.1}\" y=\"{y:.1}\" \
             width=\"{wide:.1}\" height=\"{:.1}\" fill=\"{}\" rx=\"2\"/>",
            c.count,
            ROW - 1.0,
            colour(name)
        ));
        let letters = ((wide - 6.0) / LETTER) as usize;
        if letters >= 3 {
            let label: String = match name.chars().count() > letters {
                true => name.chars().take(letters - 1).chain(['…']).collect(),
                false => name.to_string(),
            };
            text.push_str(&format!(
                "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x + 3.0,
                y + ROW - 5.0,
                escaped(&label)
            ));
        }
        text.push_str("</g>\n");
        draw(c, total, x, y - ROW, text);
        x += wide;
    }
}

fn width(count: u64, total: u64) -> f64 {
    count as f64 * WIDTH / total.max(1) as f64
}

/// The same colour for all methods of a class.
fn colour(name: &str) -> String {
    let class = name.split(">>").next().unwrap_or(name);
    let sum = class
        .bytes()
        .fold(7u32, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
    format!("hsl({},70%,{}%)", sum % 70, 62 + sum / 70 % 12)
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_the_picture_is_escaped() {
        assert_eq!(escaped("A>><\"&"), "A&gt;&gt;&lt;&quot;&amp;");
        let empty = svg("no <samples>", &Samples::default());
        assert!(empty.contains("no &lt;samples&gt;: 0 samples"), "{empty}");
        assert!(empty.ends_with("</svg>\n"));
    }

    #[test]
    fn a_class_has_one_colour() {
        assert_eq!(colour("A>>b"), colour("A>>c"));
        assert_ne!(colour("A>>b"), colour("B>>b"));
    }
}

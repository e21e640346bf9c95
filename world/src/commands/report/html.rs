//! The report as a page: one file, with its style in it and nothing from elsewhere.

use super::facts::{Facts, MethodFacts, SiteFacts, percent};
use crate::console::grouped;
use crate::profiles::Fit;
use smallworld_profile::Count;
use std::fmt::Write;

/// Rows of the tables; what is colder is of no interest.
const ROWS: usize = 300;

const STYLE: &str = "
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
  color: #1d2129; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; border-bottom: 2px solid #c7ccd4; }
th, td { padding: .2rem .7rem .2rem 0; vertical-align: top; }
td { border-bottom: 1px solid #e6e9ee; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.bar { background: #e6e9ee; width: 7rem; height: .7rem; margin-top: .4rem; }
.bar i { display: block; height: 100%; background: #4a78c8; }
.bad { color: #b3261e; } .faint { color: #6a7280; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.5rem; }
dt { color: #6a7280; } dd { margin: 0; }
nav a { margin-right: 1.2rem; } a { color: #2c5cb0; }
@media (prefers-color-scheme: dark) {
  body { color: #dfe3ea; background: #16191e; } td { border-color: #2a2f37; } th { border-color: #444b56; }
  .bar { background: #2a2f37; } .bar i { background: #6e9bea; } .bad { color: #ff8a80; } a { color: #8ab4f8; }
}
";

/// The page.
pub fn page(facts: &Facts) -> String {
    let mut page = String::new();
    let title = format!("Profile {}", text(&facts.name));
    // Writing to a String cannot fail.
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<dl>\n"
    );
    for (what, fact) in facts.summary() {
        let _ = writeln!(page, "<dt>{what}</dt><dd>{}</dd>", text(&fact));
    }
    page.push_str(
        "</dl>\n<nav><a href=\"#methods\">Hot methods</a> <a href=\"#sites\">Hot sites</a>",
    );
    if !facts.exits.is_empty() {
        page.push_str(" <a href=\"#exits\">Exits</a>");
    }
    if facts.image.is_some() {
        page.push_str(
            " <a href=\"#specialised\">Specialised</a> <a href=\"#given-up\">Given up</a>",
        );
    }
    page.push_str("</nav>\n");
    methods(facts, &mut page);
    sites(facts, &mut page);
    exits(facts, &mut page);
    specialised(facts, &mut page);
    page.push_str("</body>\n</html>\n");
    page
}

fn methods(facts: &Facts, page: &mut String) {
    let headings = ["#Sends from it", "#Share", "", "#Runs", "#Sites", "Method"];
    start(page, "methods", "Hot methods", &headings);
    for m in facts.methods.iter().take(ROWS) {
        let MethodFacts {
            sends, runs, sites, ..
        } = m;
        let fit = match m.fit {
            Some(Fit::Stale) => " <span class=\"bad\">stale: its bytecode has changed</span>",
            Some(Fit::Unmatched) => " <span class=\"bad\">unmatched: not in the image</span>",
            Some(Fit::Matched) | None => "",
        };
        let _ = writeln!(
            page,
            "<tr>{}<td class=\"n\">{}</td><td class=\"n\">{sites}</td><td><code>{}</code>{fit}</td></tr>",
            share(*sends, facts.total),
            grouped(runs.get() as usize),
            text(&m.name)
        );
    }
    end(page, facts.methods.len());
}

fn sites(facts: &Facts, page: &mut String) {
    let headings = ["#Sends", "#Share", "", "Site", "Selector", "Receivers"];
    start(page, "sites", "Hot sites", &headings);
    for site in facts.sites.iter().take(ROWS) {
        let _ = writeln!(
            page,
            "<tr>{}<td><code>{} @{}</code></td><td><code>{}</code></td><td>{}</td></tr>",
            share(site.sends, facts.total),
            text(&site.method),
            site.ip,
            text(&site.selector),
            receivers(site)
        );
    }
    end(page, facts.sites.len());
}

/// The classes at a site, with what they ran.
fn receivers(site: &SiteFacts) -> String {
    let class = match site.kind() {
        "megamorphic" => "bad",
        _ => "faint",
    };
    let mut cell = format!("<span class=\"{class}\">{}</span>", site.kind());
    for (class, method, count) in &site.targets {
        let _ = write!(
            cell,
            "<br>{} {} <code class=\"faint\">{}</code>",
            text(class),
            percent(*count, site.sends),
            text(method)
        );
    }
    if !site.others.is_zero() {
        let _ = write!(cell, "<br>others {}", percent(site.others, site.sends));
    }
    cell
}

fn exits(facts: &Facts, page: &mut String) {
    if facts.exits.is_empty() {
        return;
    }
    let headings = ["#Times", "Where the baseline went on"];
    start(page, "exits", "Exits of specialised code", &headings);
    for (method, ip, count) in facts.exits.iter().take(ROWS) {
        let _ = writeln!(
            page,
            "<tr><td class=\"n\">{}</td><td><code>{} @{ip}</code></td></tr>",
            grouped(count.get() as usize),
            text(method)
        );
    }
    end(page, facts.exits.len());
}

fn specialised(facts: &Facts, page: &mut String) {
    let Some(image) = &facts.image else {
        return;
    };
    let headings = ["#Activations inlined", "Method, for a class of receivers"];
    start(page, "specialised", "Specialised methods", &headings);
    for (name, inlined) in &image.specialised {
        let name = text(name);
        let _ = writeln!(
            page,
            "<tr><td class=\"n\">{inlined}</td><td><code>{name}</code></td></tr>"
        );
    }
    page.push_str("</table>\n");
    let headings = ["Method, for a class of receivers", "Why it was given up"];
    start(page, "given-up", "Given up", &headings);
    for (name, reason) in &image.given_up {
        let (name, reason) = (text(name), text(reason));
        let _ = writeln!(
            page,
            "<tr><td><code>{name}</code></td><td>{reason}</td></tr>"
        );
    }
    page.push_str("</table>\n");
    if image.given_up.is_empty() {
        page.push_str("<p class=\"faint\">None.</p>\n");
    }
}

/// Starts a section with a table; headings of numbers begin with a hash.
fn start(page: &mut String, id: &str, title: &str, headings: &[&str]) {
    let _ = write!(page, "<h2 id=\"{id}\">{title}</h2>\n<table>\n<tr>");
    for heading in headings {
        let _ = match heading.strip_prefix('#') {
            Some(number) => write!(page, "<th class=\"n\">{number}</th>"),
            None => write!(page, "<th>{heading}</th>"),
        };
    }
    page.push_str("</tr>\n");
}

fn end(page: &mut String, there: usize) {
    page.push_str("</table>\n");
    if there > ROWS {
        let more = grouped(there - ROWS);
        let _ = writeln!(
            page,
            "<p class=\"faint\">… {more} more, all of them colder.</p>"
        );
    }
}

/// Three cells: a count, its share, a bar.
fn share(count: Count, total: Count) -> String {
    let share = percent(count, total);
    format!(
        "<td class=\"n\">{}</td><td class=\"n\">{share}</td>\
         <td><div class=\"bar\"><i style=\"width:{share}\"></i></div></td>",
        grouped(count.get() as usize)
    )
}

/// Text as HTML.
fn text(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

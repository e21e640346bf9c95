//! `report`: what a profile holds, and what a build makes of it.

mod facts;
mod html;

use super::{Output, note};
use crate::console::{Style, grouped, padded};
use crate::failure::{Failure, Outcome};
use crate::files::{ImageFile, check_writable, write_whole};
use crate::profiles::{self, Fit};
use facts::{Facts, MethodFacts, SiteFacts, percent};
use smallworld_profile::Count;
use std::path::PathBuf;

/// Rows of each table, unless --top says otherwise.
const ROWS: usize = 20;

/// Show hot methods and sites, and what a build makes of them
///
/// With --image it says how the profile matches that image, which methods would be specialised, and why others
/// were given up.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo world report my.profile --image my.image\n  \
    cargo world report my.profile --image my.image --html my.html")]
pub struct Arguments {
    /// The profile
    profile: PathBuf,
    /// The image it is for
    #[arg(long)]
    image: Option<PathBuf>,
    /// Write a page for a browser; it needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Rows of each table
    #[arg(long, value_name = "N", default_value_t = ROWS)]
    top: usize,
}

/// Reports.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    if let Some(path) = &arguments.html {
        check_writable(path)?;
    }
    let profile = profiles::read(&arguments.profile)?;
    let file = match &arguments.image {
        Some(path) => Some(ImageFile::read(path)?),
        None => None,
    };
    let facts = Facts::gather(&profile, file.as_ref())?;
    match &arguments.html {
        Some(path) => {
            write_whole(path, html::page(&facts).as_bytes())?;
            writeln!(output.out, "{}", path.display())?;
        }
        None => write(&facts, arguments.top, output)?,
    }
    if facts.total.is_zero() {
        return Err(Failure::failed(
            "the profile is empty: the program that was to be recorded sent no message",
        ));
    }
    if facts.image.is_none() {
        note("how it matches an image, and what would be specialised, is said with --image");
    }
    Ok(())
}

fn write(facts: &Facts, top: usize, output: &mut Output<'_>) -> Outcome {
    let style = output.style;
    let out = &mut *output.out;
    for (what, fact) in facts.summary() {
        writeln!(out, "{}{fact}", style.faint(&padded(what, 14)))?;
    }
    writeln!(out, "\n{}", style.heading("Hot methods (sends from them)"))?;
    for method in facts.methods.iter().take(top) {
        writeln!(out, "{}", method_row(method, facts.total, style))?;
    }
    left_out(facts.methods.len(), top, out)?;
    writeln!(out, "\n{}", style.heading("Hot sites"))?;
    for site in facts.sites.iter().take(top) {
        writeln!(out, "{}", site_row(site, facts.total, style))?;
    }
    left_out(facts.sites.len(), top, out)?;
    if !facts.exits.is_empty() {
        writeln!(
            out,
            "\n{}",
            style.heading("Exits of specialised code (and where the baseline went on)")
        )?;
        for (method, ip, count) in facts.exits.iter().take(top) {
            writeln!(
                out,
                "{:>14}         {method} @{ip}",
                grouped(count.get() as usize)
            )?;
        }
        left_out(facts.exits.len(), top, out)?;
    }
    let Some(image) = &facts.image else {
        return Ok(());
    };
    writeln!(
        out,
        "\n{}",
        style.heading("Specialised methods (activations inlined)")
    )?;
    for (name, inlined) in image.specialised.iter().take(top) {
        writeln!(out, "{inlined:>8}  {name}")?;
    }
    left_out(image.specialised.len(), top, out)?;
    if !image.given_up.is_empty() {
        writeln!(out, "\n{}", style.heading("Given up"))?;
        for (name, reason) in &image.given_up {
            writeln!(out, "  {name}: {reason}")?;
        }
    }
    Ok(())
}

fn left_out(there: usize, shown: usize, out: &mut dyn std::io::Write) -> Outcome {
    if there > shown {
        writeln!(
            out,
            "  … {} more (--top N shows more)",
            grouped(there - shown)
        )?;
    }
    Ok(())
}

fn method_row(method: &MethodFacts, total: Count, style: Style) -> String {
    let fit = match method.fit {
        Some(Fit::Stale) => style.bad("  stale"),
        Some(Fit::Unmatched) => style.bad("  unmatched"),
        _ => String::new(),
    };
    format!(
        "{:>14} {:>6}  {}{fit}",
        grouped(method.sends.get() as usize),
        percent(method.sends, total),
        method.name
    )
}

fn site_row(site: &SiteFacts, total: Count, style: Style) -> String {
    format!(
        "{:>14} {:>6}  {} @{} {}  {}: {}",
        grouped(site.sends.get() as usize),
        percent(site.sends, total),
        site.method,
        site.ip,
        style.selector(&site.selector),
        site.kind(),
        site.classes(3)
    )
}

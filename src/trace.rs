//! `--trace TARGET=LEVEL`: which of the machine's events are written to standard error.
//!
//! Events go through the `tracing` facade, under the targets `vm`, `vm/cache` (sends whose
//! site did not know the class), `vm/gc`, `vm/jit`, `vm/jit/code`, `vm/jit/exit`
//! (specialised code that is given up), `vm/jit/recompile` and `vm/process`; a target
//! includes those below it.

use smallworld_runtime::observe::{self as machine, ExitCount, Observer};
use smallworld_runtime::vm::Vm;
use std::fmt::{Debug, Write as _};
use std::io::Write as _;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Metadata, Subscriber, span};

/// The targets there are.
pub const TARGETS: [&str; 8] = [
    "vm",
    "vm/cache",
    "vm/gc",
    "vm/jit",
    "vm/jit/code",
    "vm/jit/exit",
    "vm/jit/recompile",
    "vm/process",
];

/// One `TARGET=LEVEL`.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter {
    target: String,
    level: LevelFilter,
}

impl Filter {
    fn covers(&self, target: &str) -> bool {
        target
            .strip_prefix(self.target.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Reads `TARGET=LEVEL`; without a level it is `debug`.
pub fn parse_filter(text: &str) -> Result<Filter, String> {
    let (target, level) = text.split_once('=').unwrap_or((text, "debug"));
    if !TARGETS.contains(&target) {
        return Err(format!("the targets are {}", TARGETS.join(", ")));
    }
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    match level.parse() {
        Ok(parsed) if levels.contains(&level.to_ascii_lowercase().as_str()) => Ok(Filter {
            target: target.into(),
            level: parsed,
        }),
        _ => Err(format!("the levels are {}", levels.join(", "))),
    }
}

/// Sends the events that pass the filters to standard error from now on.
pub fn start(filters: &[Filter]) {
    if filters.is_empty() {
        return;
    }
    let subscriber = Lines {
        filters: filters.to_vec(),
    };
    // It is set once, at the start; were it set already, that one would do.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Who is told of the machine's events, if a filter lets some of them pass.
pub fn observer() -> Option<Observer> {
    use tracing::{Level, enabled};
    let wanted = enabled!(target: "vm/cache", Level::DEBUG)
        || enabled!(target: "vm/gc", Level::DEBUG)
        || enabled!(target: "vm/jit/exit", Level::DEBUG)
        || enabled!(target: "vm/process", Level::DEBUG);
    wanted.then(|| Box::new(pass_on) as Observer)
}

/// Tells how often specialised code left for the baseline, exit by exit, if that is wanted.
pub fn exits(vm: &Vm) {
    if !tracing::enabled!(target: "vm/jit/exit", tracing::Level::DEBUG) {
        return;
    }
    for exit in vm.exits_taken() {
        let ExitCount {
            method,
            class,
            within,
            ip,
            count,
        } = exit;
        tracing::debug!(target: "vm/jit/exit", "{method} for {class}: left {count} times, for the baseline in {within} @{ip}");
    }
}

fn pass_on(event: &machine::Event) {
    match event {
        machine::Event::Miss {
            site,
            selector,
            class,
            known,
            learns,
        } => {
            let class = match class.as_str() {
                "" => "its superclass",
                name => name,
            };
            match (known, learns) {
                // Each site does that once.
                (0, _) => {
                    tracing::trace!(target: "vm/cache", "{site}: {selector} to {class}, the first")
                }
                (n, true) => {
                    tracing::debug!(target: "vm/cache", "{site}: {selector} to {class}, after {n} other")
                }
                (n, false) => {
                    tracing::debug!(target: "vm/cache", "{site}: {selector} to {class}, not among the {n} it keeps")
                }
            }
        }
        machine::Event::Collection {
            full,
            time,
            old_bytes,
        } => {
            let kind = if *full { "full" } else { "minor" };
            tracing::debug!(target: "vm/gc", ?time, old_bytes, "{kind} collection");
        }
        machine::Event::Switch { from, to } => {
            tracing::debug!(target: "vm/process", from, to, "another process goes on");
        }
        machine::Event::Unusable {
            method,
            class,
            lookup,
        } => {
            tracing::debug!(target: "vm/jit/exit", "{method} for {class}: the baseline serves, since {lookup} is not what it was")
        }
        machine::Event::LoopLeft { method } => {
            tracing::debug!(target: "vm/jit/exit", "{method}: a loop goes on in the interpreter, since what it relies on has changed")
        }
    }
}

/// Writes each event as a line.
struct Lines {
    filters: Vec<Filter>,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // The most specific filter decides.
        let covering = self.filters.iter().filter(|f| f.covers(metadata.target()));
        covering
            .max_by_key(|f| f.target.len())
            .is_some_and(|f| *metadata.level() <= f.level)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = format!("{}: ", event.metadata().target());
        event.record(&mut Fields(&mut line));
        // Whoever closed standard error does not want it.
        let _ = writeln!(std::io::stderr(), "{}", line.trim_end());
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The message first, then the other fields as `name=value`.
struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a String cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?} "),
            name => write!(self.0, "{name}={value:?} "),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_cover_what_is_below() {
        let filter = parse_filter("vm/jit=info").unwrap();
        assert!(filter.covers("vm/jit/code"));
        assert!(filter.covers("vm/jit"));
        assert!(!filter.covers("vm"));
        assert!(!filter.covers("vm/jitter"));
        assert!(parse_filter("gc=info").is_err());
        assert!(parse_filter("vm=loud").is_err());
    }
}

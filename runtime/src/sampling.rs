//! Where the time goes: the chain of activations, noted a thousand times a second.
//!
//! A clock in another thread asks for a pause; at the next safepoint the machine walks its
//! records. A function that starts, loops or allocates has a safepoint, so what a sample
//! shows is at most one such step late. Time in a primitive or a collection falls to the
//! safepoint that follows it.

use crate::code::{Code, Fp};
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::{context_slot, method_slot};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// How long it takes from one sample to the next.
pub const SAMPLE_PERIOD: Duration = Duration::from_millis(1);

/// Frames of one sample, counted from the innermost; what is outside of them is left out.
const DEEPEST: usize = 200;

/// What was seen: how often each chain of activations was under way.
#[derive(Clone, Default, Debug)]
pub struct Samples {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    chains: BTreeMap<Vec<u32>, u64>,
    /// Methods by the address of their code.
    entries: HashMap<usize, u32>,
}

/// How much of the time one method has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Share {
    /// Its name.
    pub name: String,
    /// Samples in which it was the innermost.
    pub own: u64,
    /// Samples in which it was there at all.
    pub total: u64,
}

impl Samples {
    /// How many samples there are.
    pub fn total(&self) -> u64 {
        self.chains.values().sum()
    }

    /// The chains, outermost activation first, and how often each was seen.
    pub fn chains(&self) -> impl Iterator<Item = (Vec<&str>, u64)> {
        self.chains.iter().map(|(chain, &count)| {
            let names = chain.iter().map(|&n| self.names[n as usize].as_str());
            (names.collect(), count)
        })
    }

    /// A line for each chain: names from the outside in, separated by semicolons, and a
    /// count. Other tools call these "collapsed" or "folded" stacks.
    pub fn collapsed(&self) -> String {
        let lines = self.chains().map(|(names, count)| {
            let names: Vec<String> = names.iter().map(|n| n.replace(';', ",")).collect();
            format!("{} {count}\n", names.join(";"))
        });
        lines.collect()
    }

    /// The share of each method, those first in which most of the time was spent.
    pub fn shares(&self) -> Vec<Share> {
        let mut shares: Vec<Share> = self
            .names
            .iter()
            .map(|name| Share {
                name: name.clone(),
                own: 0,
                total: 0,
            })
            .collect();
        for (chain, count) in &self.chains {
            if let Some(&last) = chain.last() {
                shares[last as usize].own += count;
            }
            let mut met = chain.clone();
            met.sort_unstable();
            met.dedup();
            for n in met {
                shares[n as usize].total += count;
            }
        }
        shares.retain(|share| share.total > 0);
        shares.sort_by(|a, b| (b.own, b.total, &a.name).cmp(&(a.own, a.total, &b.name)));
        shares
    }

    fn number(&mut self, name: String) -> u32 {
        if let Some(&n) = self.numbers.get(&name) {
            return n;
        }
        let n = self.names.len() as u32;
        self.names.push(name.clone());
        self.numbers.insert(name, n);
        n
    }

    fn add(&mut self, chain: Vec<u32>, count: u64) {
        if !chain.is_empty() {
            *self.chains.entry(chain).or_default() += count;
        }
    }
}

impl Vm {
    /// Takes samples from now on, in addition to those given (from an earlier machine of
    /// the same build).
    pub fn start_sampling(&mut self, mut samples: Samples) {
        samples.entries.clear();
        let native = self.native_table;
        let methods = native.methods.iter().enumerate();
        let methods = methods.map(|(n, m)| (m.code, n));
        let units = native.units.iter().map(|u| (u.code, u.method as usize));
        for (code, native_number) in methods.chain(units) {
            // A build for another image may have methods that this one lacks.
            let Some(&number) = self.native_methods.get(native_number) else {
                continue;
            };
            if (number as usize) < self.methods.len() {
                let number = samples.number(self.method_name(number));
                samples.entries.insert(code.0 as usize, number);
            }
        }
        self.samples = Some(Box::new(samples));
        self.interrupts.start_sampling(SAMPLE_PERIOD);
    }

    /// Ends it. Answers what was seen, or nothing if no samples were taken.
    pub fn stop_sampling(&mut self) -> Option<Samples> {
        self.interrupts.stop_sampling();
        self.samples.take().map(|samples| *samples)
    }

    /// Notes what is under way: the records below `fp`, and the method that is about to be
    /// entered, if `code` is one.
    ///
    /// # Safety
    /// A complete record ends at `fp`.
    pub(crate) unsafe fn take_sample(&mut self, fp: Fp, code: Code, count: u64) {
        let Some(mut samples) = self.samples.take() else {
            return;
        };
        let mut chain: Vec<u32> = Vec::new();
        chain.extend(samples.entries.get(&(code.0 as usize)));
        // SAFETY: the caller's.
        let records = unsafe { crate::blocks::records(fp) };
        for r in records.filter(|r| r.is_activation()).take(DEEPEST) {
            let name = self.sampled_name(self.record_method(&r));
            chain.push(samples.number(name));
        }
        chain.reverse();
        samples.add(chain, count);
        self.samples = Some(samples);
    }

    /// The name of the method that a Context belongs to.
    pub(crate) fn context_method_name(&self, context: Word) -> String {
        let method = self.slot_of(context, context_slot::METHOD);
        self.sampled_name(method.unwrap_or(self.nil))
    }

    fn sampled_name(&self, method: Word) -> String {
        let class = self.slot_of(method, method_slot::CLASS).unwrap_or(self.nil);
        let name = self.slot_of(method, method_slot::NAME);
        let name = name.and_then(|n| self.bytes_of(n)).unwrap_or(b"?");
        let name = String::from_utf8_lossy(name);
        format!("{}>>{name}", self.class_name(class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_count_a_method_once_a_sample() {
        let mut samples = Samples::default();
        let [a, b] = ["A>>a", "B>>b;"].map(|n| samples.number(n.into()));
        samples.add(vec![a, b, a], 2);
        samples.add(vec![a, b], 3);
        samples.add(vec![], 9);
        assert_eq!(samples.total(), 5);
        assert_eq!(samples.collapsed(), "A>>a;B>>b, 3\nA>>a;B>>b,;A>>a 2\n");
        let shares = samples.shares();
        let shown = shares.iter().map(|s| (s.name.as_str(), s.own, s.total));
        let shown: Vec<_> = shown.collect();
        assert_eq!(shown, [("B>>b;", 3, 5), ("A>>a", 2, 5)]);
    }
}

//! Times, and what is said about several of them.

use crate::Twin;
use std::hint::black_box;
use std::time::Instant;

/// The times of one program's runs, in nanoseconds.
#[derive(Clone, Default, Debug)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds one run.
    pub fn add(&mut self, nanoseconds: f64) {
        let at = self.0.partition_point(|&other| other < nanoseconds);
        self.0.insert(at, nanoseconds);
    }

    /// Is there nothing yet?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The shortest time.
    pub fn best(&self) -> f64 {
        self.0.first().copied().unwrap_or(f64::NAN)
    }

    /// The one in the middle.
    pub fn median(&self) -> f64 {
        match self.0.len() {
            0 => f64::NAN,
            n => (self.0[(n - 1) / 2] + self.0[n / 2]) / 2.0,
        }
    }

    /// How far the middle half of the runs lies apart, in percent of the median.
    pub fn spread(&self) -> f64 {
        match self.0.len() {
            0 => f64::NAN,
            n => (self.0[(3 * n / 4).min(n - 1)] - self.0[n / 4]) / self.median() * 100.0,
        }
    }
}

impl Extend<f64> for Samples {
    fn extend<T: IntoIterator<Item = f64>>(&mut self, times: T) {
        for time in times {
            self.add(time);
        }
    }
}

/// Runs a twin some times in a row: its result and how long one run took on average, in
/// nanoseconds.
pub fn time(twin: &Twin, size: i32, repeat: u32) -> (i32, f64) {
    let mut result = 0;
    let started = Instant::now();
    for _ in 0..repeat {
        result = black_box((twin.run)(black_box(size)));
    }
    (
        result,
        started.elapsed().as_secs_f64() * 1e9 / f64::from(repeat),
    )
}

/// The geometric mean of those that are numbers.
pub fn geometric_mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let logarithms: Vec<f64> = values
        .into_iter()
        .filter(|value| value.is_finite())
        .map(f64::ln)
        .collect();
    (logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_sorted() {
        let mut samples = Samples::default();
        samples.extend([3.0, 1.0, 2.0, 10.0]);
        assert_eq!(samples.best(), 1.0);
        assert_eq!(samples.median(), 2.5);
        assert_eq!(samples.spread(), 320.0);
        assert!(Samples::default().median().is_nan());
    }

    #[test]
    fn the_mean_of_ratios() {
        assert!((geometric_mean([0.5, 2.0, f64::NAN]) - 1.0).abs() < 1e-12);
    }
}

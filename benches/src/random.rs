//! The image's random numbers: Park and Miller's minimal standard generator.

/// A sequence that its seed determines.
pub struct Random {
    seed: i32,
}

impl Random {
    /// From 1 to 2147483646.
    pub fn new(seed: i32) -> Random {
        Random { seed }
    }

    /// A number from `low` to `high`.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        self.step() % (high - low + 1) + low
    }

    fn step(&mut self) -> i32 {
        self.seed = 16807 * (self.seed % 127_773) - 2836 * (self.seed / 127_773);
        if self.seed <= 0 {
            self.seed += i32::MAX;
        }
        self.seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_thousandth_number_is_the_published_one() {
        let mut random = Random::new(1);
        let mut last = 0;
        for _ in 0..10_000 {
            last = random.step();
        }
        assert_eq!(last, 1_043_618_065);
    }
}

//! Arrays: sieve, queens, permute, bounce, and the 2015 image's benchmark.

use crate::random::Random;

/// How many primes there are up to a limit.
pub fn sieve(limit: i32) -> i32 {
    let limit = limit as usize;
    let mut flags = vec![true; limit + 1];
    let mut count = 0;
    for i in 2..=limit {
        if flags[i] {
            count += 1;
            let mut multiple = i + i;
            while multiple <= limit {
                flags[multiple] = false;
                multiple += i;
            }
        }
    }
    count
}

/// The sieve of the 2015 image's `SmallInt>>benchmark`: 8190 flags, `rounds` times.
pub fn benchmark(rounds: i32) -> i32 {
    // In the image the size is a variable, and so it is here: nothing is computed ahead.
    let size: i32 = std::hint::black_box(8190);
    let mut count = 0;
    for _ in 0..rounds {
        count = 0;
        let mut flags = vec![true; size as usize];
        for i in 1..=size {
            if flags[(i - 1) as usize] {
                let prime = i + 1;
                let mut k = i + prime;
                while k <= size {
                    flags[(k - 1) as usize] = false;
                    k += prime;
                }
                count += 1;
            }
        }
        std::hint::black_box(&flags);
    }
    count
}

struct Queens {
    rows: Vec<bool>,
    rising: Vec<bool>,
    falling: Vec<bool>,
    board: usize,
    count: i32,
}

/// How many ways there are to put queens on a board.
pub fn queens(size: i32) -> i32 {
    let board = size as usize;
    let mut queens = Queens {
        rows: vec![true; board + 1],
        rising: vec![true; board * 2 + 1],
        falling: vec![true; board * 2 + 1],
        board,
        count: 0,
    };
    queens.place(1);
    queens.count
}

impl Queens {
    fn place(&mut self, column: usize) {
        if column > self.board {
            self.count += 1;
            return;
        }
        for row in 1..=self.board {
            if self.is_free(row, column) {
                self.mark(row, column, false);
                self.place(column + 1);
                self.mark(row, column, true);
            }
        }
    }

    fn is_free(&self, row: usize, column: usize) -> bool {
        self.rows[row] && self.rising[row + column] && self.falling[row + self.board - column]
    }

    fn mark(&mut self, row: usize, column: usize, free: bool) {
        self.rows[row] = free;
        self.rising[row + column] = free;
        self.falling[row + self.board - column] = free;
    }
}

struct Permute {
    count: i32,
    elements: Vec<i32>,
}

/// How many calls it takes to make all permutations.
pub fn permute(size: i32) -> i32 {
    let mut permute = Permute {
        count: 0,
        elements: (1..=size).collect(),
    };
    permute.permute(size as usize);
    std::hint::black_box(&permute.elements);
    permute.count
}

impl Permute {
    fn permute(&mut self, n: usize) {
        self.count += 1;
        if n == 0 {
            return;
        }
        self.permute(n - 1);
        for i in 0..n - 1 {
            self.elements.swap(n - 1, i);
            self.permute(n - 1);
            self.elements.swap(n - 1, i);
        }
    }
}

struct Ball {
    x: i32,
    y: i32,
    dx: i32,
    dy: i32,
}

/// How often a hundred balls hit a wall.
pub fn bounce(steps: i32) -> i32 {
    let mut random = Random::new(74755);
    let mut balls: Vec<Ball> = (0..100).map(|_| Ball::new(&mut random)).collect();
    let mut bounces = 0;
    for _ in 0..steps {
        for ball in &mut balls {
            if ball.bounce() {
                bounces += 1;
            }
        }
    }
    bounces
}

impl Ball {
    fn new(random: &mut Random) -> Ball {
        Ball {
            x: random.between(0, 499),
            y: random.between(0, 499),
            dx: random.between(0, 299) - 150,
            dy: random.between(0, 299) - 150,
        }
    }

    fn bounce(&mut self) -> bool {
        let mut hit = false;
        self.x += self.dx;
        self.y += self.dy;
        if self.x > 500 {
            (self.x, self.dx, hit) = (500, -self.dx.abs(), true);
        }
        if self.x < 0 {
            (self.x, self.dx, hit) = (0, self.dx.abs(), true);
        }
        if self.y > 500 {
            (self.y, self.dy, hit) = (500, -self.dy.abs(), true);
        }
        if self.y < 0 {
            (self.y, self.dy, hit) = (0, self.dy.abs(), true);
        }
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(sieve(1000), 168);
        assert_eq!(benchmark(2), 1028);
        assert_eq!(queens(8), 92);
        assert_eq!(permute(6), 1957);
        assert_eq!(bounce(50), 1267);
    }
}

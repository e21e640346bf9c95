//! Nothing but calls: fib, tak, ackermann, and the 2015 image's benchFib.
//!
//! These are plain functions: there is nothing to dispatch on. Inlining is left to the
//! compiler, which uses it.

/// A Fibonacci number by recursion.
pub fn fib(n: i32) -> i32 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

/// Takeuchi's function of three times, twice and once the size.
pub fn tak(size: i32) -> i32 {
    tak3(size * 3, size * 2, size)
}

fn tak3(x: i32, y: i32, z: i32) -> i32 {
    if y >= x {
        return z;
    }
    tak3(tak3(x - 1, y, z), tak3(y - 1, z, x), tak3(z - 1, x, y))
}

/// Ackermann's function of 3 and the size.
pub fn ackermann(size: i32) -> i32 {
    ackermann2(3, size)
}

fn ackermann2(m: i32, n: i32) -> i32 {
    if m == 0 {
        n + 1
    } else if n == 0 {
        ackermann2(m - 1, 1)
    } else {
        ackermann2(m - 1, ackermann2(m, n - 1))
    }
}

/// The number of calls it takes to compute a Fibonacci number so.
pub fn bench_fib(n: i32) -> i32 {
    if n < 2 {
        1
    } else {
        bench_fib(n - 1) + bench_fib(n - 2) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(fib(20), 6765);
        assert_eq!(tak(6), 7);
        assert_eq!(ackermann(4), 125);
        assert_eq!(bench_fib(10), 177);
    }
}

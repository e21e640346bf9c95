//! Large integers.
//!
//! Natural numbers are digits of base 10^9, lowest first, where the image (whose integers
//! have 32 bits) has digits of base 10^4.

const BASE: u64 = 1_000_000_000;

/// The sum of the digits of the factorial.
pub fn factorial(n: i32) -> i32 {
    let mut digits = vec![1_u32];
    for factor in 2..=n as u64 {
        let mut carry = 0;
        for digit in &mut digits {
            let value = u64::from(*digit) * factor + carry;
            *digit = (value % BASE) as u32;
            carry = value / BASE;
        }
        if carry > 0 {
            digits.push(carry as u32);
        }
    }
    print(&digits)
        .bytes()
        .map(|byte| i32::from(byte - b'0'))
        .sum()
}

fn print(digits: &[u32]) -> String {
    let mut text = String::new();
    for (i, digit) in digits.iter().rev().enumerate() {
        text += &if i == 0 {
            digit.to_string()
        } else {
            format!("{digit:09}")
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(factorial(100), 648);
        assert_eq!(factorial(1000), 10539);
    }
}

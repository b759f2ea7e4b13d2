use core::fmt;

/// A temperature in text that is not JSON: with an exponent where it would have more zeros than a
/// reader wants, of which a float can have three hundred.
pub(crate) struct Number(pub(crate) f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = self;
        if *number == 0.0 || (1e-9..1e16).contains(&number.abs()) {
            write!(f, "{number}")
        } else {
            write!(f, "{number:e}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_short_and_comes_back_the_same() {
        let numbers = [0.0, -0.0, 22.97, 1e-7, 1e-9, -1e-10, 5e-324, 1e15, 1e308, -f64::MAX];
        for number in numbers {
            let text = Number(number).to_string();
            assert!(text.len() <= 24, "{text}");
            assert_eq!(text.parse(), Ok(number));
        }
        assert_eq!(Number(20.0).to_string(), "20");
        assert_eq!(Number(5e-324).to_string(), "5e-324");
    }
}

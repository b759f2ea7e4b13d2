use std::io::Write;

use crate::number::Number;
use crate::store::Sample;

/// The measurement, as the existing server writes it.
pub(super) const MEASUREMENT: &str = "temperature";

/// Line protocol with times in microseconds: `temperature,mac=00-17-… value=22.97 1700000000000000`.
///
/// The value is always a float, since it never has the suffix of an integer; the mac is written
/// from its octets, so nothing in it can need escaping.
pub(crate) fn emit(samples: &[Sample]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(samples.len() * 72);
    for Sample { mac, time, temperature } in samples {
        let (time, value) = (time.as_micros(), Number(*temperature));
        // Writing to a Vec does not fail.
        let _ = writeln!(lines, "{MEASUREMENT},mac={mac} value={value} {time}");
    }
    lines
}

#[cfg(test)]
mod tests {
    use readings::{Mac, Timestamp};

    use super::*;

    #[test]
    fn a_line_has_a_float_and_a_time_always() {
        let sample = |temperature| Sample {
            mac: Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39]),
            time: Timestamp::from_micros(1_700_000_000_000_001),
            temperature,
        };
        let lines = emit(&[sample(22.97), sample(-5.0), sample(1e-7)]);
        assert_eq!(
            String::from_utf8(lines).unwrap(),
            "temperature,mac=00-17-0d-00-00-30-5d-39 value=22.97 1700000000000001\n\
             temperature,mac=00-17-0d-00-00-30-5d-39 value=-5 1700000000000001\n\
             temperature,mac=00-17-0d-00-00-30-5d-39 value=0.0000001 1700000000000001\n"
        );
    }
}

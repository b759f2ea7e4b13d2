/// What the FCS register holds after a payload and its own FCS (RFC 1662 §C.2).
pub const GOOD_RESIDUE: u16 = 0xF0B8;

/// The 16-bit frame check sequence of a payload, as RFC 1662 §C.2 defines it (also known as
/// CRC-16/IBM-SDLC and X-25). On the wire its least significant octet comes first.
///
/// ```
/// assert_eq!(hdlc_core::fcs16(b"123456789"), 0x906E);
/// ```
#[must_use]
pub fn fcs16(payload: &[u8]) -> u16 {
    checksum(payload)
}

/// By one table of 512 octets: 16 of them would not suit a small microcontroller's flash.
#[cfg(not(any(feature = "fast", feature = "small")))]
fn checksum(payload: &[u8]) -> u16 {
    use crc::{CRC_16_IBM_SDLC, Crc, Table};

    static FCS: Crc<u16, Table<1>> = Crc::<u16, Table<1>>::new(&CRC_16_IBM_SDLC);

    FCS.checksum(payload)
}

/// By 16 tables of 512 octets, 16 octets a step. The crate's own loop over its tables checks each
/// index into the octets, which costs a quarter more.
#[cfg(feature = "fast")]
fn checksum(payload: &[u8]) -> u16 {
    use crc::{CRC_16_IBM_SDLC, Crc, Table};

    static FCS: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_IBM_SDLC);

    let look_up = |table: &[u16; 256], octet| table.get(usize::from(octet)).copied().unwrap_or(0);
    let tables = FCS.table();
    let mut register: u16 = 0xFFFF;
    let mut rest = payload;
    while let Some((&[first, second, ref others @ ..], after)) = rest.split_first_chunk::<16>() {
        // The register last, so that a processor need not wait for it.
        let others = tables[..14].iter().rev().zip(others);
        let others = others.fold(0, |sum, (table, &octet)| sum ^ look_up(table, octet));
        let [low, high] = register.to_le_bytes();
        register = others ^ look_up(&tables[14], second ^ high) ^ look_up(&tables[15], first ^ low);
        rest = after;
    }
    !rest.iter().fold(register, |register, &octet| {
        let [low, high] = register.to_le_bytes();
        look_up(&tables[0], low ^ octet) ^ u16::from(high)
    })
}

/// Without a table: the polynomial 0x8408 (reflected) has so few terms that dividing eight bits
/// by it is a few shifts.
#[cfg(all(feature = "small", not(feature = "fast")))]
fn checksum(payload: &[u8]) -> u16 {
    !payload.iter().fold(0xFFFF, |register: u16, &octet| {
        let [low, high] = register.to_le_bytes();
        let low = low ^ octet;
        let quotient = low ^ low << 4;
        let wide = u16::from(quotient);
        u16::from_le_bytes([high, quotient]) ^ wide >> 4 ^ wide << 3
    })
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// The definition, bit by bit: polynomial 0x8408 (reflected), start 0xFFFF, not inverted yet.
    fn register(octets: &[u8]) -> u16 {
        octets.iter().fold(0xFFFF, |register, &octet| {
            (0..8).fold(register ^ u16::from(octet), |register, _| {
                if register & 1 == 1 { register >> 1 ^ 0x8408 } else { register >> 1 }
            })
        })
    }

    #[test]
    fn check_value() {
        assert_eq!(fcs16(b"123456789"), 0x906E);
        assert_eq!(fcs16(b""), 0x0000);
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(payload: Vec<u8>) {
            prop_assert_eq!(fcs16(&payload), !register(&payload));
        }

        #[test]
        fn payload_and_its_fcs_leave_the_good_residue(mut payload: Vec<u8>) {
            payload.extend(fcs16(&payload).to_le_bytes());
            prop_assert_eq!(register(&payload), GOOD_RESIDUE);
        }
    }
}

//! HDLC as the standard reads, without any thought of speed: what the decoder is compared with.

use hdlc_core::{Counters, FrameError};

/// FCS-16 bit by bit (RFC 1662, appendix C).
pub(crate) fn fcs16(octets: &[u8]) -> u16 {
    let mut register = 0xFFFF_u16;
    for &octet in octets {
        register ^= u16::from(octet);
        for _ in 0..8 {
            register = if register & 1 == 0 { register >> 1 } else { (register >> 1) ^ 0x8408 };
        }
    }
    !register
}

/// All frames and faults of a stream, for a decoder that holds `capacity` octets.
pub(crate) fn decode(
    stream: &[u8],
    capacity: usize,
) -> (Vec<Result<Vec<u8>, FrameError>>, Counters) {
    let mut outcomes = Vec::new();
    let mut counters = Counters::default();
    let mut between_flags: Vec<&[u8]> = stream.split(|&octet| octet == 0x7E).collect();
    let unfinished = between_flags.pop().unwrap_or_default();
    let mut is_first = true;
    for octets in between_flags {
        if is_first {
            counters.skipped_octets += octets.len() as u64;
        } else if !octets.is_empty() {
            outcomes.push(frame(octets, capacity, &mut counters));
        }
        is_first = false;
    }
    if is_first {
        counters.skipped_octets += unfinished.len() as u64;
    } else {
        // That a frame is too long is known before its closing flag has come.
        let mut counters_then = counters;
        let outcome = frame(unfinished, capacity, &mut counters_then);
        if matches!(outcome, Err(FrameError::TooLong { .. })) {
            outcomes.push(outcome);
            counters = counters_then;
        }
    }
    (outcomes, counters)
}

fn frame(octets: &[u8], capacity: usize, counters: &mut Counters) -> Result<Vec<u8>, FrameError> {
    let mut content = Vec::new();
    let mut escaped = false;
    for (index, &octet) in octets.iter().enumerate() {
        if !escaped && octet == 0x7D {
            escaped = true;
            continue;
        }
        if content.len() == capacity {
            counters.too_long += 1;
            counters.skipped_octets += (octets.len() - index - 1) as u64;
            return Err(FrameError::TooLong { capacity });
        }
        content.push(if escaped { octet ^ 0x20 } else { octet });
        escaped = false;
    }
    if escaped {
        counters.aborted += 1;
        return Err(FrameError::Aborted);
    }
    if content.len() < 3 {
        counters.too_short += 1;
        return Err(FrameError::TooShort { found: content.len() });
    }
    let fcs = content.split_off(content.len() - 2);
    let found = u16::from_le_bytes([fcs[0], fcs[1]]);
    let expected = fcs16(&content);
    if found != expected {
        counters.bad_fcs += 1;
        return Err(FrameError::BadFcs { expected, found });
    }
    counters.frames += 1;
    Ok(content)
}

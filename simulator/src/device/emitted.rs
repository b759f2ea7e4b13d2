use core::fmt::Debug;

/// A message's octets, from its `buffer_len` and its `emit`.
pub(super) fn emitted<E: Debug>(
    len: usize,
    emit: impl FnOnce(&mut [u8]) -> Result<usize, E>,
) -> Vec<u8> {
    let mut octets = vec![0; len];
    let emitted = emit(&mut octets).expect("what the simulator sends fits its length");
    octets.truncate(emitted);
    octets
}

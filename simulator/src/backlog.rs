use std::collections::VecDeque;

/// Octets that the line has no room for, as in the buffer of a UART: the oldest give way.
#[derive(Debug)]
pub(crate) struct Backlog {
    octets: VecDeque<u8>,
    capacity: usize,
    dropped: u64,
}

impl Backlog {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { octets: VecDeque::new(), capacity, dropped: 0 }
    }

    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.octets.extend(octets);
        let excess = self.octets.len().saturating_sub(self.capacity);
        self.take(excess);
        self.dropped += excess as u64;
    }

    /// The oldest octets.
    pub(crate) fn front(&self) -> &[u8] {
        self.octets.as_slices().0
    }

    /// The oldest octets are out.
    pub(crate) fn take(&mut self, count: usize) {
        self.octets.drain(..count.min(self.octets.len()));
    }

    /// Throws everything away.
    pub(crate) fn drop_all(&mut self) {
        self.dropped += self.octets.len() as u64;
        self.octets.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Octets thrown away so far.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_give_way() {
        let mut backlog = Backlog::new(4);
        backlog.push(b"abc");
        backlog.take(1);
        backlog.push(b"def");
        let mut octets = Vec::new();
        while !backlog.is_empty() {
            octets.extend_from_slice(backlog.front());
            backlog.take(backlog.front().len());
        }
        assert_eq!((&octets[..], backlog.dropped()), (&b"cdef"[..], 1));
        backlog.push(b"gh");
        backlog.drop_all();
        assert_eq!((backlog.is_empty(), backlog.dropped()), (true, 3));
    }
}

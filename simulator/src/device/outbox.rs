use core::time::Duration;
use std::collections::VecDeque;

use manager_core::NotificationMask;

use super::reading::Reading;

/// The notifications that wait for the client, and the one that it has to acknowledge. What is
/// in here outlives a session, not a reboot.
#[derive(Debug)]
pub(super) struct Outbox {
    waiting: VecDeque<Notice>,
    capacity: usize,
    /// The number of the last reliable notification.
    mgr_seq_no: u8,
    /// The number of the last notification of either kind.
    last_seq: u8,
    /// Of the first that waits, when it has been sent and is not acknowledged.
    outstanding: Option<Outstanding>,
}

/// A notification.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) kind: NotificationMask,
    pub(super) body: Vec<u8>,
    pub(super) readings: Vec<Reading>,
    /// Whether it has been sent reliably, in whatever session.
    sent: bool,
}

#[derive(Debug)]
struct Outstanding {
    deadline: Duration,
    repeats: u32,
}

/// What has become of the outstanding notification.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// There is still time, or none is outstanding.
    Left,
    /// It is to be sent again.
    Repeat,
    /// It was sent often enough.
    Lost,
}

impl Notice {
    pub(super) const fn new(kind: NotificationMask, body: Vec<u8>, readings: Vec<Reading>) -> Self {
        Self { kind, body, readings, sent: false }
    }
}

impl Outbox {
    pub(super) const fn new(capacity: usize) -> Self {
        Self { waiting: VecDeque::new(), capacity, mgr_seq_no: 0, last_seq: 0, outstanding: None }
    }

    pub(super) const fn mgr_seq_no(&self) -> u8 {
        self.mgr_seq_no
    }

    /// Takes a notification.
    ///
    /// # Errors
    /// Gives it back if there is no room.
    pub(super) fn push(&mut self, notice: Notice) -> Result<(), Notice> {
        if self.waiting.len() >= self.capacity {
            return Err(notice);
        }
        self.waiting.push_back(notice);
        Ok(())
    }

    /// The first that waits, if it may be sent now.
    pub(super) fn next(&self) -> Option<&Notice> {
        if self.outstanding.is_some() { None } else { self.waiting.front() }
    }

    /// Takes the first that waits out, if it is not outstanding.
    pub(super) fn take_next(&mut self) -> Option<Notice> {
        if self.outstanding.is_some() { None } else { self.waiting.pop_front() }
    }

    /// Gives the first that waits the next number, to be acknowledged before the deadline.
    /// Returns it, its number, and whether it was sent before.
    pub(super) fn launch(&mut self, deadline: Duration) -> Option<(u8, &Notice, bool)> {
        let notice = self.waiting.front_mut()?;
        let sent_before = core::mem::replace(&mut notice.sent, true);
        self.mgr_seq_no = self.mgr_seq_no.wrapping_add(1);
        self.last_seq = self.mgr_seq_no;
        self.outstanding = Some(Outstanding { deadline, repeats: 0 });
        Some((self.mgr_seq_no, notice, sent_before))
    }

    /// The number of a best-effort notification. The vendor's C library drops a packet that has the
    /// number of the one before it, so this is neither that nor the next reliable one's.
    pub(super) const fn number_best_effort(&mut self) -> u8 {
        let next_reliable = self.mgr_seq_no.wrapping_add(1);
        self.last_seq = self.last_seq.wrapping_add(1);
        if self.last_seq == next_reliable {
            self.last_seq = self.last_seq.wrapping_add(1);
        }
        self.last_seq
    }

    /// A session has begun, and its client was told the last reliable number.
    pub(super) const fn begin(&mut self) {
        self.last_seq = self.mgr_seq_no;
    }

    /// The client has acknowledged a number: takes the notification out if it is that one's.
    pub(super) fn acknowledge(&mut self, seq: u8) -> Option<Notice> {
        if seq != self.mgr_seq_no {
            return None;
        }
        self.outstanding.take()?;
        self.waiting.pop_front()
    }

    /// The notification to send again, and its number.
    pub(super) fn outstanding(&self) -> Option<(u8, &Notice)> {
        self.outstanding.as_ref()?;
        Some((self.mgr_seq_no, self.waiting.front()?))
    }

    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.outstanding.as_ref().map(|outstanding| outstanding.deadline)
    }

    pub(super) fn handle_timeout(
        &mut self,
        now: Duration,
        timeout: Duration,
        retries: u32,
    ) -> Patience {
        match &mut self.outstanding {
            Some(outstanding) if outstanding.deadline <= now => {
                if outstanding.repeats >= retries {
                    return Patience::Lost;
                }
                outstanding.repeats += 1;
                outstanding.deadline = now + timeout;
                Patience::Repeat
            }
            _ => Patience::Left,
        }
    }

    /// The session is over. What was outstanding waits for the next.
    pub(super) fn recall(&mut self) {
        self.outstanding = None;
    }

    /// Forgets everything, the last number included.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.outstanding = None;
        (self.mgr_seq_no, self.last_seq) = (0, 0);
    }

    pub(super) fn readings(&self) -> usize {
        self.waiting.iter().map(|notice| notice.readings.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn outbox(notices: &[u8]) -> Outbox {
        let mut outbox = Outbox::new(8);
        for &body in notices {
            outbox.push(Notice::new(NotificationMask::DATA, vec![body], Vec::new())).unwrap();
        }
        outbox
    }

    #[test]
    fn one_is_outstanding_and_holds_the_next() {
        let mut outbox = outbox(&[10, 20]);
        assert_eq!(outbox.next().unwrap().body, [10]);
        let (seq, notice, sent_before) = outbox.launch(SECOND).unwrap();
        assert_eq!((seq, &notice.body[..], sent_before), (1, &[10][..], false));
        assert!(outbox.next().is_none());
        assert!(outbox.take_next().is_none());
        for wrong in [0, 2, 255] {
            assert!(outbox.acknowledge(wrong).is_none());
        }
        assert_eq!(outbox.acknowledge(1).unwrap().body, [10]);
        assert!(outbox.acknowledge(1).is_none());
        assert_eq!(outbox.next().unwrap().body, [20]);
    }

    #[test]
    fn it_is_repeated_and_then_lost() {
        let mut outbox = outbox(&[10]);
        outbox.launch(SECOND).unwrap();
        assert_eq!(outbox.handle_timeout(SECOND / 2, SECOND, 2), Patience::Left);
        assert_eq!(outbox.handle_timeout(SECOND, SECOND, 2), Patience::Repeat);
        assert_eq!(outbox.poll_timeout(), Some(2 * SECOND));
        assert_eq!(outbox.outstanding().unwrap().0, 1);
        assert_eq!(outbox.handle_timeout(2 * SECOND, SECOND, 2), Patience::Repeat);
        assert_eq!(outbox.handle_timeout(3 * SECOND, SECOND, 2), Patience::Lost);
    }

    #[test]
    fn the_next_session_gives_it_a_new_number() {
        let mut outbox = outbox(&[10, 20]);
        outbox.launch(SECOND).unwrap();
        outbox.recall();
        assert_eq!((outbox.poll_timeout(), outbox.mgr_seq_no()), (None, 1));
        assert!(outbox.acknowledge(1).is_none());
        let (seq, notice, sent_before) = outbox.launch(SECOND).unwrap();
        assert_eq!((seq, &notice.body[..], sent_before), (2, &[10][..], true));
    }

    #[test]
    fn numbers_wrap_around() {
        let mut outbox = outbox(&[]);
        for number in 1..=600_u16 {
            outbox.push(Notice::new(NotificationMask::DATA, Vec::new(), Vec::new())).unwrap();
            let (seq, _, _) = outbox.launch(SECOND).unwrap();
            assert_eq!(u16::from(seq), number % 256);
            assert!(outbox.acknowledge(seq).is_some());
        }
    }

    #[test]
    fn what_does_not_fit_comes_back() {
        let mut outbox = outbox(&[0, 1, 2, 3, 4, 5, 6, 7]);
        let ninth = Notice::new(NotificationMask::DATA, vec![8], Vec::new());
        assert_eq!(outbox.push(ninth).unwrap_err().body, [8]);
        outbox.clear();
        assert!(outbox.next().is_none());
    }
}

/// What a gateway has done while it ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Readings that came from the manager's motes.
    pub readings: u64,
    /// What motes and manager have said of the network: readings, links and events.
    pub network: u64,
    /// What was not posted, as the server takes temperatures alone.
    pub left_out: u64,
    /// Records that the server stored at once.
    pub direct: u64,
    /// Records that the server refused for good, at once or from the spool: they are dead letters.
    pub refused: u64,
    /// Records that went to the spool.
    pub to_spool: u64,
    /// Records of the spool that had to make room for newer ones.
    pub dropped: u64,
    /// Records that the server has refused, and that are kept.
    pub dead_letters: u64,
    /// Those that had to make room for newer ones.
    pub dead_letters_dropped: u64,
    /// Notifications for OAP's port that were no OAP messages, or no notifications at all.
    pub unreadable: u64,
    /// Records that wait in the spool.
    pub spooled: u64,
    /// What the session has seen.
    pub session: manager_core::session::Counters,
    /// What the line has brought.
    pub line: hdlc_core::Counters,
}

impl Report {
    /// Says it in the log, at the end.
    pub(crate) fn log(&self) {
        let Self {
            readings,
            network,
            left_out,
            direct,
            refused,
            to_spool,
            dropped,
            dead_letters,
            dead_letters_dropped,
            unreadable,
            spooled,
            session,
            line,
        } = self;
        let bad_frames = line.bad_fcs + line.too_short + line.too_long + line.aborted;
        tracing::info!(
            readings,
            network,
            left_out,
            direct,
            refused,
            to_spool,
            dropped,
            dead_letters,
            dead_letters_dropped,
            unreadable,
            spooled,
            sessions = session.sessions,
            notifications = session.notifications,
            repeats = session.repeats,
            sequence_gaps = session.sequence_gaps,
            retransmissions = session.retransmissions,
            frames = line.frames,
            bad_frames,
            skipped_octets = line.skipped_octets,
            "stopped"
        );
    }
}

//! How large each part of the spool may become. Together with the journal, which SQLite keeps in a
//! file beside it, they stay within 5/4 of the limit whatever comes.

/// The octets of a page, SQLite's default.
const PAGE: u64 = 4096;

/// Rows in one commit. The journal keeps every page that a commit changes, and with motes enough
/// each row changes another.
const ROWS: (u64, u64) = (16, 1000);

/// What a row and its index entry take besides the reason and the JSON, in octets.
const ROW: u64 = 60;

/// What the parts may have, as it follows from the whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    limit: u64,
}

impl Bounds {
    /// `limit` is in octets, and meant to be a MiB or more.
    pub(super) const fn new(limit: u64) -> Self {
        Self { limit }
    }

    /// What all pages in use may come to before readings make room. It leaves the dead letters
    /// what they may have and have not yet, and the journal what it needs.
    pub(super) fn pages(self, dead_letters: u64) -> u64 {
        let reserved = self.dead_letters().saturating_sub(dead_letters);
        // Pages are never quite full.
        (self.limit - self.limit / 8).saturating_sub(reserved * 4 / 3)
    }

    /// By how much the pages in use are brought below that, so that it is seldom done.
    pub(super) const fn slack(self) -> u64 {
        self.limit / 16
    }

    /// What dead letters may have: with what their pages do not use, an eighth.
    pub(super) const fn dead_letters(self) -> u64 {
        self.limit / 32 * 3
    }

    /// What a dead letter takes.
    pub(super) const fn dead_letter(text_octets: u64) -> u64 {
        text_octets + ROW
    }

    /// Rows that are written or deleted in one commit.
    pub(super) fn rows(self) -> usize {
        let (least, most) = ROWS;
        usize::try_from((self.limit / (16 * 1024)).clamp(least, most)).unwrap_or(usize::MAX)
    }

    /// After how many pages the journal is brought into the file.
    pub(super) fn journal_pages(self) -> u64 {
        (self.limit / 16 / PAGE).clamp(4, 1000)
    }

    /// What the journal's file is cut to after that, in octets.
    pub(super) fn journal(self) -> u64 {
        self.journal_pages() * PAGE
    }

    /// What the file may come to before it is written anew without its unused pages.
    pub(super) const fn file(self) -> u64 {
        self.limit
    }
}

//! What the programs exit with, after sysexits.h: the same number for the same reason in all of
//! them.

macro_rules! table {
    ($($(#[doc = $said:literal])+ $name:ident = $code:literal;)+) => {
        $($(#[doc = $said])+ pub const $name: u8 = $code;)+

        /// Every code with what it means, in their order.
        pub const TABLE: &[(u8, &str)] = &[$(($code, concat!($($said),+))),+];
    };
}

table! {
    /// All went well, also if whoever read the output had seen enough of it.
    SUCCESS = 0;
    /// The command line is not understood.
    USAGE = 64;
    /// What was read is not what it should be: a capture, readings to import, a spool.
    DATA = 65;
    /// What should be read is not there, or cannot be opened.
    NO_INPUT = 66;
    /// What the program depends on is not there: the manager, the server, a free address.
    UNAVAILABLE = 69;
    /// A fault of the program itself.
    SOFTWARE = 70;
    /// The system refuses what every program may have: a thread, a signal.
    OS = 71;
    /// A file cannot be made.
    CANNOT_CREATE = 73;
    /// Reading or writing has failed: a disk, a port, stdout.
    IO = 74;
    /// Another process has what this one needs: its state folder. It may be free later.
    IN_USE = 75;
    /// Not permitted: a port, a folder or an address that wants other rights.
    NO_PERMISSION = 77;
    /// The settings cannot be used.
    CONFIGURATION = 78;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_has_the_whole_table() {
        let chapter = include_str!("../../docs/src/operating/exit-codes.md");
        let rows: Vec<_> =
            TABLE.iter().map(|(code, said)| format!("| {code} |{said} |\n")).collect();
        assert!(chapter.contains(&rows.concat()), "{}", rows.concat());
    }
}

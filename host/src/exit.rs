//! What the programs exit with, after sysexits.h: the same number for the same reason in all of
//! them. 0 is success, also where whoever read the output has seen enough of it.

/// The command line is not understood.
pub const USAGE: u8 = 64;
/// What was read is not what it should be: a capture, readings to import, a spool.
pub const DATA: u8 = 65;
/// What should be read is not there, or cannot be opened.
pub const NO_INPUT: u8 = 66;
/// What the program depends on is not there: the manager, the server, a free address.
pub const UNAVAILABLE: u8 = 69;
/// A fault of the program itself.
pub const SOFTWARE: u8 = 70;
/// The system refuses what every program may have: a thread, a signal.
pub const OS: u8 = 71;
/// A file cannot be made.
pub const CANNOT_CREATE: u8 = 73;
/// Reading or writing has failed: a disk, a port, stdout.
pub const IO: u8 = 74;
/// Another program has what this one needs: its state folder. It may be free later.
pub const IN_USE: u8 = 75;
/// It may not: a port or a folder of somebody else.
pub const NO_PERMISSION: u8 = 77;
/// The settings cannot be used.
pub const CONFIGURATION: u8 = 78;

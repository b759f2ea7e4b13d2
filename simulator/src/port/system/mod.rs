//! The port that is usual on this system, chosen once.

mod unix;

pub(super) use unix::usual;

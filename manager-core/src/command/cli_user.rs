use super::Secret;
use crate::field::message;

message! {
    /// `setCLIUser` (0x3A): the password of a user of the manager's command line.
    ///
    /// ```text
    /// | role (1) | password (16) |
    /// ```
    pub struct SetCliUser {
        /// Which user, in the vendor's numbers.
        pub role: u8,
        /// The next password.
        pub password: Secret,
    }
}

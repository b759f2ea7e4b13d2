use crate::field::message;

message! {
    /// `notifRadiotestStatsPER`: what a test of the radio's error rate has come to.
    ///
    /// ```text
    /// | numRxOK (2) | numRxErr (2) | numRxInv (2) | numRxMiss (2) | perInt (2) | perFrac (2) |
    /// ```
    pub struct RadiotestStatsPer {
        /// Good packets.
        pub num_rx_ok: u16,
        /// Bad ones.
        pub num_rx_err: u16,
        /// Those of others.
        pub num_rx_inv: u16,
        /// Those that did not come.
        pub num_rx_miss: u16,
        /// The error rate, its whole part.
        pub per_int: u16,
        /// The error rate, what stands behind the point.
        pub per_frac: u16,
    }
}

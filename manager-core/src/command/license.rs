use crate::field::message;

message! {
    /// The response to `getLicense` (0x37), and `setLicense` (0x38). The vendor advises against both.
    ///
    /// ```text
    /// | license (13) |
    /// ```
    pub struct License {
        /// In a format of the vendor's.
        pub license: [u8; 13],
    }
}

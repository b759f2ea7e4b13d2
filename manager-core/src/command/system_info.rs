use crate::MacAddress;
use crate::field::message;

message! {
    /// The response to `getSystemInfo` (0x2E): what the manager is.
    ///
    /// ```text
    /// | macAddress (8) | hwModel (1) | hwRev (1) | swMajor (1) | swMinor (1) | swPatch (1) | swBuild (2) |
    /// ```
    pub struct SystemInfo {
        /// The manager's own EUI-64.
        pub mac_address: MacAddress,
        /// Hardware model.
        pub hw_model: u8,
        /// Hardware revision.
        pub hw_rev: u8,
        /// Software version, first part.
        pub sw_major: u8,
        /// Software version, second part.
        pub sw_minor: u8,
        /// Software version, third part.
        pub sw_patch: u8,
        /// Software build.
        pub sw_build: u16,
    }
}

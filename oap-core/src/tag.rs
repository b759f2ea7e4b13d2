//! The tags that the mote's default application gives to its fields, element by element.
//!
//! The widths are those of the public field list. Motes and other clients have been seen with
//! others, so a value is read in whatever width it comes: see [`SensorFields`](crate::SensorFields).

/// Marks a TLV whose value is an [`Address`](crate::Address), in every message.
pub const ADDRESS: u8 = 0xFF;

/// Fields of digital_in, analog and temperature.
pub mod sensor {
    /// Whether the sensor reports: 0 or 1 (1 octet, read and write).
    pub const ENABLE: u8 = 0;
    /// Time between two samples in ms (4 octets, read and write).
    pub const RATE: u8 = 1;
    /// Samples in one notification (read and write): **2 octets on digital_in**, 1 on the others.
    pub const SAMPLE_COUNT: u8 = 2;
    /// What a notification carries: the samples or their statistics (1 octet, read and write).
    pub const DATA_FORMAT: u8 = 3;
    /// The value now (read only): **1 octet on digital_in**, 2 unsigned on analog in mV, 2 signed
    /// on temperature in hundredths of a degree Celsius.
    pub const VALUE: u8 = 4;
}

/// Fields of digital_out.
pub mod digital_out {
    /// The level of the pin, or whether the indicator LED is lit: 0 or 1 (1 octet, write only).
    pub const VALUE: u8 = 0;
}

/// Fields of info, all read only.
pub mod info {
    /// Major software version (1 octet).
    pub const SW_REV_MAJ: u8 = 0;
    /// Minor software version (1 octet).
    pub const SW_REV_MIN: u8 = 1;
    /// Software patch level (1 octet).
    pub const SW_REV_PATCH: u8 = 2;
    /// Software build number (2 octets).
    pub const SW_REV_BUILD: u8 = 3;
    /// Which application runs (2 octets).
    pub const APP_ID: u8 = 4;
    /// Resets so far (4 octets).
    pub const RESET_COUNTER: u8 = 5;
    /// Changes of the configuration so far (4 octets).
    pub const CHANGE_COUNTER: u8 = 6;
}

/// Fields of main: where notifications go.
pub mod main {
    /// IPv6 address that notifications are sent to (16 octets, read and write).
    pub const DEST_ADDR: u8 = 0;
    /// UDP port that notifications are sent to (2 octets, read and write).
    pub const DEST_PORT: u8 = 1;
}

/// Fields of pkgen, the packet generator.
pub mod pkgen {
    /// A number to be echoed (4 octets, read and write).
    pub const ECHO: u8 = 0;
    /// How many packets to send (4 octets, write only).
    pub const NUM_PACKETS: u8 = 1;
    /// Time between two packets in ms (4 octets, write only).
    pub const RATE: u8 = 2;
    /// Octets of filler in a packet (1 octet, write only).
    pub const PACKET_SIZE: u8 = 3;
    /// Number of the first packet (4 octets, write only).
    pub const START_PID: u8 = 4;
}

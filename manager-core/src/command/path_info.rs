use crate::field::{Field, message, numbers};
use crate::reader::Reader;
use crate::writer::Writer;
use crate::{MacAddress, ParseError};

message! {
    /// `getPathInfo` (0x30): how well two motes hear each other.
    ///
    /// ```text
    /// | source (8) | dest (8) |
    /// ```
    pub struct GetPathInfo {
        /// The one end.
        pub source: MacAddress,
        /// The other end.
        pub dest: MacAddress,
    }
}

message! {
    /// `getNextPathInfo` (0x31): one path of a mote after the other. The walk begins with `path_id`
    /// 0, goes on with the one that came, and ends with
    /// [`EndOfList`](crate::ResponseCode::EndOfList).
    ///
    /// ```text
    /// | macAddress (8) | filter (1) | pathId (2) |
    /// ```
    pub struct GetNextPathInfo {
        /// The mote.
        pub mac_address: MacAddress,
        /// Which of its paths.
        pub filter: PathFilter,
        /// The path before; it has a meaning with this mote only.
        pub path_id: u16,
    }
}

numbers! {
    /// Which paths of a mote.
    pub enum PathFilter {
        /// 0
        All = 0,
        /// 1: those to its parents.
        Upstream = 1,
    }
}

message! {
    /// The response to `getPathInfo` (0x30). A path is in the lists of both its ends.
    ///
    /// ```text
    /// | source (8) | dest (8) | direction (1) | numLinks (1) | quality (1) | rssiSrcDest (1)
    /// | rssiDestSrc (1) |
    /// ```
    pub struct PathInfo {
        /// The one end.
        pub source: MacAddress,
        /// The other end.
        pub dest: MacAddress,
        /// What it is used for, as seen from `source`.
        pub direction: PathDirection,
        /// Its links in the upstream frame.
        pub num_links: u8,
        /// Packets that arrived, in % of those sent; while none was sent, a guess from the signal
        /// strength. See [`measured_quality`](Self::measured_quality).
        pub quality: u8,
        /// How strong `dest` hears `source`.
        pub rssi_src_dest: Rssi,
        /// How strong `source` hears `dest`.
        pub rssi_dest_src: Rssi,
    }
}

impl PathInfo {
    /// The quality, if packets go over this path, so that it is more than a guess.
    #[must_use]
    pub const fn measured_quality(&self) -> Option<u8> {
        match self.direction {
            PathDirection::Upstream | PathDirection::Downstream => Some(self.quality),
            _ => None,
        }
    }
}

message! {
    /// The response to `getNextPathInfo` (0x31).
    ///
    /// ```text
    /// | pathId (2) | as PathInfo (21) |
    /// ```
    pub struct NextPathInfo {
        /// For the next request about the same mote.
        pub path_id: u16,
        /// The path.
        pub path: PathInfo,
    }
}

numbers! {
    /// What a path is used for.
    pub enum PathDirection {
        /// 0
        None = 0,
        /// 1: the motes hear each other, no more.
        Unused = 1,
        /// 2: from source to its parent dest.
        Upstream = 2,
        /// 3: from source to its child dest.
        Downstream = 3,
    }
}

/// The strength of a signal, as the manager gives it: 0 where it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rssi(pub i8);

impl Rssi {
    /// In dBm, if there is one.
    #[must_use]
    pub const fn dbm(self) -> Option<i8> {
        match self.0 {
            0 => None,
            dbm => Some(dbm),
        }
    }
}

impl Field for Rssi {
    const LEN: usize = 1;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Field::read(reader).map(Self)
    }

    fn write<'b>(&self, writer: Writer<'b>) -> Writer<'b> {
        self.0.write(writer)
    }
}

/// Notification type 3: the mote wants to be found.
///
/// ```text
///  0        4
/// +--------+- - - - - - - - - -+
/// | header | payload to the end|
/// +--------+- - - - - - - - - -+
/// ```
///
/// The public documents name this notification without saying what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LocateMe<'a> {
    /// All octets behind the type.
    pub payload: &'a [u8],
}

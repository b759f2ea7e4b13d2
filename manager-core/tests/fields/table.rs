//! A vendor's table as a test: offset, type and name of each field.

use core::fmt::Debug;

use manager_core::command::ResetTarget;
use manager_core::command::{MoteState, NetworkState, PathDirection, PathFilter, Rssi, Secret};
use manager_core::notification::health_report::QueueOccupancy;
use manager_core::notification::{CommandOutcome, JoinFailure};
use manager_core::{MacAddress, NotificationMask, SuccessCode};

/// A field's value, as octets.
pub(crate) trait OnWire: Debug {
    const LEN: usize;
    /// Only whether its octet is 0 is kept.
    const IS_YES_OR_NO: bool = false;

    fn is(&self, octets: &[u8]) -> bool;
}

macro_rules! on_wire {
    ($($type:ty, $len:literal, $value:ident => $octets:expr;)*) => {$(
        impl OnWire for $type {
            const LEN: usize = $len;

            fn is(&self, octets: &[u8]) -> bool {
                let $value = *self;
                octets == $octets
            }
        }
    )*};
}

on_wire! {
    u8, 1, value => [value];
    i8, 1, value => value.to_be_bytes();
    u16, 2, value => value.to_be_bytes();
    u32, 4, value => value.to_be_bytes();
    u64, 8, value => value.to_be_bytes();
    i64, 8, value => value.to_be_bytes();
    [u8; 5], 5, value => value;
    [u8; 13], 13, value => value;
    [u8; 16], 16, value => value;
    MacAddress, 8, value => value.0;
    Secret, 16, value => value.0;
    NotificationMask, 4, value => value.0.to_be_bytes();
    Rssi, 1, value => value.0.to_be_bytes();
    QueueOccupancy, 1, value => [value.0];
    SuccessCode, 1, value => [u8::from(value)];
    ResetTarget, 1, value => [u8::from(value)];
    MoteState, 1, value => [u8::from(value)];
    NetworkState, 1, value => [u8::from(value)];
    PathFilter, 1, value => [u8::from(value)];
    PathDirection, 1, value => [u8::from(value)];
    CommandOutcome, 1, value => [u8::from(value)];
    JoinFailure, 1, value => [u8::from(value)];
}

impl OnWire for bool {
    const LEN: usize = 1;
    const IS_YES_OR_NO: Self = true;

    fn is(&self, octets: &[u8]) -> bool {
        *self == (octets != [0])
    }
}

impl<T: OnWire> OnWire for Option<T> {
    const LEN: usize = T::LEN;

    fn is(&self, octets: &[u8]) -> bool {
        self.as_ref().is_some_and(|value| value.is(octets))
    }
}

/// Asserts that the message that is parsed has its fields there, and none else.
///
/// All octets differ, and each is once 0: another offset would give another value.
macro_rules! fields {
    ($parse:expr, $name:expr, { $($offset:literal $type:ty: $($field:ident).+,)* }) => {{
        use $crate::table::OnWire;

        let mut octets: Vec<u8> = (0x81..=0xFF).collect();
        let mut len = 0;
        $(
            assert_eq!(len, $offset, "{}: no gap", stringify!($($field).+));
            if <$type>::IS_YES_OR_NO {
                octets[$offset] = 1;
            }
            len += <$type>::LEN;
        )*
        octets.truncate(len);
        for zeroed in 0..len {
            let mut octets = octets.clone();
            octets[zeroed] = 0;
            let message = $parse(&octets);
            $(
                let value: &$type = &message.$($field).+;
                let there = &octets[$offset..][..<$type>::LEN];
                let field = stringify!($($field).+);
                assert!(value.is(there), "{}, {field}: {value:?} of {there:02x?}", $name);
            )*
            assert_eq!(message.buffer_len(), len, "{}", $name);
            let mut emitted = vec![0xA5; len];
            assert_eq!(message.emit(&mut emitted), Ok(len), "{}", $name);
            assert_eq!(emitted, octets, "{}", $name);
        }
    }};
}

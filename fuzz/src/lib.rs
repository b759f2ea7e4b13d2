//! What no input may break in the cores and the contract, one property a module. Each `check` panics if the
//! property does not hold; the fuzz targets only call it.

pub mod contract;
pub mod hdlc;
pub mod hdlc_round_trip;
mod line;
pub mod manager_session;
pub mod manager_wire;
mod naive_hdlc;
pub mod oap;
mod script;
pub mod whole_path;

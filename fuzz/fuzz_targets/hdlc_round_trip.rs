//! See `clouddata_fuzz::hdlc_round_trip`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| clouddata_fuzz::hdlc_round_trip::check(data));

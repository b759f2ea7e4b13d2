//! See `clouddata_fuzz::contract`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| clouddata_fuzz::contract::check(data));

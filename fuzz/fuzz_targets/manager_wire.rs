//! See `clouddata_fuzz::manager_wire`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| clouddata_fuzz::manager_wire::check(data));

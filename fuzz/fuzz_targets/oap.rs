//! See `clouddata_fuzz::oap`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| clouddata_fuzz::oap::check(data));

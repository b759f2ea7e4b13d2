//! See `clouddata_fuzz::hdlc`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| clouddata_fuzz::hdlc::check(data));

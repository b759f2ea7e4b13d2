//! See `clouddata_fuzz::whole_path`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| clouddata_fuzz::whole_path::check(data));

//! See `clouddata_fuzz::manager_session`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| clouddata_fuzz::manager_session::check(data));

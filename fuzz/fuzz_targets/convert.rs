#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| dimse_fuzz::convert::run(input));

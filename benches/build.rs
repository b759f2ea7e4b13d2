//! Builds the byte loop in C twice: as firmware is built, the state machine and the port in
//! translation units of their own, and as well as a compiler can do it.

fn main() {
    println!("cargo::rerun-if-changed=c");
    let mut units = cc::Build::new();
    units.files(["c/hdlc.c", "c/port.c"]).define("PREFIX", "units").opt_level(2);
    units.warnings(true).compile("units");
    let mut whole = cc::Build::new();
    whole.file("c/whole.c").define("PREFIX", "whole").opt_level(3);
    whole.warnings(true).compile("whole");
}

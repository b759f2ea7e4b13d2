//! Builds the byte loop in C twice: as firmware is built, the state machine and the port in
//! translation units of their own, and as well as a compiler can do it.

fn main() {
    println!("cargo::rerun-if-changed=c");
    // Its own functions may be inlined: nothing replaces them when the program is loaded.
    const FLAG: &str = "-fno-semantic-interposition";
    let mut units = cc::Build::new();
    units.files(["c/hdlc.c", "c/port.c"]).define("PREFIX", "units").opt_level(2).flag(FLAG);
    units.warnings(true).compile("units");
    let mut whole = cc::Build::new();
    whole.file("c/whole.c").define("PREFIX", "whole").opt_level(3).flag(FLAG);
    whole.warnings(true).compile("whole");
}

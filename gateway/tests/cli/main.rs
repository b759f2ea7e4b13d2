//! The commands of `clouddata-gateway`, as people run them.

mod capture;
mod decode;
mod ports;
mod program;
mod random;
mod running;
mod server;
mod spool;

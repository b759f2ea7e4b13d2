//! The commands of `clouddata-gateway`, as people run them.

mod capture;
mod decode;
mod program;
mod random;
mod running;
mod server;
mod spool;

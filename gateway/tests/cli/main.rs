//! The commands of `clouddata-gateway`, as people run them.

mod capture;
mod config;
mod decode;
mod doctor;
mod manual;
mod network;
mod ports;
mod print;
mod program;
mod proxy;
mod random;
mod remote;
mod running;
mod spool;

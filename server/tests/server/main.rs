//! The server from outside: its HTTP contract without a socket, and a running one with.

mod bounds;
mod cli;
mod clock;
mod damage;
mod engine;
mod files;
mod fixture;
mod guard;
mod house;
mod import;
mod ingest;
mod labels;
mod limits;
mod memory;
mod migration;
mod network;
mod page;
mod places;
mod program;
mod query;
mod running;
mod sites;
mod state;
mod store;
mod stream;
mod webhook;

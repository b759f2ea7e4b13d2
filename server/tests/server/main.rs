//! The server from outside: its HTTP contract without a socket, and a running one with.

mod bounds;
mod cli;
mod damage;
mod engine;
mod fixture;
mod guard;
mod import;
mod ingest;
mod labels;
mod limits;
mod page;
mod places;
mod query;
mod running;
mod state;
mod stream;
mod webhook;

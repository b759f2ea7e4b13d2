//! The server from outside: its HTTP contract without a socket, and a running one with.

mod damage;
mod fixture;
mod ingest;
mod limits;
mod page;
mod query;
mod running;
mod stream;

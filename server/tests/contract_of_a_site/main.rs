//! What the contract says of a server's store holds of a site that shares a file with others: the
//! same tests once more, each in a file in which the default site and another have the same motes.

#[path = "../server/bounds.rs"]
mod bounds;
#[path = "../server/fixture.rs"]
mod fixture;
#[path = "../server/ingest.rs"]
mod ingest;
#[path = "../server/labels.rs"]
mod labels;
#[path = "../server/network.rs"]
mod network;
#[path = "../server/query.rs"]
mod query;
mod store;
#[path = "../server/stream.rs"]
mod stream;

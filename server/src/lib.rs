#![doc = include_str!("../README.md")]

mod app;
mod assets;
mod config;
mod connections;
mod health;
mod ingest;
mod metrics;
mod query;
mod refusal;
mod server;
mod stamps;
mod store;
mod stream;

pub use app::{App, router};
pub use config::Config;
pub use server::{Running, Server, StartError};
pub use store::{
    Answer, Bucketing, Embedded, Engine, Grid, Influx, InfluxConfig, OpenError, Protocol, Refused,
    Sample, Selection, Series, Store, StoreError, Written,
};

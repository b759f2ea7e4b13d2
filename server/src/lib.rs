#![doc = include_str!("../README.md")]

mod app;
mod assets;
mod body;
mod config;
mod connections;
mod gateways;
mod guard;
mod guests;
mod health;
mod ingest;
mod labels;
mod metrics;
mod moment;
mod motes;
mod notebook;
mod openapi;
mod origin;
mod places;
mod query;
mod refusal;
mod refusals;
mod render;
mod server;
mod stamps;
mod state;
mod store;
mod stream;
mod tally;
mod tokens;
mod watch;
mod webhook;

pub use app::{App, router};
pub use config::{Config, StoreChoice};
pub use guard::Guard;
pub use labels::Labels;
pub use moment::parse_moment;
pub use origin::{ParseProxiesError, TrustedProxies};
pub use render::{Format, render_page};
pub use server::{Running, Server, StartError};
pub use store::{
    Answer, Bucketing, Embedded, Engine, Grid, Influx, InfluxConfig, OpenError, Protocol, Refused,
    Sample, Selection, Series, Store, StoreError, Written,
};
pub use tokens::{ParseTokensError, Tokens};
pub use webhook::{Event, WebhookConfig};

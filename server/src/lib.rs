#![doc = include_str!("../README.md")]
// Stdout and stderr may be full or closed; see `host::print`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod admitted;
mod app;
mod assets;
mod backoff;
mod body;
mod budget;
mod bus;
mod clock;
mod config;
mod connections;
mod elsewhere;
mod events;
mod files;
mod gateways;
mod guard;
mod guests;
mod health;
mod impatient;
mod incoming;
mod ingest;
mod links;
mod meter;
mod metrics;
mod moment;
mod mote;
mod motes;
mod mqtt;
mod network;
mod notebook;
mod number;
mod openapi;
mod origin;
mod places;
mod quantities;
mod query;
mod rates;
mod reach;
mod refusal;
mod refusals;
mod render;
mod server;
mod sites;
mod stamps;
mod state;
mod stoppable;
mod store;
mod stream;
mod streams;
mod tally;
mod tokens;
mod watch;
mod webhook;

pub use app::{App, router};
pub use clock::Clock;
pub use config::{Config, StoreChoice};
pub use guard::Guard;
pub use moment::parse_moment;
pub use mqtt::{MqttConfig, TopicTemplate};
pub use origin::{ParseProxiesError, TrustedProxies};
pub use render::{Format, render_page};
pub use server::{Running, Server, StartError};
pub use sites::{
    Directory, Limits, Name, NewToken, ParseNameError, ParseScopesError, Registry, RegistryError,
    Scopes, Secret, Site, SitesFile, Token,
};
pub use store::{
    Answer, Bucketing, ClusterConfig, Embedded, Engine, EventSelection, Grid, Heard, Influx,
    InfluxConfig, Keeping, Label, LinkKey, LinkSelection, Mote, OpenError, Protocol, Records,
    Refused, Sample, Selection, Series, SiteKeeping, Store, StoreError, Stores, Told, Written,
    connect_registry, key_of,
};
pub use tokens::{ParseTokensError, Tokens};
pub use webhook::{Event, WebhookConfig};

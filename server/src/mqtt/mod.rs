//! Publishes what is known of the motes to an MQTT broker, if told to, so that Home Assistant finds
//! them by itself.
//!
//! - Each mote has a topic with the newest of its values and one that says whether it is there, both
//!   retained; the server has one of the latter kind, which the broker sets when it is lost.
//! - What waits is no queue but a mark for each topic: the message is made when it can go, of what
//!   is newest then. A broker that is slow, silent or away costs no memory, and nobody waits for it.
//! - It has a thread and a runtime of its own: a name that does not resolve takes nothing away from
//!   the requests.
//! - After each connection everything is sent anew, as the broker may have forgotten it; and what it
//!   has kept of motes that there are no more is taken back.

mod broker;
mod config;
mod discovery;
mod latest;
mod message;
mod mote;
mod publisher;
mod recall;
mod round;
mod session;
mod topic;

pub use config::MqttConfig;
pub(crate) use latest::Latest;
pub(crate) use publisher::Publisher;
pub use topic::TopicTemplate;

//! What is published, by Debian's mosquitto and its subscriber: ci/mqtt.sh installs them and runs these.

mod broker;
mod faults;
mod load;
mod publishing;
mod schema;
mod secrets;
mod server;

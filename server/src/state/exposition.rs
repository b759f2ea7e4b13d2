//! What Prometheus is told of motes and gateways.

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, GaugeVec, Opts};

use super::wall::Micros;
use super::{GatewayState, Inner, MoteState, States};
use crate::state::gateway::Phase;

/// Motes that have series of their own: the first by mac. The others are only counted.
const MAX_SERIES: usize = 1000;

impl States {
    /// The state of everything, as Prometheus takes it; or only how many there are in each state.
    pub(crate) fn gather(&self, with_series: bool) -> Vec<MetricFamily> {
        let inner = self.lock();
        let mut families = inner.mote_families(if with_series { MAX_SERIES } else { 0 });
        families.extend(inner.gateway_families(with_series));
        families
    }
}

impl Inner {
    fn mote_families(&self, most: usize) -> Vec<MetricFamily> {
        let count = vec("clouddata_motes", "Motes in this state.", &["state"]);
        let last = vec(
            "clouddata_mote_last_reading_timestamp_seconds",
            "When the newest stored reading of the mote was measured.",
            &["mac"],
        );
        let pace = vec(
            "clouddata_mote_pace_seconds",
            "How often the mote reports; absent while that is not known.",
            &["mac"],
        );
        let state = vec(
            "clouddata_mote_state",
            "0 if the mote is ok, 1 if it is late, 2 if it is silent.",
            &["mac", "gateway"],
        );
        for name in ["ok", "late", "silent"] {
            count.with_label_values(&[name]).set(0.0);
        }
        for (index, (mac, mote)) in self.motes.iter().enumerate() {
            let (name, value) = match mote.state {
                MoteState::Ok => ("ok", 0.0),
                MoteState::Late => ("late", 1.0),
                MoteState::Silent => ("silent", 2.0),
            };
            count.with_label_values(&[name]).inc();
            if index >= most {
                continue;
            }
            let mac = mac.to_string();
            let gateway = mote.gateway.and_then(|number| self.gateways.get(number));
            let gateway = gateway.map_or("", |gateway| gateway.name.as_str());
            last.with_label_values(&[&mac]).set(seconds(mote.last()));
            state.with_label_values(&[mac.as_str(), gateway]).set(value);
            if let Some(known) = mote.pace() {
                pace.with_label_values(&[&mac]).set(seconds(known));
            }
        }
        let left_out = gauge(
            "clouddata_motes_without_series",
            "Motes that are counted by state, but have no series of their own.",
            self.motes.len().saturating_sub(most) as f64,
        );
        [count, last, pace, state].iter().flat_map(Collector::collect).chain(left_out).collect()
    }

    fn gateway_families(&self, with_series: bool) -> Vec<MetricFamily> {
        let count = vec("clouddata_gateways", "Gateways in this state.", &["state"]);
        let contact = vec(
            "clouddata_gateway_last_contact_timestamp_seconds",
            "When the gateway was last in touch.",
            &["gateway"],
        );
        let state = vec(
            "clouddata_gateway_state",
            "0 if the gateway is ok, 1 if it is silent.",
            &["gateway"],
        );
        let manager = vec(
            "clouddata_gateway_manager_connected",
            "1 if the gateway has its manager, else 0; absent if it does not say.",
            &["gateway"],
        );
        for name in ["ok", "silent"] {
            count.with_label_values(&[name]).set(0.0);
        }
        for gateway in self.gateways.all() {
            let (name, value) = match gateway.state {
                GatewayState::Ok => ("ok", 0.0),
                GatewayState::Silent => ("silent", 1.0),
            };
            count.with_label_values(&[name]).inc();
            if !with_series {
                continue;
            }
            let label = [gateway.name.as_str()];
            state.with_label_values(&label).set(value);
            contact
                .with_label_values(&label)
                .set(seconds(self.wall.time(gateway.contact).as_micros()));
            if let Some(said) = &gateway.manager {
                let connected = said.phase == Phase::Connected;
                manager.with_label_values(&label).set(f64::from(u8::from(connected)));
            }
        }
        [count, contact, state, manager].iter().flat_map(Collector::collect).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a time of this century, in µs")]
fn seconds(micros: Micros) -> f64 {
    micros as f64 / 1e6
}

#[expect(clippy::expect_used, reason = "the names are constants, and valid")]
fn vec(name: &str, help: &str, labels: &[&str]) -> GaugeVec {
    GaugeVec::new(Opts::new(name, help), labels).expect("a valid name")
}

#[expect(clippy::expect_used, reason = "the names are constants, and valid")]
fn gauge(name: &str, help: &str, value: f64) -> Vec<MetricFamily> {
    let gauge = Gauge::new(name, help).expect("a valid name");
    gauge.set(value);
    gauge.collect()
}

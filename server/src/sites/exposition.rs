//! What Prometheus is told of sites, if it comes with a token of the server's admin.

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts};

use super::House;

/// Sites that have series of their own: the first by name. The others are only counted.
const MAX_SERIES: usize = 1000;

impl House {
    /// What each site that is in use has used.
    pub(crate) fn gather(&self) -> Vec<MetricFamily> {
        let all = gauge("clouddata_sites", "Sites, besides the default one.");
        all.set(count(self.directory().sites().count()));
        let inhabited = self.inhabited();
        let left_out = gauge(
            "clouddata_sites_without_series",
            "Sites in use that have no series of their own.",
        );
        left_out.set(count(inhabited.len().saturating_sub(MAX_SERIES)));
        let counter = |name: &str, help: &str| {
            vec(IntCounterVec::new(Opts::new(format!("clouddata_site_{name}_total"), help), LABEL))
        };
        let stored = counter("stored", "Readings, links and events newly stored.");
        let repeated = counter("repeated", "The same, received that were stored already.");
        let refused = counter("refused", "The same, refused with a reason.");
        let queried = counter("queried", "Stored readings that queries have looked at.");
        let streams = "Clients that follow the stream.";
        let streams = vec(IntGaugeVec::new(Opts::new("clouddata_site_streams", streams), LABEL));
        for (site, app) in inhabited.iter().take(MAX_SERIES) {
            let (label, counts) = ([site.name.as_str()], app.usage.counts());
            stored.with_label_values(&label).inc_by(counts.stored);
            repeated.with_label_values(&label).inc_by(counts.repeated);
            refused.with_label_values(&label).inc_by(counts.refused);
            queried.with_label_values(&label).inc_by(counts.queried);
            streams.with_label_values(&label).set(count(app.guard.streams().count()));
        }
        let counters = [stored, repeated, refused, queried];
        let counters = counters.iter().flat_map(Collector::collect);
        let gauges = [all, left_out];
        let gauges = gauges.iter().flat_map(Collector::collect);
        gauges.chain(counters).chain(streams.collect()).collect()
    }
}

const LABEL: &[&str] = &["site"];

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn gauge(name: &str, help: &str) -> IntGauge {
    vec(IntGauge::new(name, help))
}

#[expect(clippy::expect_used, reason = "the names are constants, and valid")]
fn vec<T>(made: prometheus::Result<T>) -> T {
    made.expect("a valid name")
}

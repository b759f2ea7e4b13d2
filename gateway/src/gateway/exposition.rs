use core::fmt::{Display, Write};
use std::time::SystemTime;

use super::Gateway;

/// What Prometheus is told; see its text exposition format.
#[derive(Debug, Default)]
struct Exposition(String);

impl Exposition {
    fn metric<'a, V: Display + 'a>(
        &mut self,
        kind: &str,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (String, V)>,
    ) {
        let name = format!("clouddata_gateway_{name}");
        // A String takes whatever is written to it.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.metric("counter", name, help, [(String::new(), value)]);
    }

    fn summary(&mut self, name: &str, help: &str, sum: f64, count: u64) {
        self.metric("summary", name, help, [] as [(String, f64); 0]);
        let _ = writeln!(self.0, "clouddata_gateway_{name}_sum {sum}");
        let _ = writeln!(self.0, "clouddata_gateway_{name}_count {count}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.metric("gauge", name, help, [(String::new(), value)]);
    }
}

fn label(name: &str, value: impl Display) -> String {
    format!("{{{name}=\"{value}\"}}")
}

impl Gateway {
    /// The metrics as they are now.
    pub(super) fn exposition(&self) -> String {
        let mut text = Exposition::default();
        let line = self.line.session.line_counters();
        let frames = [
            ("good", line.frames),
            ("bad_fcs", line.bad_fcs),
            ("too_short", line.too_short),
            ("too_long", line.too_long),
            ("aborted", line.aborted),
        ];
        let frames = frames.map(|(result, count)| (label("result", result), count));
        text.metric("counter", "frames_total", "HDLC frames by what became of them.", frames);
        let help = "Octets skipped in search of a frame.";
        text.counter("skipped_octets_total", help, line.skipped_octets);

        let session = self.line.session.counters();
        text.counter("sessions_total", "Sessions that the manager granted.", session.sessions);
        text.counter("notifications_total", "Notifications delivered.", session.notifications);
        text.counter("repeats_total", "Notifications that the manager repeated.", session.repeats);
        let help = "Sessions ended because notifications were missing.";
        text.counter("sequence_gaps_total", help, session.sequence_gaps);
        let help = "Notifications that could not be read.";
        text.counter("unreadable_total", help, self.report.unreadable);

        text.counter("readings_total", "Readings from the manager.", self.report.readings);
        let help = "Health, links and events: what motes and manager say of the network.";
        text.counter("network_records_total", help, self.report.network);
        let help = "Records that were not posted, as the server takes temperatures alone.";
        text.counter("records_left_out_total", help, self.uplink.left_out());
        let help = "Records that the server stored at once.";
        text.counter("readings_direct_total", help, self.report.direct);
        let help = "Records that went to the spool.";
        text.counter("readings_spooled_total", help, self.report.to_spool);
        let help = "Records that the server refused for good.";
        text.counter("readings_refused_total", help, self.uplink.refused());
        let help = "Records lost because the spool was full.";
        text.counter("readings_dropped_total", help, self.report.dropped);
        let spool = self.spool();
        text.gauge("spool_readings", "Records that wait in the spool.", spool.len());
        let help = "Links in the spool of which the neighbour has no name yet.";
        text.gauge("spool_unnamed", help, spool.unnamed());
        let help = "Whether the spool takes readings.";
        text.gauge("spool_usable", help, u8::from(spool.is_usable()));
        let help = "How often the spool's file was gone, and was made anew.";
        text.counter("spool_renewals_total", help, spool.renewals());
        text.gauge("dead_letters", "Records that the server has refused.", spool.dead_letters());
        let help = "Refused records that had to make room for newer ones.";
        text.counter("dead_letters_dropped_total", help, spool.dead_letters_dropped());
        drop(spool);
        let requests = self.uplink.answers();
        let requests = requests.iter().map(|(status, count)| (label("status", status), *count));
        text.metric("counter", "requests_total", "Requests by the server's answer.", requests);

        let acknowledgements = &self.acknowledgements;
        let help = "Time from a notification to its acknowledgement.";
        let (sum, count) = (acknowledgements.total.as_secs_f64(), acknowledgements.count);
        text.summary("acknowledgement_seconds", help, sum, count);

        if let Some(offset) = self.clocks.map.offset_micros() {
            let help = "What is added to the manager's clock to get the host's.";
            text.gauge("clock_offset_seconds", help, seconds(offset));
            let help = "How far the offset may be off.";
            text.gauge("clock_uncertainty_seconds", help, seconds(self.clocks.uncertainty));
        }
        let motes = self.motes.timestamps();
        let motes = motes.map(|(mac, time)| (label("mac", mac), seconds(time.as_micros())));
        let help = "Time of each mote's last reading.";
        text.metric("gauge", "mote_last_reading_timestamp_seconds", help, motes);
        let help = "Motes not heard for three of their intervals.";
        text.gauge("motes_silent", help, self.motes.silent());
        let started = SystemTime::now() - self.line.begun().elapsed();
        let started = readings::Timestamp::from(started).as_micros();
        text.gauge("start_timestamp_seconds", "When the gateway started.", seconds(started));
        text.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds are exact for centuries to come")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

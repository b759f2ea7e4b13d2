//! Kills processes under load. In the end every reading that was answered must be there, once.

use core::net::SocketAddr;
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use ::readings::Timestamp;

use crate::found::compare;
use crate::process;
use crate::sending::{BATCH, Load, Tally};
use crate::speed::influx1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Victim {
    /// The server, on the embedded store.
    Server,
    /// InfluxDB, behind the server.
    Engine,
    /// VictoriaMetrics, behind the server: it answers before its data is on the disk, so what is
    /// missing is a figure here, and no fault of the server's.
    #[value(name = "victoriametrics")]
    VictoriaMetrics,
    /// One of two servers on one InfluxDB, once and for good.
    OneOfTwo,
}

pub(crate) fn run(victim: Victim, time: Duration, kills: u32, rate: u32, seed: u64) {
    let (engine_folder, folder, other_folder) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut engine = match victim {
        Victim::Server => None,
        Victim::Engine | Victim::OneOfTwo => {
            Some((engines::influxdb(engine_folder.path()), "influxdb"))
        }
        Victim::VictoriaMetrics => {
            Some((engines::victoriametrics(engine_folder.path()), "victoriametrics"))
        }
    };
    let arguments: Vec<String> =
        engine.iter().flat_map(|(engine, kind)| influx1(engine, kind)).collect();
    let mut server = process::server(folder.path(), &arguments);
    let other =
        (victim == Victim::OneOfTwo).then(|| process::server(other_folder.path(), &arguments));
    let addresses: Vec<SocketAddr> =
        core::iter::once(&server).chain(&other).map(|server| server.address()).collect();

    let start = Timestamp::now().as_micros() / 1000 * 1000 - 2 * 3_600_000_000;
    let tally = Arc::new(Tally::default());
    let end = Instant::now() + time;
    let load = Load {
        addresses: addresses.clone(),
        start,
        rate,
        token: None,
        batch: BATCH,
        is_spread: false,
    };
    let load = {
        let tally = Arc::clone(&tally);
        std::thread::spawn(move || load.send(&tally, move || Instant::now() >= end))
    };
    let mut random = fastrand::Rng::with_seed(seed);
    let mut moments: Vec<f64> = (0..kills).map(|_| random.f64() * 0.9 + 0.05).collect();
    moments.sort_by(f64::total_cmp);
    let begun = Instant::now();
    for moment in moments {
        std::thread::sleep(time.mul_f64(moment).saturating_sub(begun.elapsed()));
        match victim {
            Victim::Server => {
                server.kill();
                server.restart();
            }
            Victim::Engine | Victim::VictoriaMetrics => {
                let (engine, _) = engine.as_mut().unwrap();
                engine.kill();
                std::thread::sleep(Duration::from_millis(300));
                engine.restart();
            }
            Victim::OneOfTwo => {
                server.kill();
                break;
            }
        }
    }
    let sent = load.join().unwrap();
    let reader = addresses.last().copied().unwrap();
    let is_kept_at_once = victim != Victim::VictoriaMetrics;
    if !is_kept_at_once {
        // It shows what it has taken a little later.
        std::thread::sleep(Duration::from_secs(3));
    }
    let found = compare(reader, &sent).unwrap();
    println!(
        "{victim:?}: {} readings answered in {:.0} s, {kills} kills, {tally}: {found}",
        sent.answered(),
        begun.elapsed().as_secs_f64(),
    );
    assert!(found.twice + found.foreign == 0 && (found.missing == 0 || !is_kept_at_once));
}

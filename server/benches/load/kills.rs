//! Kills processes under load. Clients do as a gateway does: they send a batch again until it is
//! answered. In the end every reading must be there, once.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::Instant;

use ::readings::Timestamp;

use crate::client::Connection;
use crate::speed::influx1;
use crate::{process, readings};

const CONNECTIONS: u64 = 50;
const BATCH: u64 = 10;

/// How long an answer is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause before a batch is sent again.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

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
    let load = {
        let (addresses, tally) = (addresses.clone(), Arc::clone(&tally));
        std::thread::spawn(move || send(&addresses, start, time, rate, &tally))
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
    let (missing, twice, foreign) = compare(reader, start, &sent);
    let answered: u64 = sent.iter().sum();
    println!(
        "{victim:?}: {answered} readings answered in {:.0} s, {kills} kills, {} batches sent again \
         ({} without an answer, {} answered 503): {missing} missing, {twice} twice, {foreign} unknown",
        begun.elapsed().as_secs_f64(),
        tally.broken.load(Ordering::Relaxed) + tally.unavailable.load(Ordering::Relaxed),
        tally.broken.load(Ordering::Relaxed),
        tally.unavailable.load(Ordering::Relaxed),
    );
    assert_eq!((if is_kept_at_once { missing } else { 0 }, twice, foreign), (0, 0, 0));
}

#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) broken: AtomicU64,
    pub(crate) unavailable: AtomicU64,
}

/// Returns how many readings of each connection were answered.
pub(crate) fn send(
    addresses: &[SocketAddr],
    start: i64,
    time: Duration,
    rate: u32,
    tally: &Arc<Tally>,
) -> Vec<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let interval = Duration::from_secs_f64((CONNECTIONS * BATCH) as f64 / f64::from(rate));
    runtime.block_on(async {
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                let (addresses, tally) = (addresses.to_vec(), Arc::clone(tally));
                tokio::spawn(async move {
                    let end = tokio::time::Instant::now() + time;
                    let mut ticks = tokio::time::interval(interval);
                    let mut client = None;
                    let mut answered = 0;
                    let mut turn = usize::try_from(connection).unwrap();
                    while tokio::time::Instant::now() < end {
                        ticks.tick().await;
                        let numbers = answered..answered + BATCH;
                        let request = readings::batch(start, connection, numbers);
                        loop {
                            match deliver(&mut client, addresses[turn % addresses.len()], &request)
                                .await
                            {
                                Some(204) => break,
                                Some(503) => tally.unavailable.fetch_add(1, Ordering::Relaxed),
                                Some(status) => panic!("answered {status}"),
                                None => {
                                    turn += 1;
                                    tally.broken.fetch_add(1, Ordering::Relaxed)
                                }
                            };
                            tokio::time::sleep(RETRY_PAUSE).await;
                        }
                        answered += BATCH;
                    }
                    answered
                })
            })
            .collect();
        let mut sent = Vec::new();
        for task in tasks {
            sent.push(task.await.unwrap());
        }
        sent
    })
}

/// None if there is no answer; the connection is then given up.
async fn deliver(
    client: &mut Option<Connection>,
    address: SocketAddr,
    request: &[u8],
) -> Option<u16> {
    let exchange = async {
        let mut connection = match client.take() {
            Some(connection) => connection,
            None => Connection::open(address).await.ok()?,
        };
        let status = connection.exchange(request).await.ok()?;
        *client = Some(connection);
        Some(status)
    };
    tokio::time::timeout(ANSWER_TIMEOUT, exchange).await.ok()?
}

/// How many readings are missing, stored twice, or never sent.
pub(crate) fn compare(server: SocketAddr, start: i64, sent: &[u64]) -> (usize, usize, usize) {
    let mut expected: HashMap<(String, String), u32> = HashMap::new();
    for (connection, &count) in sent.iter().enumerate() {
        for n in 0..count {
            let (mac, time, _) = readings::nth(start, u64::try_from(connection).unwrap(), n);
            expected.insert((mac.to_string(), millis(time).to_string()), 0);
        }
    }
    let url = format!("http://{server}/api/v1/readings?format=csv");
    let body = ureq::get(url).call().unwrap().into_body();
    let mut foreign = 0;
    for line in BufReader::new(body.into_reader()).lines().skip(1) {
        let line = line.unwrap();
        let mut fields = line.split(',').map(str::to_owned);
        let (mac, time) = (fields.next().unwrap(), fields.next().unwrap());
        let key = (mac, millis(time.parse().unwrap()).to_string());
        match expected.get_mut(&key) {
            Some(count) => *count += 1,
            None => foreign += 1,
        }
    }
    let missing = expected.values().filter(|&&count| count == 0).count();
    let twice = expected.values().filter(|&&count| count > 1).count();
    (missing, twice, foreign)
}

/// The same in the milliseconds that every engine keeps; also so no two readings of a mote are one.
fn millis(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.as_micros() / 1000 * 1000)
}

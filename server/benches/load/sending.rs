//! Load that does as gateways do: a batch is sent again until it is answered.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use crate::client::Connection;
use crate::readings;

const CONNECTIONS: u64 = 50;

/// Readings in one request, unless it is said.
pub(crate) const BATCH: u64 = 10;

/// How long an answer is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause before a batch is sent again.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// What is sent, and where.
#[derive(Clone)]
pub(crate) struct Load {
    /// Taken in turn when one does not answer.
    pub(crate) addresses: Vec<SocketAddr>,
    /// The first reading's time in µs, a whole millisecond.
    pub(crate) start: i64,
    /// Readings a second.
    pub(crate) rate: u32,
    /// What the site of these readings wants.
    pub(crate) token: Option<String>,
    /// Readings in one request.
    pub(crate) batch: u64,
    /// Each connection from an address of its own, as gateways have.
    pub(crate) is_spread: bool,
}

/// What was not answered at once.
#[derive(Default)]
pub(crate) struct Tally {
    broken: AtomicU64,
    unavailable: AtomicU64,
}

/// What was answered.
pub(crate) struct Sent {
    pub(crate) load: Load,
    /// When each batch of each connection was answered, since the load began.
    pub(crate) batches: Vec<Vec<Duration>>,
}

impl Sent {
    /// Readings.
    pub(crate) fn answered(&self) -> u64 {
        self.batches.iter().map(|batches| batches.len() as u64 * self.load.batch).sum()
    }
}

impl Tally {
    /// Posts that were not answered with 204.
    pub(crate) fn failed(&self) -> u64 {
        self.broken.load(Ordering::Relaxed) + self.unavailable.load(Ordering::Relaxed)
    }
}

impl core::fmt::Display for Tally {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (broken, unavailable) =
            (self.broken.load(Ordering::Relaxed), self.unavailable.load(Ordering::Relaxed));
        write!(
            f,
            "{} batches sent again ({broken} without an answer, {unavailable} answered 503)",
            broken + unavailable
        )
    }
}

impl Load {
    /// Sends until it is over and all is answered.
    pub(crate) fn send(
        self,
        tally: &Arc<Tally>,
        is_over: impl Fn() -> bool + Clone + Send + 'static,
    ) -> Sent {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let begun = Instant::now();
        let batches = runtime.block_on(async {
            let tasks: Vec<_> = (0..CONNECTIONS)
                .map(|number| {
                    let (load, tally, is_over) = (self.clone(), Arc::clone(tally), is_over.clone());
                    tokio::spawn(async move { load.connect(number, begun, &tally, is_over).await })
                })
                .collect();
            let mut batches = Vec::new();
            for task in tasks {
                batches.push(task.await.unwrap());
            }
            batches
        });
        Sent { load: self, batches }
    }

    async fn connect(
        &self,
        number: u64,
        begun: Instant,
        tally: &Tally,
        is_over: impl Fn() -> bool,
    ) -> Vec<Duration> {
        let interval =
            Duration::from_secs_f64((CONNECTIONS * self.batch) as f64 / f64::from(self.rate));
        let mut ticks = tokio::time::interval(interval);
        let (mut client, mut batches) = (None, Vec::new());
        let mut turn = usize::try_from(number).unwrap();
        while !is_over() {
            ticks.tick().await;
            let first = batches.len() as u64 * self.batch;
            let token = self.token.as_deref();
            let request =
                readings::batch_with(token, self.start, number, first..first + self.batch);
            loop {
                let address = self.addresses[turn % self.addresses.len()];
                match self.deliver(&mut client, number, address, &request).await {
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
            batches.push(begun.elapsed());
        }
        batches
    }

    /// None if there is no answer; the connection is then given up.
    async fn deliver(
        &self,
        client: &mut Option<Connection>,
        number: u64,
        address: SocketAddr,
        request: &[u8],
    ) -> Option<u16> {
        let source = if self.is_spread {
            Ipv4Addr::new(127, 0, 1, u8::try_from(number + 1).unwrap())
        } else {
            Ipv4Addr::UNSPECIFIED
        };
        let exchange = async {
            let mut connection = match client.take() {
                Some(connection) => connection,
                None => Connection::open_from(source, address).await.ok()?,
            };
            let status = connection.exchange(request).await.ok()?;
            *client = Some(connection);
            Some(status)
        };
        tokio::time::timeout(ANSWER_TIMEOUT, exchange).await.ok()?
    }
}

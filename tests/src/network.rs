use readings::{Event, Link, Quantity, Reading, Record};

/// What motes say of themselves that tells one report from another, besides their channels.
const QUANTITIES: [Quantity; 5] = [
    Quantity::CHARGE,
    Quantity::BATTERY_VOLTAGE,
    Quantity::DEVICE_TEMPERATURE,
    Quantity::TX_OK,
    Quantity::RX_OK,
];

/// What the server with this address has stored of events, links and health reports.
///
/// # Panics
/// If it does not answer with these.
#[must_use]
pub fn network(server: &str) -> Vec<Record> {
    let mut records = Vec::new();
    let mut query = Some("?limit=1000".to_owned());
    while let Some(page) = query {
        let (text, next) = get(&format!("{server}api/v1/events{page}"));
        let events: Vec<Event> = serde_json::from_str(&text).expect("a list of events");
        records.extend(events.into_iter().map(Record::from));
        query = next;
    }
    let (text, _) = get(&format!("{server}api/v1/links?from=1970-01-01T00:00:00Z"));
    let links: Vec<Link> = serde_json::from_str(&text).expect("a list of links");
    records.extend(links.into_iter().map(Record::from));
    let channels = (0..=u8::MAX).map_while(Quantity::of_channel).map(|[_, attempts, _]| attempts);
    for quantity in QUANTITIES.into_iter().chain(channels) {
        let (text, _) = get(&format!("{server}api/v1/readings?quantity={quantity}"));
        let readings: Vec<Reading> = serde_json::from_str(&text).expect("a list of readings");
        records.extend(readings.into_iter().map(Record::from));
    }
    records
}

/// The answer, and the query of the next page.
fn get(url: &str) -> (String, Option<String>) {
    let answer = ureq::get(url).call();
    let mut answer = answer.unwrap_or_else(|error| panic!("{url}: {error}"));
    let next = answer.headers().get("link").map(|link| {
        let link = link.to_str().expect("it is text");
        let (query, _) = link.trim_start_matches('<').split_once('>').expect("an address");
        query.to_owned()
    });
    let text = answer.body_mut().with_config().limit(1 << 30).read_to_string();
    (text.unwrap_or_else(|error| panic!("{url}: {error}")), next)
}

use readings::{Mac, Quantity};
use serde_json::{Map, Number, Value};

use super::mote::Mote;
use crate::state::MoteView;

/// What a topic that tells whether somebody is there says.
pub(super) const ONLINE: &str = "online";
pub(super) const OFFLINE: &str = "offline";

/// The values of a mote, as JSON: what is not known is not in it.
pub(super) fn state(
    mac: Mac,
    mote: &Mote,
    quantities: &[Quantity],
    view: Option<&MoteView>,
) -> String {
    let mut all = Map::new();
    all.insert("mac".to_owned(), mac.to_string().into());
    if !mote.label.is_empty() {
        all.insert("label".to_owned(), (*mote.label).into());
    }
    if let Some(newest) = mote.newest() {
        all.insert("timestamp".to_owned(), newest.to_string().into());
    }
    if let Some(view) = view {
        all.insert("state".to_owned(), serde_json::to_value(view.state).unwrap_or_default());
        all.insert("since".to_owned(), view.since.to_string().into());
    }
    if let Some(dbm) = mote.signal() {
        all.insert("rssi".to_owned(), number(dbm));
    }
    all.extend(
        mote.values(quantities)
            .map(|(quantity, value)| (quantity.name().to_owned(), number(value))),
    );
    Value::Object(all).to_string()
}

/// A whole number without a fraction, which some would show.
fn number(value: f64) -> Value {
    const MOST: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and a float counts so far")]
    let whole = (value.fract() == 0.0 && value.abs() <= MOST).then(|| Number::from(value as i64));
    whole.or_else(|| Number::from_f64(value)).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use readings::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::state::MoteState;

    #[test]
    fn what_is_known_is_said_and_nothing_else() {
        let mac = Mac::from([0, 0x17, 0x0d, 0, 0, 0x30, 0x5d, 0x39]);
        let quantities = [Quantity::TEMPERATURE, Quantity::BATTERY_VOLTAGE, Quantity::HOP_DEPTH];
        let time = Timestamp::from_micros(1_500_000);
        let mut mote = Mote::new(3);
        let said = |mote: &Mote, view: Option<&MoteView>| -> Value {
            serde_json::from_str(&state(mac, mote, &quantities, view)).unwrap()
        };
        assert_eq!(said(&mote, None), json!({ "mac": mac }));
        mote.hear(0, time, 21.25);
        mote.hear(1, time, 2987.0);
        mote.hear_signal(time, -61);
        mote.label = "attic".into();
        let view = MoteView { mac, state: MoteState::Late, since: time, pace_seconds: None };
        let expected = json!({
            "mac": mac, "label": "attic", "timestamp": "1970-01-01T00:00:01.500000Z", "state": "late",
            "since": "1970-01-01T00:00:01.500000Z", "rssi": -61, "temperature": 21.25, "battery_voltage": 2987,
        });
        assert_eq!(said(&mote, Some(&view)), expected);
    }
}

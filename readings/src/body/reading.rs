use serde::de::{IgnoredAny, MapAccess};

use super::element::{Element, Fault, Key, check_mac, check_timestamp};
use super::scalar::Scalar;
use super::{Accepted, Posted};
use crate::{Field, Quantity, Reading};

/// An object has one mote, one moment, and the values of one quantity or more. Unknown fields are
/// ignored, as the existing server does.
impl Element for Reading {
    fn read<'de, A: MapAccess<'de>>(
        mut map: A,
        index: usize,
        posted: &mut Posted<Self>,
    ) -> Result<(), A::Error> {
        let (mut mac, mut timestamp) = (None, None);
        // Nearly always there is one, and nothing is allocated for the others.
        let (mut first, mut others) = (None, Vec::new());
        while let Some(Key(key)) = map.next_key()? {
            match key.as_ref() {
                "mac" => mac = Some(map.next_value::<Scalar<'de>>()?),
                "timestamp" => timestamp = Some(map.next_value::<Scalar<'de>>()?),
                name => match name.parse() {
                    Ok(quantity) => {
                        let value = map.next_value::<Scalar<'de>>()?;
                        note(&mut first, &mut others, quantity, value);
                    }
                    Err(_) => drop(map.next_value::<IgnoredAny>()?),
                },
            }
        }
        let checked = check_mac(Field::MAC, mac.as_ref()).and_then(|mac| {
            let first = first.ok_or_else(|| Fault::new(Field::TEMPERATURE, "is missing"))?;
            Ok((mac, first, check_timestamp(timestamp.as_ref())?))
        });
        let (mac, first, timestamp) = match checked {
            Err(fault) => {
                posted.refuse(index, fault);
                return Ok(());
            }
            Ok(checked) => checked,
        };
        for (quantity, value) in core::iter::once(first).chain(others) {
            match check_value(quantity, &value) {
                Ok(value) => {
                    let item = Self { mac, quantity, value, timestamp };
                    posted.accepted.push(Accepted { index, item });
                }
                Err(fault) => posted.refuse(index, fault),
            }
        }
        Ok(())
    }
}

/// The last of two values of the same quantity counts.
fn note<'a>(
    first: &mut Option<(Quantity, Scalar<'a>)>,
    others: &mut Vec<(Quantity, Scalar<'a>)>,
    quantity: Quantity,
    value: Scalar<'a>,
) {
    let mut noted = first.iter_mut().chain(others.iter_mut());
    if let Some((_, noted)) = noted.find(|(noted, _)| *noted == quantity) {
        *noted = value;
    } else if first.is_none() {
        *first = Some((quantity, value));
    } else {
        others.push((quantity, value));
    }
}

fn check_value(quantity: Quantity, value: &Scalar<'_>) -> Result<f64, Fault> {
    let range = quantity.range();
    match value {
        Scalar::Number(value) if range.contains(value) => Ok(*value),
        Scalar::Number(value) => {
            // Written out, the largest has 309 digits.
            let value = if value.abs() < 1e9 { value.to_string() } else { format!("{value:e}") };
            let (least, most) = (range.start(), range.end());
            let reason = format!("{value} is outside {least} to {most} {}", quantity.unit());
            Err(Fault::new(quantity.into(), reason.trim_end()))
        }
        other => Err(Fault::new(quantity.into(), other.instead_of("a number"))),
    }
}

//! What the vendor's default application answers to OAP requests.

mod generator;

use core::cmp::Ordering;
use core::time::Duration;

use oap_core::tag::{ADDRESS, digital_out, info, sensor};
use oap_core::{Address, Body, Message, Method, Request, Response, ResultCode, Tlv, Tlvs};

use super::emitted::emitted;
use super::mote::{Mote, Sensor};
use super::settings::MAX_SAMPLES;
pub(super) use generator::Generator;

/// What fits the data notification that brings it.
const MAX_PAYLOAD_LEN: usize = 90;

impl Mote {
    /// Carries a request out and returns the response; `None` to what is no request.
    pub(super) fn answer(&mut self, now: Duration, payload: &[u8]) -> Option<Vec<u8>> {
        let Ok(Message { control, id, body: Body::Request(request) }) = Message::parse(payload)
        else {
            return None;
        };
        let (result, fields) = match self.execute(now, &request) {
            Ok(fields) => (ResultCode::Ok, fields),
            Err(result) => (result, Vec::new()),
        };
        // The address stands first in the request, as a TLV behind the header of three octets.
        let (&length, octets) = payload.get(4..)?.split_first()?;
        let mut tlvs = vec![Tlv::new(ADDRESS, octets.get(..length.into())?)];
        tlvs.extend(fields);
        let tlvs = Tlvs::from(&tlvs[..]);
        let command = request.method.into();
        let response = |result, tlvs| Message {
            control,
            id,
            body: Body::Response(Response { command, result, tlvs }),
        };
        let mut message = response(result, tlvs);
        if message.buffer_len() > MAX_PAYLOAD_LEN {
            message = response(ResultCode::ExecSize, Tlvs::EMPTY);
        }
        Some(emitted(message.buffer_len(), |buffer| message.emit(buffer)))
    }

    fn execute<'a>(
        &mut self,
        now: Duration,
        request: &Request<'a>,
    ) -> Result<Vec<Tlv<'a>>, ResultCode> {
        let tlvs: Vec<_> = request.tlvs.iter().collect();
        match (request.address, request.method) {
            (Address::Info, Method::Get) => asked_for(&tlvs, &INFO),
            (Address::Info, Method::Put) => Err(ResultCode::RdOnly),
            (Address::Temperature, Method::Get) => {
                let temperature = self.temperature(now).hundredths().cast_unsigned();
                asked_for(&tlvs, &sensor_fields(self.sensor, temperature))
            }
            (Address::Temperature, Method::Put) => {
                // All of it or nothing.
                self.sensor = tlvs.iter().try_fold(self.sensor, changed)?;
                Ok(tlvs)
            }
            (Address::DigitalOut(0..=2), Method::Get) => Err(ResultCode::WrOnly),
            (Address::DigitalOut(index @ 0..=2), Method::Put) => {
                for tlv in &tlvs {
                    let level = match tlv.tag() {
                        digital_out::VALUE => number(tlv, 1, 0..=1)? == 1,
                        _ => return Err(ResultCode::UnkParam),
                    };
                    self.led = if index == 2 { level } else { self.led };
                }
                Ok(tlvs)
            }
            (Address::PkGen, Method::Get) => Err(ResultCode::WrOnly),
            (Address::PkGen, Method::Put) => {
                self.generator = tlvs.iter().try_fold(self.generator.again(), Generator::set)?;
                Ok(tlvs)
            }
            (
                Address::Info | Address::Temperature | Address::DigitalOut(0..=2) | Address::PkGen,
                _,
            ) => Err(ResultCode::NoSupport),
            _ => Err(ResultCode::NotFound),
        }
    }
}

const INFO: [Tlv<'static>; 7] = [
    Tlv::u8(info::SW_REV_MAJ, 1),
    Tlv::u8(info::SW_REV_MIN, 4),
    Tlv::u8(info::SW_REV_PATCH, 1),
    Tlv::u16(info::SW_REV_BUILD, 8),
    Tlv::u16(info::APP_ID, 1),
    Tlv::u32(info::RESET_COUNTER, 1),
    Tlv::u32(info::CHANGE_COUNTER, 0),
];

const fn sensor_fields(settings: Sensor, value: u16) -> [Tlv<'static>; 5] {
    [
        Tlv::u8(sensor::ENABLE, settings.enable as u8),
        Tlv::u32(sensor::RATE, settings.rate_ms),
        Tlv::u8(sensor::SAMPLE_COUNT, settings.sample_count),
        Tlv::u8(sensor::DATA_FORMAT, 0),
        Tlv::u16(sensor::VALUE, value),
    ]
}

/// The fields that a GET names, or all of them if it names none.
fn asked_for<'a>(asked: &[Tlv<'a>], fields: &[Tlv<'static>]) -> Result<Vec<Tlv<'a>>, ResultCode> {
    if asked.is_empty() {
        return Ok(fields.to_vec());
    }
    let field = |tlv: &Tlv<'_>| fields.iter().find(|field| field.tag() == tlv.tag()).copied();
    asked.iter().map(|tlv| field(tlv).ok_or(ResultCode::UnkParam)).collect()
}

fn changed(mut settings: Sensor, tlv: &Tlv<'_>) -> Result<Sensor, ResultCode> {
    match tlv.tag() {
        sensor::ENABLE => settings.enable = number(tlv, 1, 0..=1)? == 1,
        sensor::RATE => settings.rate_ms = number(tlv, 4, 1..=u32::MAX)?,
        sensor::SAMPLE_COUNT => {
            let count = number(tlv, 1, 1..=MAX_SAMPLES.into())?;
            settings.sample_count = u8::try_from(count).map_err(|_| ResultCode::InvValue)?;
        }
        sensor::DATA_FORMAT => {
            number(tlv, 1, 0..=0)?;
        }
        sensor::VALUE => return Err(ResultCode::RdOnly),
        _ => return Err(ResultCode::UnkParam),
    }
    Ok(settings)
}

fn number(
    tlv: &Tlv<'_>,
    width: usize,
    range: core::ops::RangeInclusive<u32>,
) -> Result<u32, ResultCode> {
    match tlv.value().len().cmp(&width) {
        Ordering::Less => Err(ResultCode::FewerBytes),
        Ordering::Greater => Err(ResultCode::TooManyBytes),
        Ordering::Equal => {
            let number = tlv.unsigned().ok().flatten().unwrap_or_default();
            if range.contains(&number) { Ok(number) } else { Err(ResultCode::InvValue) }
        }
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use manager_core::MacAddress;

    use super::super::battery::Battery;
    use super::super::thermometer::Thermometer;
    use super::*;

    const SENSOR: Sensor = Sensor { enable: true, rate_ms: 1000, sample_count: 1 };

    fn mote() -> Mote {
        let thermometer = Thermometer::new(Rng::with_seed(0), 0.0);
        let battery = Battery::new(&mut Rng::with_seed(0));
        Mote::new(MacAddress([1; 8]), SENSOR, thermometer, battery)
    }

    fn answer(mote: &mut Mote, request: &[u8]) -> Vec<u8> {
        mote.answer(Duration::ZERO, request).expect("it is a request")
    }

    #[test]
    fn put_of_the_temperature_changes_the_sensor() {
        let mut mote = mote();
        let put = [5, 0x2A, 2, 0xFF, 1, 5, 0, 1, 0, 1, 4, 0, 0, 0x27, 0x10, 2, 1, 3];
        let response = [7, 0x2A, 2, 0, 0xFF, 1, 5, 0, 1, 0, 1, 4, 0, 0, 0x27, 0x10, 2, 1, 3];
        assert_eq!(answer(&mut mote, &put), response);
        assert_eq!(mote.sensor, Sensor { enable: false, rate_ms: 10_000, sample_count: 3 });
    }

    #[test]
    fn get_of_the_temperature_gives_all_fields_or_those_named() {
        let mut mote = mote();
        let all = answer(&mut mote, &[5, 0, 1, 0xFF, 1, 5]);
        assert_eq!(all[..7], [7, 0, 1, 0, 0xFF, 1, 5]);
        let tlvs = Tlvs::parse(&all[7..]).unwrap();
        let fields = tlvs.sensor_fields();
        assert_eq!(fields.enable(), Ok(Some(true)));
        assert_eq!(fields.rate_ms(), Ok(Some(1000)));
        assert_eq!(fields.sample_count(), Ok(Some(1)));
        assert!(fields.temperature().unwrap().is_some());
        let rate = answer(&mut mote, &[5, 0, 1, 0xFF, 1, 5, 1, 0]);
        assert_eq!(rate[7..], [1, 4, 0, 0, 0x03, 0xE8]);
    }

    #[test]
    fn what_cannot_be_done_changes_nothing_and_says_why() {
        let refused = |request: &[u8]| {
            let mut mote = mote();
            let result = answer(&mut mote, request)[3];
            assert_eq!(mote.sensor, SENSOR);
            ResultCode::from(result)
        };
        assert_eq!(
            refused(&[5, 0, 2, 0xFF, 1, 5, 0, 1, 0, 1, 4, 0, 0, 0, 0]),
            ResultCode::InvValue
        );
        assert_eq!(refused(&[5, 0, 2, 0xFF, 1, 5, 0, 1, 2]), ResultCode::InvValue);
        assert_eq!(refused(&[5, 0, 2, 0xFF, 1, 5, 2, 1, 33]), ResultCode::InvValue);
        assert_eq!(refused(&[5, 0, 2, 0xFF, 1, 5, 1, 2, 1, 0]), ResultCode::FewerBytes);
        assert_eq!(refused(&[5, 0, 2, 0xFF, 1, 5, 0, 2, 0, 1]), ResultCode::TooManyBytes);
        assert_eq!(refused(&[5, 0, 2, 0xFF, 1, 5, 4, 2, 0, 1]), ResultCode::RdOnly);
        assert_eq!(refused(&[5, 0, 2, 0xFF, 1, 5, 9, 1, 1]), ResultCode::UnkParam);
        assert_eq!(refused(&[5, 0, 4, 0xFF, 1, 5]), ResultCode::NoSupport);
        assert_eq!(refused(&[5, 0, 2, 0xFF, 1, 0, 0, 1, 1]), ResultCode::RdOnly);
        assert_eq!(refused(&[5, 0, 1, 0xFF, 2, 3, 2]), ResultCode::WrOnly);
        assert_eq!(refused(&[5, 0, 1, 0xFF, 2, 4, 0]), ResultCode::NotFound);
    }

    #[test]
    fn put_of_the_led_lights_it() {
        let mut mote = mote();
        let response = answer(&mut mote, &[5, 0, 2, 0xFF, 2, 3, 2, 0, 1, 1]);
        assert_eq!(response, [7, 0, 2, 0, 0xFF, 2, 3, 2, 0, 1, 1]);
        assert!(mote.led);
    }

    #[test]
    fn a_response_that_would_not_fit_says_so() {
        let mut put = vec![5, 0, 2, 0xFF, 1, 5];
        put.extend([0, 1, 1].repeat(30));
        assert_eq!(answer(&mut mote(), &put), [7, 0, 2, ResultCode::ExecSize.into()]);
    }

    #[test]
    fn what_is_no_request_is_not_answered() {
        let mut mote = mote();
        for payload in [&[][..], &[5, 0], &[7, 0, 2, 0], &[0, 0, 5, 3], &[5, 0, 2, 0xFF, 9, 5]] {
            assert_eq!(mote.answer(Duration::ZERO, payload), None);
        }
    }
}

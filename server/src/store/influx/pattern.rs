use readings::Mac;

/// Most motes that one question names: so that a question is shorter than the 8 KiB that proxies
/// take, and the answer is soon there.
pub(super) const MOTES_AT_A_TIME: usize = 250;

/// A regular expression for these motes and no others. What all of them begin with is said once:
/// that is what an index is looked up by.
pub(super) fn pattern(macs: &[Mac]) -> String {
    let texts: Vec<String> = macs.iter().map(ToString::to_string).collect();
    let Some((first, others)) = texts.split_first() else { return String::new() };
    if others.is_empty() {
        return first.clone();
    }
    let common =
        |text: &String| first.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
    let shared = others.iter().map(common).min().unwrap_or_default();
    let ends: Vec<&str> = texts.iter().filter_map(|text| text.get(shared..)).collect();
    format!("{}({})", first.get(..shared).unwrap_or_default(), ends.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_motes_have_in_common_is_said_once() {
        let macs: Vec<Mac> =
            ["00-17-0d-00-00-30-5d-39", "00-17-0d-00-00-30-5d-3a", "00-17-0d-00-00-31-5d-39"]
                .into_iter()
                .map(|mac| mac.parse().unwrap())
                .collect();
        assert_eq!(pattern(&macs[..1]), "00-17-0d-00-00-30-5d-39");
        assert_eq!(pattern(&macs[..2]), "00-17-0d-00-00-30-5d-3(9|a)");
        assert_eq!(pattern(&macs), "00-17-0d-00-00-3(0-5d-39|0-5d-3a|1-5d-39)");
        assert_eq!(pattern(&[]), "");
    }

    #[test]
    fn a_question_fits_into_what_proxies_take() {
        let macs: Vec<Mac> = (0..=255).take(MOTES_AT_A_TIME).map(|n| Mac::from([n; 8])).collect();
        let encoded: String = form_urlencoded::byte_serialize(pattern(&macs).as_bytes()).collect();
        assert!(encoded.len() < 7 << 10, "{}", encoded.len());
    }
}

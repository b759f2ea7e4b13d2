//! Octets as people and tools write them.

/// Octets from text such as `7e 00 03`, `7e0003`, `0x7e, 0x00`, `7E:00:03` or `\x7e\x00`. What
/// follows a `#` on its line is a remark. An ellipsis at the end is how a text leaves octets out.
///
/// # Errors
/// If something in it is no octet: what, and where.
pub(super) fn parse_hex(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let text = text.trim_start_matches('\u{feff}').trim_end();
    let text = text.trim_end_matches('…').trim_end_matches("...");
    for (index, line) in text.lines().enumerate() {
        let line = line.split_once('#').map_or(line, |(hex, _remark)| hex);
        for word in line.split(is_separator).filter(|word| !word.is_empty()) {
            push(&mut octets, word)
                .map_err(|reason| format!("line {}: {} {reason}", index + 1, shown(word)))?;
        }
    }
    Ok(octets)
}

/// The beginning of a word that may be anything, of any length.
fn shown(word: &str) -> String {
    let begin: String = word.chars().take(32).flat_map(char::escape_debug).collect();
    let rest = if word.chars().nth(32).is_some() { "…" } else { "" };
    format!("\"{begin}{rest}\"")
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || ",;:-_\\[](){}\"'".contains(character)
}

fn push(octets: &mut Vec<u8>, word: &str) -> Result<(), &'static str> {
    let prefix = ["0x", "0X", "x"].iter().find_map(|prefix| word.strip_prefix(prefix));
    let digits: Option<Vec<u8>> = prefix
        .unwrap_or(word)
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect();
    match digits.ok_or("is not hexadecimal")?.as_slice() {
        [] => return Err("lacks digits"),
        [digit] if prefix.is_some() => octets.push(*digit),
        digits if digits.len() % 2 == 0 => {
            octets.extend(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
        }
        _ => return Err("has an odd number of digits"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_read_however_they_are_written() {
        for text in [
            "7e000302",
            "7E 00 03 02",
            "7e:00:03:02",
            "0x7e, 0x0, 0x3, 0x02",
            "[0x7e, 0x00, 0x03, 0x02]",
            "0x7e000302\n",
            r#"b"\x7e\x00\x03\x02""#.trim_start_matches('b'),
            "7e 00 # a flag and a control\n03 02\r\n",
            "\u{feff}7E000302…",
            "7e 00 03 02 ...\n",
        ] {
            assert_eq!(parse_hex(text), Ok(vec![0x7e, 0, 3, 2]), "{text}");
        }
        assert_eq!(parse_hex(" \n"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_octet_is_named() {
        for (text, reason) in [
            ("7e\n0g", "line 2: \"0g\" is not hexadecimal"),
            ("7e0", "line 1: \"7e0\" has an odd number of digits"),
            ("7e…00", "line 1: \"7e…00\" is not hexadecimal"),
            ("0x", "line 1: \"0x\" lacks digits"),
        ] {
            assert_eq!(parse_hex(text), Err(reason.to_owned()), "{text}");
        }
    }
}

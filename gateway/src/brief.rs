//! What others say, as people may see it.

/// Longest that is shown, in characters. A server may say what it likes.
const LENGTH: usize = 200;

/// The start of a text, with everything escaped that could do something to a terminal.
pub(crate) fn brief(text: &str) -> String {
    let mut brief = String::new();
    let mut length = 0;
    for character in text.chars() {
        let start = brief.len();
        if is_plain(character) {
            brief.push(character);
            length += 1;
        } else {
            brief.extend(character.escape_default());
            length += brief.len() - start;
        }
        if length > LENGTH {
            brief.truncate(start);
            break;
        }
    }
    brief
}

/// Neither a control character nor one of those that turn the writing's direction or are not seen.
fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_short_and_plain_and_does_not_change_again() {
        let text = brief("a\n\u{1b}[2J\u{202e}ö\0");
        assert_eq!(text, r"a\n\u{1b}[2J\u{202e}ö\u{0}");
        assert_eq!(brief(&text), text);
        assert_eq!(brief(&"ö".repeat(1000)).chars().count(), 200);
        let escaped = brief(&"\u{1b}".repeat(1000));
        assert!(escaped.len() <= 200 && escaped.ends_with('}'), "{escaped}");
    }
}

use core::fmt::{self, Display, Write};

/// Settings as they are in force, as lines of a configuration file (TOML): `name = value`.
#[derive(Clone, Debug, Default)]
pub struct SettingLines(String);

impl SettingLines {
    /// A setting that is a number, or true or false.
    pub fn number(&mut self, name: &str, value: impl Display) {
        self.line(format_args!("{name} = {value}"));
    }

    /// A setting that is text, a name or a path.
    pub fn text(&mut self, name: &str, value: impl Display) {
        self.line(format_args!("{name} = {}", quoted(&value.to_string())));
    }

    /// A setting that is text, or else what it means that it is not set.
    pub fn text_or(&mut self, name: &str, value: Option<impl Display>, unset: &str) {
        match value {
            Some(value) => self.text(name, value),
            None => self.remark(format_args!("{name} is not set: {unset}")),
        }
    }

    /// What is no setting of the file, such as that there is a secret.
    pub fn remark(&mut self, text: impl Display) {
        self.line(format_args!("# {text}"));
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        // A String takes whatever is written to it.
        let _ = writeln!(self.0, "{line}");
    }
}

impl Display for SettingLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_is_a_line_of_toml() {
        let mut lines = SettingLines::default();
        lines.remark("in force");
        lines.number("limit", 64);
        lines.text("folder", "/srv/\"a\\b\"\n°");
        lines.text_or("file", None::<&str>, "none is read");
        let expected = "# in force\nlimit = 64\nfolder = \"/srv/\\\"a\\\\b\\\"\\u000a°\"\n\
                        # file is not set: none is read\n";
        assert_eq!(lines.to_string(), expected);
    }
}

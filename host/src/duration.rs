use core::time::Duration;

/// A time with its unit, such as `12h` or `150ms`, that is more than none.
///
/// # Errors
/// What is wrong, and how to write it.
pub fn some_time(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write it as 150ms, 90m or 12h"))?;
    if duration.is_zero() {
        return Err("expected more than zero".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_and_is_not_zero() {
        assert_eq!(some_time("90m"), Ok(Duration::from_secs(5400)));
        for (text, said) in
            [("0s", "more than zero"), ("0", "more than zero"), ("5", "12h"), ("soon", "12h")]
        {
            let error = some_time(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}

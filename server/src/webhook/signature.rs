use ring::hmac;

/// What a notice is signed with: `t=TIME,v1=HMAC`, where the HMAC-SHA256 is of `TIME.BODY`. The time,
/// in seconds since 1970, is signed too, so that nobody can send an old notice again much later.
pub(super) fn sign(secret: &str, unix_seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{unix_seconds}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|octet| format!("{octet:02x}")).collect();
    format!("t={unix_seconds},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '1764000000.{}' | openssl dgst -sha256 -hmac secret`
    #[test]
    fn it_is_what_openssl_makes_of_it() {
        let expected = "b691197929ebc73b102d12f9a4689644cb2d1a38c9f2d1883b9f478077313f85";
        assert_eq!(sign("secret", 1_764_000_000, "{}"), format!("t=1764000000,v1={expected}"));
    }
}

use std::path::{Path, PathBuf};

use thiserror::Error;
use ureq::tls::{PemItem, RootCerts, parse_pem};

/// The certificate authorities cannot be used.
#[derive(Debug, Error)]
#[error("the certificate authorities in {path} cannot be used: {reason}", path = path.display())]
pub struct CaError {
    path: PathBuf,
    reason: String,
}

/// The certificate authorities of a file in PEM.
pub(super) fn read_certificates(path: &Path) -> Result<RootCerts, CaError> {
    let fault = |reason: String| CaError { path: path.to_owned(), reason };
    let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| fault(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(fault("there is no certificate in PEM".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

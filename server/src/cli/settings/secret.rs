use std::path::{Path, PathBuf};

use anyhow::Context;

/// From its file, else the environment, else systemd's credentials; never the command line, where
/// everyone on the machine can read it.
pub(super) fn secret(
    name: &str,
    variable: &str,
    file: &Option<PathBuf>,
) -> anyhow::Result<Option<String>> {
    let variable = host::variable(&format!("CLOUDDATA_{variable}"));
    let file = match (file, variable) {
        (Some(file), _) => file.clone(),
        (None, Some(value)) => return Ok(Some(value.to_string_lossy().into_owned())),
        (None, None) => match credential(name) {
            Some(file) => file,
            None => return Ok(None),
        },
    };
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read the secret in {}", file.display()))?;
    Ok(Some(text.trim().to_owned()))
}

/// The file of a credential that systemd passes on (`LoadCredential=`).
pub(super) fn credential(name: &str) -> Option<PathBuf> {
    let folder = host::variable("CREDENTIALS_DIRECTORY")?;
    Some(Path::new(&folder).join(name)).filter(|file| file.exists())
}

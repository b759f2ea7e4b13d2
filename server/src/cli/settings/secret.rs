use std::path::PathBuf;

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
        (None, None) => match host::credential(name) {
            Some(file) => file,
            None => return Ok(None),
        },
    };
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read the secret in {}", file.display()))?;
    Ok(Some(text.trim().to_owned()))
}

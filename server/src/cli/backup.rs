use std::path::Path;

use anyhow::anyhow;
use clouddata_server::{Config, Embedded, StoreChoice};

use super::{Failure, IO_ERROR, USAGE};

pub(super) fn run(config: &Config, file: &Path) -> Result<(), Failure> {
    if !matches!(config.store, StoreChoice::Embedded) {
        let error =
            anyhow!("only the embedded store is backed up here; use the engine's own means");
        return Err(Failure::new(USAGE, error));
    }
    let database = config.data_dir.join(Embedded::FILE_NAME);
    Embedded::back_up(&database, file).map_err(|error| Failure::new(IO_ERROR, error))?;
    println!("{} is copied to {}", database.display(), file.display());
    Ok(())
}

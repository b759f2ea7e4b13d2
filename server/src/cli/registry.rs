use clouddata_server::{
    Config, Directory, Name, Registry, RegistryError, SitesFile, StoreChoice, connect_registry,
};
use host::{Failure, exit};

/// What sites and tokens there are: those of the server that has run here, or of all that share its
/// store.
pub(super) fn open(config: &Config) -> Result<Box<dyn Registry>, Failure> {
    match &config.store {
        StoreChoice::Cluster(cluster) => connect_registry(cluster).map_err(|error| fault(&error)),
        StoreChoice::Embedded | StoreChoice::Influx(_) => open_file(config),
    }
}

fn open_file(config: &Config) -> Result<Box<dyn Registry>, Failure> {
    let (folder, path) = (config.data_dir.display(), config.data_dir.join(SitesFile::FILE_NAME));
    // Made by the server, so that it is the server's: this may be run by somebody else.
    if !path.exists() {
        return Err(Failure::new(
            exit::NO_INPUT,
            format_args!(
                "no server has been started that keeps sites in {folder}: there is no {}; start \
                 it, or name its folder with --data-dir",
                path.display()
            ),
        ));
    }
    if host::is_write_refused(&path) {
        return Err(Failure::new(
            exit::NO_PERMISSION,
            format_args!(
                "{} may not be written; try with sudo, or as the server's user",
                path.display()
            ),
        ));
    }
    Ok(Box::new(SitesFile::open(&config.data_dir).map_err(|error| fault(&error))?))
}

/// That the store which is chosen keeps more sites than the default one.
pub(super) fn check_store(config: &Config) -> Result<(), Failure> {
    match config.store {
        StoreChoice::Embedded | StoreChoice::Cluster(_) => Ok(()),
        StoreChoice::Influx(_) => Err(fault(&RegistryError::NoStores)),
    }
}

/// All that it knows.
pub(super) fn look(registry: &mut dyn Registry) -> Result<Directory, Failure> {
    Ok(registry.changes().map_err(|error| fault(&error))?.unwrap_or_default())
}

/// The number of a site, by its name.
pub(super) fn number(directory: &Directory, site: &Name) -> Result<u32, Failure> {
    if site.is_default() {
        return Ok(0);
    }
    let known = directory.site(site.as_str()).map(|site| site.number);
    known.ok_or_else(|| fault(&RegistryError::NoSite(site.clone())))
}

/// What it says, with the exit code that says the same.
pub(super) fn fault(error: &RegistryError) -> Failure {
    let code = match error {
        RegistryError::NoSite(_) | RegistryError::NoToken(_) => exit::NO_INPUT,
        RegistryError::SiteExists(_) | RegistryError::TokenExists(_) => exit::CANNOT_CREATE,
        RegistryError::DefaultSite | RegistryError::Limit(_) => exit::USAGE,
        RegistryError::NoStores => exit::CONFIGURATION,
        RegistryError::Unavailable(_) => exit::IO,
    };
    Failure::new(code, error)
}

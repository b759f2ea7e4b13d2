use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::metered::Metered;
use super::registry::{Registry, RegistryError};
use super::{Directory, Scopes, Site, Usage, Visit};
use crate::app::App;
use crate::bus;
use crate::state::recall;
use crate::store::Stores;

/// How long who comes to a server that has just been started may wait until it is known what sites there are: with
/// what it takes to store something, less than a gateway waits for its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// All sites of a server, each with its app, and the way to them.
pub(crate) struct House {
    /// That of the default site.
    pub(crate) default: Arc<App>,
    directory: RwLock<Arc<Directory>>,
    /// Those that somebody has asked for since the server was started.
    apps: Mutex<HashMap<u32, Inhabited>>,
    stores: Option<Arc<dyn Stores>>,
    registry: Option<Mutex<Box<dyn Registry>>>,
    /// Changes with the directory.
    revision: watch::Sender<u64>,
}

/// A site that is at work.
struct Inhabited {
    site: Arc<Site>,
    app: Arc<App>,
}

impl Inhabited {
    /// Goes by what the site is now.
    fn follow(&mut self, now: &Arc<Site>, stores: Option<&dyn Stores>) {
        if self.site.limits != now.limits {
            self.app.usage.limit(&now.limits);
            self.app.guard.streams().limit(now.limits.streams);
            // To ask for a store is to say what it may keep.
            let _ = stores.map(|stores| stores.of(now));
        }
        self.site = Arc::clone(now);
    }
}

impl House {
    /// Of the default site alone.
    pub(crate) fn alone(default: Arc<App>) -> Self {
        Self {
            default,
            directory: RwLock::default(),
            apps: Mutex::default(),
            stores: None,
            registry: None,
            revision: watch::Sender::new(0),
        }
    }

    /// With those of a registry, if there are stores for them.
    ///
    /// # Errors
    /// If the registry cannot be read, or has sites for which there are no stores.
    pub(crate) fn with(
        default: Arc<App>,
        registry: Box<dyn Registry>,
        stores: Option<Arc<dyn Stores>>,
    ) -> Result<Self, RegistryError> {
        let (registry, directory) = (Some(Mutex::new(registry)), Directory::unknown());
        let directory = RwLock::new(Arc::new(directory));
        let house = Self { stores, registry, directory, ..Self::alone(default) };
        house.refresh()?;
        if house.stores.is_none() && house.directory().sites().next().is_some() {
            return Err(RegistryError::NoStores);
        }
        Ok(house)
    }

    /// What sites and tokens there are.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until that is known, but not for long.
    pub(crate) async fn until_known(&self) {
        let mut revision = self.revision.subscribe();
        let known = async {
            // The house is there, so it changes.
            while !self.directory().is_known() && revision.changed().await.is_ok() {}
        };
        // If it has taken too long, they are told so.
        let _ = tokio::time::timeout(PATIENCE, known).await;
    }

    /// Looks what sites and tokens there are now. Those that are gone serve nobody any more.
    pub(crate) fn refresh(&self) -> Result<(), RegistryError> {
        self.register(|registry| registry.changes()).map(|changed| {
            if let Some(directory) = changed {
                self.replace(directory);
            }
        })
    }

    /// Asks the registry, or changes it. It may have to wait for a disk.
    pub(crate) fn register<T>(
        &self,
        act: impl FnOnce(&mut dyn Registry) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        let registry = self.registry.as_ref().ok_or(RegistryError::NoStores)?;
        act(&mut **registry.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many readings, links and events a site has stored, if that is counted.
    pub(crate) fn stored(&self, number: u32) -> Option<u64> {
        self.stores.as_ref()?.stored(number)
    }

    /// Whether there can be sites.
    pub(crate) const fn has_stores(&self) -> bool {
        self.stores.is_some()
    }

    fn replace(&self, directory: Directory) {
        let directory = Arc::new(directory);
        let before = core::mem::replace(
            &mut *self.directory.write().unwrap_or_else(PoisonError::into_inner),
            Arc::clone(&directory),
        );
        self.lock().retain(|&number, inhabited| {
            let now = directory.numbered(number);
            match now {
                Some(now) => inhabited.follow(now, self.stores.as_deref()),
                None => inhabited.app.stop(),
            }
            now.is_some()
        });
        if let Some(stores) = &self.stores {
            let new = directory.gone().iter().filter(|number| !before.gone().contains(number));
            new.for_each(|&number| stores.forget(number));
        }
        self.revision.send_modify(|revision| *revision += 1);
    }

    /// The app of a site; none, if there is no such site.
    pub(super) fn app(&self, number: u32) -> Option<Arc<App>> {
        let mut apps = self.lock();
        if let Some(known) = apps.get(&number) {
            return Some(Arc::clone(&known.app));
        }
        // Looked up under the lock: what is made here must not be of a site that has just changed.
        let directory = self.directory();
        let site = directory.numbered(number)?;
        let usage = Arc::new(Usage::new(&site.limits));
        let store = self.stores.as_ref()?.of(site);
        let store = Arc::new(Metered { store, usage: Arc::clone(&usage) });
        let app = self.default.beside(store, usage, site);
        apps.insert(number, Inhabited { site: Arc::clone(site), app: Arc::clone(&app) });
        drop(apps);
        bus::follow(&app, &Handle::current());
        let made = Arc::clone(&app);
        tokio::spawn(async move {
            let mut stopped = made.stopped();
            tokio::select! {
                _ = stopped.wait_for(|&stopped| stopped) => {}
                () = recall(&made.states, &made.store) => made.states.end_recall(),
            }
        });
        Some(app)
    }

    /// The apps that are at work, but for the default site's, with their names.
    pub(crate) fn inhabited(&self) -> Vec<(Arc<Site>, Arc<App>)> {
        let mut all: Vec<_> = self
            .lock()
            .values()
            .map(|Inhabited { site, app }| (Arc::clone(site), Arc::clone(app)))
            .collect();
        all.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
        all
    }

    /// Looks at the clock for each site; forgets what is older than the retention, if told to.
    pub(super) fn look(&self, forget: bool) {
        for (_, app) in self.inhabited() {
            app.states.look();
            if forget {
                app.states.forget(app.keeping.retention);
            }
        }
    }

    /// Ends what would else go on for ever, of all sites.
    pub(crate) fn stop(&self) {
        self.default.stop();
        self.lock().values().for_each(|inhabited| inhabited.app.stop());
    }

    /// Returns when what goes on must end: the app stops, or the visitor may look no longer.
    pub(crate) fn end_of(
        self: &Arc<Self>,
        visit: Visit,
    ) -> impl Future<Output = ()> + Send + use<> {
        let house = Arc::clone(self);
        let mut revision = house.revision.subscribe();
        async move {
            let mut stopped = visit.app.stopped();
            loop {
                tokio::select! {
                    _ = stopped.wait_for(|&stopped| stopped) => return,
                    changed = revision.changed() => {
                        if changed.is_err() || !house.may_look(&visit) {
                            return;
                        }
                    }
                }
            }
        }
    }

    fn may_look(&self, visit: &Visit) -> bool {
        let directory = self.directory();
        if visit.site == 0 {
            return true;
        }
        let Some(site) = directory.numbered(visit.site) else { return false };
        let token = visit.token.as_ref().filter(|token| directory.has(token));
        site.public || (token.is_some() && visit.scopes.allow(Scopes::READ))
    }

    /// The app of a site, if it is at work.
    pub(super) fn at_work(&self, number: u32) -> Option<Arc<App>> {
        if number == 0 {
            return Some(Arc::clone(&self.default));
        }
        self.lock().get(&number).map(|inhabited| Arc::clone(&inhabited.app))
    }

    /// What has the sites' stores.
    pub(super) const fn stores(&self) -> Option<&Arc<dyn Stores>> {
        self.stores.as_ref()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Inhabited>> {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::guard::Guard;
    use crate::store::Embedded;
    use crate::tokens::Tokens;

    #[tokio::test(start_paused = true)]
    async fn who_comes_too_soon_waits_until_it_is_known_what_sites_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let retention = Duration::from_secs(60);
        let store = Embedded::open(folder.path().join(Embedded::FILE_NAME), retention).unwrap();
        let guard = Guard::new(Tokens::default(), None);
        let house = House::alone(App::new(Arc::new(store), retention, guard));
        let begun = Instant::now();
        house.until_known().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        house.replace(Directory::unknown());
        house.until_known().await;
        assert_eq!(begun.elapsed(), PATIENCE);
        let told = async { house.replace(Directory::default()) };
        tokio::join!(house.until_known(), told);
        assert_eq!(begun.elapsed(), PATIENCE);
    }
}

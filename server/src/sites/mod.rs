//! Sites: a customer's own motes, labels, tokens, page and limits, on a server that has many.
//!
//! - A site is an [`App`](crate::app::App) of its own. A handler is given that of the site whose
//!   request it is, and has no way to another's.
//! - Whose request it is, the [`House`] finds out before anything else does: by the token, or by a
//!   path that begins with `/s/NAME/`.
//! - The default site, number 0, is what a server without sites is: its files, its tokens file, and
//!   that everybody may look.
//! - What sites and tokens there are, a [`Registry`] keeps, and the program changes it while a
//!   server runs.
//! - Nothing tells a site that does not exist from one that one may not see.

pub(crate) mod api;
mod cookie;
mod directory;
mod door;
mod exposition;
mod file;
mod house;
mod limits;
mod metered;
mod name;
mod path;
mod registry;
mod scopes;
mod secret;
mod spending;
mod upkeep;
mod usage;
mod visit;

pub use directory::{Directory, Site, Token};
pub(crate) use door::{Turned, keep_private};
pub use file::SitesFile;
pub(crate) use house::House;
pub use limits::Limits;
pub use name::{Name, ParseNameError};
pub use registry::{NewToken, Registry, RegistryError};
pub(crate) use registry::{check_name, first_number};
pub use scopes::{ParseScopesError, Scopes};
pub use secret::Secret;
pub(crate) use spending::spend;
pub(crate) use upkeep::Upkeep;
pub(crate) use usage::Usage;
pub(crate) use visit::{Served, Visit};

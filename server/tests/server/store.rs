//! The store that the tests of the contract talk to.

use std::path::Path;
use std::sync::Arc;

use clouddata_server::{Embedded, Store};

use crate::fixture::HOUR;

pub(crate) fn open(folder: &Path) -> Arc<dyn Store> {
    Arc::new(Embedded::open(folder.join(Embedded::FILE_NAME), HOUR).unwrap())
}

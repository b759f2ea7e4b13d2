use core::time::Duration;
use std::io::Write;

use clouddata_server::{
    ClusterConfig, Config, Embedded, Format, Influx, Keeping, Selection, Store, StoreChoice,
    StoreError, parse_moment, render_page,
};
use host::{Failure, Output, exit};
use readings::Timestamp;

use super::arguments::{Export, FileFormat};
use super::database::database;

/// Readings fetched at a time.
const PAGE: usize = 5_000;

pub(super) fn run(config: &Config, options: &Export) -> Result<(), Failure> {
    let now = Timestamp::now();
    let moment = |text: &Option<String>, default| match text {
        Some(text) => parse_moment(text, now).map_err(|error| Failure::new(exit::USAGE, error)),
        None => Ok(default),
    };
    let selection = Selection {
        quantity: options.quantity,
        macs: options.mac.clone(),
        from: moment(&options.from, Timestamp::from_micros(0))?,
        to: moment(&options.to, Timestamp::from_micros(i64::MAX))?,
    };
    let store: Box<dyn Store> = match &config.store {
        StoreChoice::Embedded => {
            // All that is in the file, also what the server has not deleted yet.
            let keeping = Keeping {
                retention: Duration::MAX,
                network_retention: Duration::MAX,
                ..config.keeping()
            };
            let store = Embedded::open_read_only(database(config)?, keeping);
            Box::new(store.map_err(|error| Failure::new(exit::IO, error))?)
        }
        // What is only in the log yet is soon in the history.
        StoreChoice::Influx(influx)
        | StoreChoice::Cluster(ClusterConfig { history: influx, .. }) => {
            let store = Influx::open(influx, config.keeping(), &config.data_dir);
            Box::new(store.map_err(|error| Failure::new(exit::OS, error))?)
        }
    };
    let format = match options.format {
        FileFormat::Csv => Format::Csv,
        FileFormat::Json => Format::Json,
        FileFormat::Lp => Format::Lines,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failure::new(exit::OS, error))?;
    runtime.block_on(write(&*store, selection, format))
}

async fn write(store: &dyn Store, selection: Selection, format: Format) -> Result<(), Failure> {
    let unavailable = |error| match error {
        StoreError::Unavailable(reason) => Failure::new(exit::UNAVAILABLE, reason),
        StoreError::Busy | StoreError::TooManyQueries | StoreError::Full { .. } => {
            Failure::new(exit::UNAVAILABLE, error)
        }
    };
    let mut output = Output::stdout();
    let quantity = selection.quantity;
    let mut after = None;
    loop {
        let page = store.page(selection.clone(), after, PAGE).await.map_err(unavailable)?;
        let (is_first, is_last) = (after.is_none(), page.len() < PAGE);
        let written = output.write_all(&render_page(format, quantity, &page, is_first, is_last));
        written.and_then(|()| output.flush()).map_err(|error| Failure::of_output(&error))?;
        if is_last || !output.is_open() {
            return Ok(());
        }
        after = page.last().map(|last| (last.mac, last.time));
    }
}

use std::io::{self, Write};

use anyhow::anyhow;
use clouddata_server::{
    Config, Embedded, Format, Influx, Selection, Store, StoreChoice, StoreError, parse_moment,
    render_page,
};
use readings::Timestamp;

use super::arguments::{Export, FileFormat};
use super::{Failure, IO_ERROR, OS_ERROR, UNAVAILABLE, USAGE};

/// Readings fetched at a time.
const PAGE: usize = 5_000;

pub(super) fn run(config: &Config, options: &Export) -> Result<(), Failure> {
    let now = Timestamp::now();
    let moment = |text: &Option<String>, default| match text {
        Some(text) => parse_moment(text, now).map_err(|error| Failure::new(USAGE, anyhow!(error))),
        None => Ok(default),
    };
    let selection = Selection {
        macs: options.mac.clone(),
        from: moment(&options.from, Timestamp::from_micros(0))?,
        to: moment(&options.to, Timestamp::from_micros(i64::MAX))?,
    };
    let store: Box<dyn Store> = match &config.store {
        StoreChoice::Embedded => {
            let path = config.data_dir.join(Embedded::FILE_NAME);
            let store = Embedded::open_read_only(path, config.retention);
            Box::new(store.map_err(|error| Failure::new(IO_ERROR, error))?)
        }
        StoreChoice::Influx(influx) => {
            let store = Influx::open(influx, config.retention);
            Box::new(store.map_err(|error| Failure::new(OS_ERROR, error))?)
        }
    };
    let format = match options.format {
        FileFormat::Csv => Format::Csv,
        FileFormat::Json => Format::Json,
        FileFormat::Lp => Format::Lines,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failure::new(OS_ERROR, error))?;
    runtime.block_on(write(&*store, selection, format))
}

async fn write(store: &dyn Store, selection: Selection, format: Format) -> Result<(), Failure> {
    let unavailable = |error| match error {
        StoreError::Unavailable(reason) => Failure::new(UNAVAILABLE, anyhow!(reason)),
        StoreError::Busy => Failure::new(UNAVAILABLE, error),
    };
    let mut output = io::stdout().lock();
    let mut after = None;
    loop {
        let page = store.page(selection.clone(), after, PAGE).await.map_err(unavailable)?;
        let (is_first, is_last) = (after.is_none(), page.len() < PAGE);
        let written = output.write_all(&render_page(format, &page, is_first, is_last));
        match written.and_then(|()| output.flush()) {
            Ok(()) => {}
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::new(IO_ERROR, error)),
        }
        if is_last {
            return Ok(());
        }
        after = page.last().map(|last| (last.mac, last.time));
    }
}

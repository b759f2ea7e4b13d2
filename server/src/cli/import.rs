//! Sends a file's readings to a running server, which judges them as it does a gateway's.

mod csv;
mod input;
mod json;
mod lines;
mod lp;
mod record;
mod sender;
mod tally;

use std::path::Path;

use clouddata_server::Config;
use host::{Failure, exit};

use super::arguments::{FileFormat, Import};
use super::settings::address;
use super::told;
use record::{Place, ReadError, Record};
use sender::Sender;
use tally::Tally;

/// Readings in one request: some 600 kB.
const BATCH: usize = 5_000;

/// Records that may be no readings, one after the other from the first, before the file is taken
/// for something else.
const PATIENCE: u64 = 100;

pub(super) fn run(config: &Config, options: &Import) -> Result<(), Failure> {
    let format = options.format.or_else(|| format_of(&options.file)).ok_or_else(|| {
        Failure::new(exit::USAGE, "the file's name does not tell its format; say --format")
    })?;
    let input = input::open(&options.file)?;
    let server = match &options.server {
        Some(url) => {
            address("--server", url).map_err(|error| Failure::new(exit::USAGE, told(&error)))?
        }
        None => format!("http://{}", config.listen),
    };
    let sender = Sender::new(&server, options.token_file.as_deref())?;
    let records = match format {
        FileFormat::Csv => csv::read(input),
        FileFormat::Json => json::read(input),
        FileFormat::Lp => lp::read(input, options.precision),
    };
    let name = match options.file.as_os_str().to_str() {
        Some("-") => "the input".to_owned(),
        _ => options.file.display().to_string(),
    };
    let mut tally = Tally::default();
    let sent = send(records, &sender, &mut tally);
    host::print(format_args!("{tally}\n"))?;
    sent.map_err(|failure| match failure.code() {
        exit::DATA => Failure::new(exit::DATA, format_args!("{name}: {}", failure.reason())),
        _ => failure,
    })?;
    tally.verdict(&name)
}

fn send(
    records: impl Iterator<Item = Result<Record, ReadError>>,
    sender: &Sender,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let mut batch = Vec::new();
    for (record, number) in records.zip(1..) {
        let Record { line, reading } = match record {
            Ok(record) => record,
            Err(error) => {
                // What is before it is good.
                sender.send(&mut batch, tally)?;
                return Err(error.into());
            }
        };
        let place = Place { number, line };
        match reading {
            Ok(reading) => batch.push((place, reading)),
            Err(reason) => tally.refuse(place, None, &reason),
        }
        if batch.is_empty() && tally.is_nothing_but_refused(PATIENCE) {
            return Err(Failure::new(exit::DATA, "these are no readings in this format"));
        }
        if batch.len() == BATCH {
            sender.send(&mut batch, tally)?;
        }
    }
    sender.send(&mut batch, tally)
}

/// By the file's name, without what says that it is compressed.
fn format_of(file: &Path) -> Option<FileFormat> {
    let name = file.file_name()?.to_str()?.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.')?.1 {
        "csv" => Some(FileFormat::Csv),
        "json" | "jsonl" | "ndjson" => Some(FileFormat::Json),
        "lp" => Some(FileFormat::Lp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_tells_its_format() {
        for (name, format) in [
            ("a.csv", Some(FileFormat::Csv)),
            ("a.b.CSV.gz", Some(FileFormat::Csv)),
            ("a.ndjson", Some(FileFormat::Json)),
            ("a.lp.gz", Some(FileFormat::Lp)),
            ("a.txt", None),
            ("csv", None),
        ] {
            assert_eq!(format_of(Path::new(name)), format, "{name}");
        }
    }
}

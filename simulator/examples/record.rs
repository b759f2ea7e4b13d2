//! Writes what goes over the line in so many hours of a simulated network, a frame a line:
//! microseconds, `>` from the client or `<` from the manager, hexadecimal digits.
//!
//! ```sh
//! cargo run --release -p clouddata-simulator --example record -- 24 20 > day.txt
//! ```

use core::error::Error;
use core::time::Duration;
use std::env;
use std::io::{self, BufWriter, Write};

use clouddata_simulator::{Recording, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let hours: u64 = arguments.next().map_or(Ok(24), |hours| hours.parse())?;
    let motes = arguments.next().map_or(Ok(20), |motes| motes.parse())?;
    let settings =
        Settings { motes, period: Duration::from_secs(30), analog: true, ..Settings::default() };
    let end = Duration::from_secs(hours * 3600);
    let mut out = BufWriter::new(io::stdout().lock());
    for frame in Recording::new(settings, Duration::from_secs(3600))? {
        if frame.at > end {
            break;
        }
        writeln!(out, "{frame}")?;
    }
    Ok(out.flush()?)
}

use core::fmt::Write;
use std::path::Path;

use clouddata_server::{Config, Limits, Site, SitesFile, StoreChoice};
use host::{Failure, exit};
use serde_json::{Map, Value, json};

use super::arguments::{LimitOptions, SiteCommand};
use super::backup::copy;
use super::registry::{check_store, fault, look, open};

pub(super) fn run(config: &Config, command: SiteCommand) -> Result<(), Failure> {
    let mut registry = open(config)?;
    let done = match command {
        SiteCommand::Add { name, public, limits } => {
            check_store(config)?;
            let limits = Limits::default().changed(&changes(&limits)).unwrap_or_default();
            let site = registry.add_site(&name, public, &limits);
            site.map(|site| format!("added {}", told(&site)))
        }
        SiteCommand::Limit { name, public, private, limits } => {
            let public = (public || private).then_some(public);
            registry.change_site(&name, public, &changes(&limits)).map(|site| told(&site))
        }
        SiteCommand::Remove { name } => registry.remove_site(&name).map(|site| {
            let name = site.name;
            format!("removed {name}: its tokens are good no more, and what it has is deleted\n")
        }),
        SiteCommand::Backup { file } => return back_up(config, &file),
        SiteCommand::List => Ok(look(&mut *registry)?.sites().map(|site| told(site)).collect()),
    };
    host::print(done.map_err(|error| fault(&error))?)
}

fn back_up(config: &Config, file: &Path) -> Result<(), Failure> {
    if matches!(config.store, StoreChoice::Cluster(_)) {
        let reason = "the sites are in NATS: copy them with its own program, \
                      nats stream backup KV_clouddata-sites FOLDER";
        return Err(Failure::new(exit::USAGE, reason));
    }
    copy(&config.data_dir.join(SitesFile::FILE_NAME), file)
}

/// A site in one line.
fn told(site: &Site) -> String {
    let looks = if site.public { "public" } else { "private" };
    let mut text = format!("{}  number {}  {looks}", site.name, site.number);
    if let Ok(Value::Object(limits)) = serde_json::to_value(&site.limits) {
        for (name, limit) in limits.iter().filter(|(_, limit)| !limit.is_null()) {
            // Text takes whatever is written to it.
            let _ = write!(text, "  {name} {limit}");
        }
    }
    text.push('\n');
    text
}

/// The limits that were named.
fn changes(options: &LimitOptions) -> Map<String, Value> {
    let LimitOptions { readings_per_second, motes, stored_readings, streams, queried_per_second } =
        options;
    let limits = [
        ("readings_per_second", readings_per_second),
        ("motes", motes),
        ("stored_readings", stored_readings),
        ("streams", streams),
        ("queried_per_second", queried_per_second),
    ];
    let named = limits.into_iter().filter_map(|(name, limit)| Some((name, (*limit)?)));
    named.map(|(name, limit)| (name.to_owned(), json!(limit.0))).collect()
}

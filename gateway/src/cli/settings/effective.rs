//! The settings in force, as a configuration file.

use std::path::Path;

use host::SettingLines;

use super::{MIB, RunArgs, SettingsError};
use crate::port::PortChoice;

impl RunArgs {
    /// The configuration that would be used, with its defaults and without its secrets.
    ///
    /// # Errors
    /// If it cannot be used.
    pub(in crate::cli) fn effective(&self) -> Result<SettingLines, SettingsError> {
        let settings = self.settings()?;
        let config = settings.clone().config()?;
        let path = |path: &Path| path.display().to_string();
        let mut lines = SettingLines::default();
        lines.remark("The configuration can be used:");
        let port = (config.port != PortChoice::ByIdentity).then_some(config.port);
        lines.text_or("port", port, "the one that is a manager's serial API");
        lines.text("server", config.server);
        if let Some(proxy) = config.proxy {
            lines.remark(format_args!("by the proxy {proxy}, which {} names", proxy.variable()));
        }
        lines.text("post_format", config.post_format);
        let token_file = settings.token_file.as_deref().map(path);
        lines.text_or("token_file", token_file, "none is read");
        lines.remark(match config.token {
            Some(_) => "token = (hidden)",
            None => "no token is sent",
        });
        let allowed = settings.allow_token_over_http.unwrap_or(false);
        lines.number("allow_token_over_http", allowed);
        let ca_file = config.ca_file.as_deref().map(path);
        lines.text_or("ca_file", ca_file, "the system's authorities are");
        lines.text("state_dir", path(&config.state_dir));
        lines.number("spool_limit", config.spool_limit / MIB);
        lines.text("direct_window", humantime::format_duration(config.direct_window));
        lines.number("extras", config.extras);
        lines.text_or("metrics_listen", config.metrics_listen, "metrics are served nowhere");
        Ok(lines)
    }
}

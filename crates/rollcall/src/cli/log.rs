//! Log lines, on stderr.

use rollcall::config::{Config, LogFormat};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the log. A command that ends by itself speaks up about warnings and errors alone, unless `log.level` asks for
/// more than its default.
pub(super) fn start(config: &Config, serves: bool) {
    let level = match (config.log.level.as_str(), serves) {
        ("info", true) => "info,sea_orm_migration=warn",
        ("info", false) => "warn",
        (own, _) => own,
    };
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(level)).with_writer(std::io::stderr);
    let started = match config.log.format {
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).finish().try_init(),
    };
    debug_assert!(started.is_ok(), "the log is started once");
}

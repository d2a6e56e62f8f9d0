//! x
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}
pub(crate) fn run(_: &std::path::Path, _: &Args) -> anyhow::Result<()> {
    Ok(())
}

//! The `rollcall` binary: the command line of the library beside it.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}

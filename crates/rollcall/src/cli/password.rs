//! How a command gets a new password: asked for, read from stdin, or made.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use rollcall::chance::Chance;
use rollcall::password;
use secrecy::{ExposeSecret, SecretString};

use super::failure::Failure;

#[derive(Args)]
#[group(multiple = false)]
pub(super) struct Source {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Make a password and print it, once
    #[arg(long)]
    generate: bool,
}

/// A new password that the rules accept.
pub(super) struct New {
    pub(super) password: SecretString,
    /// Whether the program made it, so that it has to be shown.
    pub(super) generated: bool,
}

impl Source {
    /// The new password: asked for twice at the terminal where no option says otherwise.
    pub(super) fn read(&self, chance: &Chance) -> Result<New, Failure> {
        if self.generate {
            return Ok(New { password: password::generate(chance), generated: true });
        }
        let password = if self.password_stdin { from_stdin()? } else { from_terminal()? };
        password::check(&password).map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(New { password, generated: false })
    }
}

fn from_stdin() -> Result<SecretString, Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

fn from_terminal() -> Result<SecretString, Failure> {
    if !std::io::stdin().is_terminal() {
        let message = "there is no terminal to ask for a password; use --password-stdin or --generate";
        return Err(Failure::Usage(message.to_owned()));
    }
    let ask = |prompt: &str| rpassword::prompt_password(prompt).map(SecretString::from);
    let first = ask("New password: ")?;
    password::check(&first).map_err(|error| Failure::Usage(error.to_string()))?;
    let second = ask("Once more: ")?;
    if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(Failure::Usage("the two passwords differ; nothing was changed".to_owned()))
    }
}

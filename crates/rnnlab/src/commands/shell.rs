//! `rnnlab completions` and `rnnlab man`: what a shell and a reader need of the command line.

use crate::cli;
use clap_complete::Shell;
use std::io::Write;

pub(super) fn completions(shell: Shell, out: &mut dyn Write) -> anyhow::Result<()> {
    // Into memory first: the writer of completions panics where it cannot write.
    let mut script = Vec::new();
    let program = machine::program();
    clap_complete::generate(shell, &mut cli::command(&program), program, &mut script);
    Ok(out.write_all(&script)?)
}

/// The page of the program, then one of every subcommand, in one file.
pub(super) fn man(out: &mut dyn Write) -> anyhow::Result<()> {
    let mut command = cli::command(&machine::program());
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut *out)?;
    for subcommand in command.get_subcommands().filter(|command| command.get_name() != "help") {
        clap_mangen::Man::new(subcommand.clone()).render(&mut *out)?;
    }
    Ok(())
}

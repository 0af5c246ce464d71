//! `rnnlab list`: what experiment files can name.

use crate::cli::Listed;
use crate::engine::Engine;
use data::{Located, Places};
use std::io::{self, Write};

pub(super) fn list(what: Listed, engine: &dyn Engine, out: &mut dyn Write) -> anyhow::Result<()> {
    match what {
        Listed::Cells => cells(engine, out)?,
        Listed::Datasets => datasets(out)?,
    }
    Ok(())
}

fn cells(engine: &dyn Engine, out: &mut dyn Write) -> io::Result<()> {
    for cell in engine.cells() {
        writeln!(out, "{}: {}", cell.name, cell.title)?;
        if !cell.gates.is_empty() {
            writeln!(out, "  blocks  {}", cell.gates.join(", "))?;
        }
        writeln!(out, "  source  {}", cell.source)?;
        for equation in &cell.equations {
            writeln!(out, "    {equation}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

pub(super) fn datasets(out: &mut dyn Write) -> anyhow::Result<()> {
    let places = Places::from_env();
    for info in data::datasets() {
        writeln!(out, "{}: {} ({})", info.name, info.title, info.task)?;
        writeln!(out, "  sizes   {}", info.sizes)?;
        writeln!(out, "  terms   {}", info.licence)?;
        let place = match data::locate(info.name, &places) {
            Ok(Located::Found { folder, .. }) => folder.display().to_string(),
            Ok(Located::Generated) => "generated, needs no files".to_owned(),
            Ok(Located::Missing { may_download: true, .. }) => {
                format!("not here; downloaded when needed from {}", info.download)
            }
            Ok(Located::Missing { may_download: false, .. }) => {
                format!("not here; to be had from {}", info.download)
            }
            Err(error) => error.to_string(),
        };
        writeln!(out, "  found   {place}")?;
        if !info.files.is_empty() {
            writeln!(out, "  files   {}", info.files.join(", "))?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "Looked in: {}",
        places.folders().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
    )?;
    Ok(())
}

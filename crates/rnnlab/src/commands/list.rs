//! `rnnlab list`: what experiment files can name.

use crate::cli::{ListArgs, Listed};
use anyhow::anyhow;
use data::{DatasetInfo, Located, Places};
use experiment::spec::meant;
use experiment::{CellFacts, LISTED_SIZE};
use std::io::{self, Write};
use sweep::Engine;
use words::thousands;

pub(super) fn list(
    arguments: &ListArgs,
    engine: &dyn Engine,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    match arguments.what {
        Listed::Cells if arguments.names.is_empty() => cells(&engine.cells(), out)?,
        Listed::Cells => {
            let all = engine.cells();
            let known: Vec<_> = all.iter().map(|cell| cell.name.as_str()).collect();
            for cell in named("cell", &arguments.names, &known)? {
                equations(&all[cell], out)?;
            }
        }
        Listed::Datasets => {
            let all = data::datasets();
            let known: Vec<_> = all.iter().map(|info| info.name).collect();
            let chosen = match arguments.names.is_empty() {
                true => (0..all.len()).collect(),
                false => named("dataset", &arguments.names, &known)?,
            };
            datasets(chosen.into_iter().map(|k| &all[k]), out)?;
        }
    }
    Ok(())
}

/// The JSON Schema of what experiment files can hold.
pub(super) fn schema(engine: &dyn Engine, out: &mut dyn Write) -> anyhow::Result<()> {
    let cells = engine.cells();
    let names: Vec<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
    Ok(writeln!(out, "{:#}", experiment::spec::schema(&names))?)
}

/// Places of `names` in the list of what is known.
pub(super) fn named(kind: &str, names: &[String], known: &[&str]) -> anyhow::Result<Vec<usize>> {
    let find = |name: &String| {
        let place = known.iter().position(|known| known == name);
        let meant = || meant(name, known.iter().copied());
        place.ok_or_else(|| {
            anyhow!("there is no {kind} `{name}`{}; there are: {}", meant(), known.join(", "))
        })
    };
    names.iter().map(find).collect()
}

/// One line a cell.
fn cells(all: &[CellFacts], out: &mut dyn Write) -> io::Result<()> {
    let rows = all.iter().map(|cell| {
        [
            cell.name.clone(),
            thousands(cell.parameters as u64),
            thousands(cell.flops as u64),
            cell.gates.join(" "),
            cell.source.clone(),
        ]
    });
    let head = ["cell", "parameters", "FLOPs/step", "gates", "source"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let (name, parameters, flops, gates) = (width(0), width(1), width(2), width(3));
    for [cell, p, f, g, source] in &rows {
        writeln!(out, "{cell:name$}  {p:>parameters$}  {f:>flops$}  {g:gates$}  {source}")?;
    }
    writeln!(
        out,
        "\nParameters and floating-point operations (forward, one time step of one sequence) of one \
         layer\nwith {LISTED_SIZE} inputs and {LISTED_SIZE} hidden units. \
         `rnnlab list cells NAME` shows a cell's equations."
    )
}

/// All about one cell.
fn equations(cell: &CellFacts, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", cell.name, cell.title)?;
    writeln!(out, "  source  {}", cell.source)?;
    if !cell.gates.is_empty() {
        writeln!(out, "  gates   {}", cell.gates.join(", "))?;
    }
    for equation in &cell.equations {
        writeln!(out, "    {equation}")?;
    }
    writeln!(out)
}

pub(super) fn datasets<'a>(
    chosen: impl Iterator<Item = &'a DatasetInfo>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let places = Places::from_env();
    for info in chosen {
        writeln!(out, "{}: {} ({})", info.name, info.title, info.task)?;
        writeln!(out, "  sizes   {}", info.sizes)?;
        writeln!(out, "  terms   {}", info.licence)?;
        let place = match data::locate(info.name, &places) {
            Ok(Located::Found { folder, .. }) => folder.display().to_string(),
            Ok(Located::Generated) => "generated, needs no files".to_owned(),
            Ok(Located::Missing { may_download: true, .. }) => {
                format!("not here; downloaded when needed from {}", info.download())
            }
            Ok(Located::Missing { may_download: false, .. }) => {
                format!("not here; to be had from {}", info.download())
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

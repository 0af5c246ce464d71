//! `rnnlab convert`: recurrent layers to and from PyTorch.

use crate::cli::{ConvertArgs, Names};
use crate::progress::say;
use anyhow::{anyhow, bail};
use exchange::{ExchangeError, LayersError, Recurrent, Tensors};
use std::io::Write;
use std::path::Path;
use sweep::records::RunFolder;
use words::{counted, list};

pub(super) fn convert(arguments: &ConvertArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let ConvertArgs { to, cell, module, force, input, output } = arguments;
    if module.is_some() && *to == Names::Torch {
        bail!("--module names a module of a PyTorch file to read: it goes with --to rnnlab");
    }
    refuse_place(input, output)?;
    let tensors = Tensors::load(input)?;
    let found = match to {
        Names::Torch => Recurrent::from_rnnlab(&tensors, cell.as_deref()),
        Names::Rnnlab => Recurrent::from_torch(&tensors, cell.as_deref(), module.as_deref()),
    };
    let found =
        found.map_err(|error| told(ExchangeError::Layers { path: input.clone(), error }))?;
    let converted = match to {
        Names::Torch => found.recurrent.to_torch(),
        Names::Rnnlab => found.recurrent.to_rnnlab(),
    };
    converted.save(output, *force).map_err(told)?;

    if !found.not_finite.is_empty() {
        let names: Vec<String> = found.not_finite.iter().map(|name| format!("`{name}`")).collect();
        say(&format!(
            "warning: {}: NaN or infinite numbers are in {}, and in what was made of them",
            input.display(),
            list(&names.iter().map(String::as_str).collect::<Vec<_>>())
        ));
    }
    writeln!(out, "{}: {}", input.display(), found.recurrent)?;
    if !found.left_out.is_empty() {
        writeln!(out, "left out: {}", found.left_out.join(", "))?;
    }
    if !found.converted.is_empty() {
        let types = found.converted.iter();
        let types: Vec<String> = types
            .map(|(dtype, tensors)| format!("{} of {dtype}", counted(*tensors, "tensor")))
            .collect();
        writeln!(out, "read as F32: {}", types.join(", "))?;
    }
    let lost = found.surroundings.all(found.recurrent.sizes().layers);
    if !lost.is_empty() && *to == Names::Torch {
        writeln!(
            out,
            "PyTorch's module does not have {}, which this model was trained with: its outputs differ \
             from the model's",
            list(&lost.iter().map(String::as_str).collect::<Vec<_>>())
        )?;
    }
    writeln!(out, "{}:", output.display())?;
    for (name, tensor) in &converted.named {
        writeln!(out, "  {name} {:?}", tensor.dims)?;
    }
    Ok(())
}

/// Refuses to write over what is read, or over a model that a run's record is about: what is converted lacks
/// what surrounds the layers.
fn refuse_place(input: &Path, output: &Path) -> anyhow::Result<()> {
    let (Ok(from), Ok(to)) = (input.canonicalize(), output.canonicalize()) else { return Ok(()) };
    if from == to {
        bail!("{}: this is what is read; another file is to be written", output.display());
    }
    let folder = to.parent().unwrap_or(Path::new(""));
    if !matches!(RunFolder::at(folder).status(), Ok(None)) {
        bail!("{}: this is the model of a run; another file is to be written", output.display());
    }
    Ok(())
}

/// The error, and which argument helps.
fn told(error: ExchangeError) -> anyhow::Error {
    let help = match &error {
        ExchangeError::Exists { .. } => "--force replaces it",
        ExchangeError::Layers { error: LayersError::SeveralCells { .. }, .. } => "--cell NAME",
        ExchangeError::Layers { error: LayersError::UnknownCell { .. }, .. } => {
            "with --cell NAME, all that does not fit it is told"
        }
        ExchangeError::Layers { error: LayersError::SeveralModules { .. }, .. } => "--module NAME",
        ExchangeError::Layers { error: LayersError::NoLayers { instead: Some(_), .. }, .. } => {
            "was the other --to meant?"
        }
        _ => return error.into(),
    };
    anyhow!("{error} ({help})")
}

//! What cells cost.

use super::super::arms::Arm;
use super::Frames;
use plot::{CellCost, Efficiency, Parts};

/// What each cell costs.
pub(super) fn efficiency(frames: &Frames<'_>, arms: &[Arm<'_>]) -> Efficiency {
    let cost = |arm: &Arm<'_>| {
        let first = arm.runs.first()?;
        let bytes = arm.runs.iter().find_map(|run| run.training_bytes);
        Some(CellCost {
            cell: arm.name.to_owned(),
            parameters: Parts {
                cell: first.cell_parameters as f64,
                total: first.parameters as f64,
            },
            flops_per_token: Parts {
                cell: first.cell_flops_per_token,
                total: first.flops_per_token,
            },
            tokens_per_second: arm.values(|run| run.tokens_per_second),
            memory_mib: bytes.map(|bytes| bytes as f64 / (1024.0 * 1024.0)),
        })
    };
    Efficiency {
        frame: frames.titled_best("What each cell costs"),
        unit: frames.experiment.data.unit().to_owned(),
        cells: arms.iter().filter_map(cost).collect(),
    }
}

//! Right answers by how far back the input is that they need.

use super::arms::{Arm, deciding};
use super::document::{Block, Table};
use super::measure::{Split, written};
use sweep::tables::LagRow;
use train::Metric;
use words::NOTHING;

/// A table of accuracies by lag, in ranges that double; nothing where no lags are known.
pub(super) fn section(arms: &[Arm<'_>], rows: &[LagRow]) -> Vec<Block> {
    // Trials are not to be judged by the test split.
    if deciding(arms) == Split::Valid {
        return Vec::new();
    }
    let Some(last) = rows.iter().map(|row| range(row.lag)).max() else { return Vec::new() };
    let first = rows.iter().map(|row| range(row.lag)).min().unwrap_or(last);
    let ranges: Vec<u32> = (first..=last).collect();
    let mut columns = vec![String::new()];
    columns.extend(ranges.iter().map(|&range| format!("#{}", title(range))));
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new(
        "Right answers on the test split, all seeds together, by the time steps since the input that they need was read.",
        &columns,
    );
    for arm in arms {
        let accuracy = |wanted: u32| {
            let ours = rows.iter().filter(|row| row.arm == arm.name && range(row.lag) == wanted);
            let [answers, right] =
                ours.fold([0, 0], |sum, row| [sum[0] + row.answers, sum[1] + row.right]);
            match answers {
                0 => NOTHING.to_owned(),
                _ => written(Metric::ACCURACY, right as f64 / answers as f64),
            }
        };
        let mut cells = vec![arm.name.to_owned()];
        cells.extend(ranges.iter().map(|&range| accuracy(range)));
        table.row(cells);
    }
    vec![Block::Table(table)]
}

/// Which range a lag is in: 1, 2 to 3, 4 to 7, ...
pub(super) fn range(lag: u64) -> u32 {
    lag.max(1).ilog2()
}

fn title(range: u32) -> String {
    match (1_u64 << range, (2_u64 << range) - 1) {
        (1, _) => "1 step".to_owned(),
        (from, to) => format!("{from} to {to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_double() {
        let titles = [1, 2, 3, 4, 7, 8, 15].map(|lag| title(range(lag)));
        assert_eq!(
            titles,
            ["1 step", "2 to 3", "2 to 3", "4 to 7", "4 to 7", "8 to 15", "8 to 15"]
        );
    }
}

//! Every cell's file says what it should, and the equations that the cells write of themselves are
//! those on the page `docs/cells.md`.

use cell::{Bias, Facts};
use sequence::LayerSizes;
use std::fs;
use std::path::Path;
use zoo::Zoo;

const HEADINGS: [&str; 5] = ["Equations", "Shapes", "Parameters", "Conventions", "Source"];

#[test]
fn every_cell_has_all_headings_in_order() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut cells = 0;
    for family in ["vanilla", "lstm", "gru"] {
        for file in fs::read_dir(crates.join(family).join("src")).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let here = text.matches("impl Cell for").count();
            if here == 0 {
                continue;
            }
            assert_eq!(here, 1, "one cell a file: {}", path.display());
            cells += 1;
            let mut expected = HEADINGS.to_vec();
            if text.contains("fn step_backward") {
                expected.push("Backward step");
            }
            let found: Vec<_> = text.lines().filter_map(|l| l.strip_prefix("/// # ")).collect();
            assert_eq!(found, expected, "{}", path.display());
        }
    }
    assert_eq!(cells, Zoo::standard().cells().count());
}

/// `UPDATE_GOLDEN=1` writes the page.
#[test]
fn the_page_of_cells_is_what_the_code_says() {
    let page = page();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cells.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let recorded = fs::read_to_string(&path).unwrap();
    assert!(recorded == page, "docs/cells.md should be\n{page}");
}

const HEAD: &str = "\
# Cells and memories

Written by their own code; a test keeps this page true. Parameters and floating-point operations
(forward, one time step of one sequence) are those of one layer with 200 inputs and 200 hidden units, of
one head: with `heads`, a cell's matrices on its state and a memory's state have less.
The bias named under *remembers* makes the cell keep its state, as `remember_bias` in experiment files
does: + a larger one, − a smaller one.

| name | cell | parameters | FLOPs | gates | remembers | source |
|---|---|--:|--:|---|---|---|
";

const EQUATIONS: &str = "
## Equations

x is the input, a prime marks the old state, h is the hidden state, ⊙ multiplies unit by unit. W
multiplies the input, U the old hidden state, V what the second stage modulates; LN is layer
normalisation over all blocks of a product together, γ its gains. The last ones are memories: S is a head's
state, K rows and columns, n its normaliser, m the level that is taken off its gates' logarithms, h what
leaves that head, ‖ ‖ the Euclidean norm of a head's vector.
";

/// `docs/cells.md`.
fn page() -> String {
    let mut page = HEAD.to_owned();
    for entry in Zoo::standard().entries() {
        let costs = entry.costs(LayerSizes::new(200, 200));
        let cells = [
            format!("`{}`", entry.name()),
            entry.title().to_owned(),
            costs.parameters.to_string(),
            costs.flops_per_token.to_string(),
            entry.gates().join(", "),
            entry.cell().map_or_else(String::new, remembering),
            entry.source().to_owned(),
        ];
        page += &format!("| {} |\n", cells.join(" | "));
    }
    page += &unequal_sizes();
    page += EQUATIONS;
    for entry in Zoo::standard().entries() {
        let (name, title, equations) = (entry.name(), entry.title(), entry.equations().join("\n"));
        page += &format!("\n### `{name}`: {title}\n\n```text\n{equations}\n```\n");
    }
    page
}

/// The cells that have a matrix more where input and hidden sizes differ.
fn unequal_sizes() -> String {
    let zoo = Zoo::standard();
    let direct = zoo.cells().filter(|facts| facts.direct > 0);
    let names: Vec<String> = direct
        .map(|facts| format!("`{}` (W_{})", facts.name, facts.pre[facts.input.start]))
        .collect();
    format!(
        "\nWhere I ≠ H, cells whose equations have x itself multiply it by one matrix `[H, I]` more: HI \
         parameters\nand 2HI operations that the table does not have: {}.\n",
        names.join(", ")
    )
}

fn remembering(facts: &Facts) -> String {
    let Some(gate) = facts.remember else { return String::new() };
    let sign = if gate.positive { '+' } else { '−' };
    match gate.bias {
        Bias::Block(block) => format!("{sign}b_{}", facts.pre[block]),
        Bias::Unit(unit) => format!("{sign}{}", facts.unit[unit]),
        Bias::Scalar(scalar) => format!("{sign}{}", facts.scalar[scalar]),
    }
}

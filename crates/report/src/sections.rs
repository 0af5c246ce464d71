//! The words of a report.

use super::arms::{Arm, deciding, have_same_seeds};
use super::document::{Block, Document, Table};
use super::limits::limits;
use super::measure::{self, Split, maybe, written};
use super::{answer, groups, lags, probes, settings, starts, translations, trials};
use data::ClassCount;
use experiment::role::Role;
use experiment::spec::Answer;
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;
use sweep::description::{DataRecord, Experiment};
use sweep::records::RunState;
use sweep::run::Shard;
use sweep::tables::{
    AttentionRow, ClipRow, ConfusionRow, ContextRow, EvaluationRow, ExponentRow, FlowRow, GateRow,
    GroupRow, HistoryRow, JacobianRow, LagRow, MetricRow, PosteriorRow, Row, RunRow, SentenceRow,
    SpectrogramRow, StepRow, Tables, TextRow,
};
use train::{BaselineScore, Metric};
use words::duration;
use words::{NOTHING, capitalised, count, counted, list, mebibytes, setting, share, thousands};

/// Writes the report's text around its figures: on `arms`, with tables of `all` where there are more.
pub(super) fn document(
    experiment: &Experiment,
    tables: &Tables,
    arms: &[Arm<'_>],
    all: &[Arm<'_>],
    drawn: Vec<Block>,
    inside: Vec<Block>,
    folder: &Path,
) -> Document {
    let mut blocks = Vec::new();
    blocks.extend(experiment.question.clone().map(Block::Lead));
    blocks.extend(warnings(experiment, tables, arms));
    blocks.push(Block::Heading("The answer".to_owned()));
    if experiment.answer == Answer::Probes {
        blocks.extend(probes::answer(tables, arms));
        blocks.push(Block::Heading("How good the models are".to_owned()));
    }
    blocks.extend(answer::section(experiment, arms, all, tables));
    blocks.extend(lags::section(arms, &tables.lags));
    blocks.extend(groups::section(arms, &tables.groups, &tables.confusions));
    blocks.extend(translations::section(arms, &tables.sentences));
    if all.len() > arms.len() {
        blocks.extend(settings::section(experiment, all));
    }
    blocks.push(Block::Heading("Figures".to_owned()));
    blocks.extend(drawn);
    blocks.extend(inside);
    let what = if experiment.tune.is_some() { "values" } else { "learning rates" };
    blocks.push(Block::Heading(format!("How the {what} were chosen")));
    blocks.extend(trials::section(experiment, &tables.runs, arms, folder));
    blocks.extend(starts::section(experiment, all, folder));
    blocks.push(Block::Heading("How it was run".to_owned()));
    blocks.extend(how_it_was_run(experiment, tables));
    blocks.push(Block::Heading("Data".to_owned()));
    let before = experiment.pretraining.iter().flat_map(|before| &before.data);
    let before =
        before.filter(|before| experiment.all_data().all(|data| data.settings != before.settings));
    blocks.extend(experiment.all_data().chain(before).flat_map(|record| data(experiment, record)));
    blocks.push(Block::Heading("Limits".to_owned()));
    blocks.push(Block::List(limits(experiment, tables, all)));
    blocks.push(Block::Heading("Appendix".to_owned()));
    blocks.push(Block::Details {
        summary: "Every run".to_owned(),
        blocks: vec![Block::Table(every_run(experiment, &tables.runs))],
    });
    blocks.push(Block::Details {
        summary: "The experiment file".to_owned(),
        blocks: vec![Block::Code(experiment.text.clone())],
    });
    for included in &experiment.included {
        blocks.push(Block::Details {
            summary: format!("Included: {}", included.file),
            blocks: vec![Block::Code(included.text.clone())],
        });
    }
    blocks.push(Block::Details {
        summary: "Columns of the tables".to_owned(),
        blocks: columns(tables),
    });
    let date = experiment
        .sessions
        .last()
        .map_or(String::new(), |session| format!(", {}", session.environment.date));
    Document {
        title: experiment.name.clone(),
        subtitle: format!("{}{date}", experiment.data_title()),
        blocks,
    }
}

pub(super) fn warnings(experiment: &Experiment, tables: &Tables, arms: &[Arm<'_>]) -> Vec<Block> {
    let mut blocks = Vec::new();
    if experiment.data.stand_in {
        let data = &experiment.data;
        let note = data.note.as_ref().map_or(String::new(), |note| format!(" {note}."));
        let about = match data.requested == data.name {
            true => "any real text".to_owned(),
            false => {
                format!("`{}`, which was asked for, or about any other real text", data.requested)
            }
        };
        blocks.push(Block::Warning {
            title: "Not real data.".to_owned(),
            text: format!(
                "These runs were trained on the {}.{note} Nothing here says anything about {about}.",
                data.title
            ),
        });
    }
    let before = experiment.pretraining.iter().flat_map(|before| &before.data);
    for data in before.filter(|data| data.stand_in && data.requested != data.name) {
        blocks.push(Block::Warning {
            title: "No real data before.".to_owned(),
            text: format!(
                "The stage before was trained on the {} in place of `{}`: nothing here says what that would have given.",
                data.title, data.requested
            ),
        });
    }
    if !experiment.parts.is_empty() {
        let [here, missing] =
            [&experiment.parts, &Shard::missing(&experiment.parts)].map(|parts| {
                let names: Vec<String> = parts.iter().map(ToString::to_string).collect();
                list(&names.iter().map(String::as_str).collect::<Vec<_>>())
            });
        blocks.push(Block::Warning {
            title: "A part of the plan.".to_owned(),
            text: format!(
                "Here are the runs of part {here} alone. Those of part {missing} are missing, and with them arms and seeds may be: a comparison \
                 of what is here is not the experiment's."
            ),
        });
    }
    let started: HashSet<&str> = tables.runs.iter().map(|run| run.run.as_str()).collect();
    let unstarted: Vec<&str> =
        experiment.runs.iter().map(String::as_str).filter(|run| !started.contains(run)).collect();
    let count = |state: RunState| tables.runs.iter().filter(|run| run.state == state).count();
    let open = unstarted.len() + count(RunState::Running) + count(RunState::Interrupted);
    if open > 0 {
        blocks.push(Block::Warning {
            title: "Unfinished.".to_owned(),
            text: format!(
                "Not finished: {open} of {}. `{} run` on the experiment file continues them.{}",
                counted(experiment.runs.len(), "run"),
                experiment.program,
                not_begun(&unstarted)
            ),
        });
    }
    let (diverged, failed) = (count(RunState::Diverged), count(RunState::Failed));
    if diverged + failed > 0 {
        blocks.push(Block::Warning {
            title: "Not every run has a result.".to_owned(),
            text: format!(
                "{} diverged and {failed} failed, of {}. Means and intervals are over the finished runs only, which flatters an arm that \
                 lost some; the first table counts them.",
                counted(diverged, "run"),
                experiment.runs.len()
            ),
        });
    }
    blocks.extend(unmatched(experiment));
    blocks.extend(of_splits(experiment));
    blocks.extend(settings_of_some(experiment));
    blocks.extend(astray(tables));
    for data in experiment.all_data() {
        let ours: Vec<Arm<'_>> =
            arms.iter().filter(|arm| arm.swept_data() == data.swept).cloned().collect();
        blocks.extend(different_seeds(&ours));
        let baselines = data.baselines.iter();
        // One that arms beat is beaten by those that they beat, too.
        let mut poor = baselines.filter_map(|one| no_better(experiment.metric, one, &ours));
        blocks.extend(poor.next());
    }
    blocks
}

/// A sentence about runs that no table has, since they have not begun.
fn not_begun(runs: &[&str]) -> String {
    /// More names than a reader wants to see.
    const NAMED: usize = 6;
    let mut names: Vec<String> = runs.iter().take(NAMED).map(|run| format!("`{run}`")).collect();
    match runs.len().saturating_sub(NAMED) {
        _ if runs.is_empty() => return String::new(),
        0 => {}
        more => names.push(format!("{more} more")),
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!(" Not begun, so neither in tables nor in figures: {}.", list(&names))
}

/// A warning if models are not as equal as they were to be.
fn unmatched(experiment: &Experiment) -> Option<Block> {
    (!experiment.unmatched.is_empty()).then(|| Block::Warning {
        title: "Not equal.".to_owned(),
        text: format!(
            "No hidden size gives these arms what `match` asks for, so a difference between arms may be one of size. {}.",
            experiment.unmatched.join(". ")
        ),
    })
}

/// A warning if a split does not hold what it is for.
fn of_splits(experiment: &Experiment) -> Option<Block> {
    let sentence = |told: &String| capitalised(told.strip_prefix("data: ").unwrap_or(told));
    let sentences: Vec<String> = experiment.of_splits.iter().map(sentence).collect();
    (!sentences.is_empty()).then(|| Block::Warning {
        title: "Splits.".to_owned(),
        text: format!("{}.", sentences.join(". ")),
    })
}

/// A warning if some models were far worse on the way than a constant answer is.
fn astray(tables: &Tables) -> Option<Block> {
    let runs: Vec<(&str, u64)> = tables
        .runs
        .iter()
        .filter_map(|run| Some((run.run.as_str(), run.astray.filter(|&count| count > 0)?)))
        .collect();
    let count: u64 = runs.iter().map(|(_, count)| count).sum();
    let (worst, most) = *runs.iter().max_by_key(|(_, count)| count)?;
    let is_alone = runs.iter().filter(|(_, count)| *count == most).count() == 1;
    let worst = match is_alone && runs.len() > 1 {
        true => format!(", most ({most}) in {worst}"),
        false => String::new(),
    };
    Some(Block::Warning {
        title: "Astray on the way.".to_owned(),
        text: format!(
            "In {} of {} runs an evaluation during the training was not finite, or its loss was more than twice that of the best answer that reads no \
             input: {} in all{worst}.",
            runs.len(),
            tables.runs.len(),
            counted(count as usize, "evaluation")
        ),
    })
}

/// A warning if settings give some arms what others have not, besides the learning rate, which stands where
/// rates are told.
fn settings_of_some(experiment: &Experiment) -> Option<Block> {
    let told = |fields: &[(&String, &Value)]| {
        let fields = fields.iter().map(|(field, value)| format!("{field}: {}", plain(value)));
        fields.collect::<Vec<_>>().join(", ")
    };
    let points: Vec<String> = experiment
        .settings
        .iter()
        .filter_map(|setting| {
            let set: Vec<_> =
                setting.set.iter().filter(|(field, _)| *field != trials::LEARNING_RATE).collect();
            let when: Vec<_> = setting.when.iter().collect();
            let reason = setting.reason.trim().trim_end_matches('.');
            (!set.is_empty())
                .then(|| format!("runs with {} have {} ({reason})", told(&when), told(&set)))
        })
        .collect();
    (!points.is_empty()).then(|| Block::Warning {
        title: "Not alike in everything.".to_owned(),
        text: format!(
            "By `settings` of the experiment file, {}. What tells arms apart is that, too.",
            points.join("; ")
        ),
    })
}

/// A value as the experiment file has it: texts without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A warning if arms of a comparison do not have the same seeds.
fn different_seeds(arms: &[Arm<'_>]) -> Option<Block> {
    let finished: Vec<Arm<'_>> =
        arms.iter().filter(|arm| !arm.seeds().is_empty()).cloned().collect();
    (!have_same_seeds(&finished)).then(|| Block::Warning {
        title: "Different seeds.".to_owned(),
        text: "Not all arms have the same seeds finished. The mean of each is over its own, differences are over those in common, so the \
               two can disagree, and means of different seeds say less of a difference."
            .to_owned(),
    })
}

/// A warning if some arms are no better than a baseline.
fn no_better(metric: Metric, baseline: &BaselineScore, arms: &[Arm<'_>]) -> Option<Block> {
    let split = deciding(arms);
    let reached = split.of_baseline(baseline);
    let no_better = |arm: &&Arm<'_>| {
        arm.result().is_some_and(|score| match metric.higher_is_better() {
            true => score.estimate <= reached,
            false => score.estimate >= reached,
        })
    };
    let poor: Vec<&str> = arms.iter().filter(no_better).map(|arm| arm.name).collect();
    (!poor.is_empty()).then(|| Block::Warning {
        title: format!("No better than the baseline, {}.", baseline.name),
        text: format!(
            "The {} {} of {} is no better than {}. {} Comparisons with such models mean little.",
            split.title(),
            metric.title(),
            list(&poor),
            written(metric, reached),
            baseline.what
        ),
    })
}

fn how_it_was_run(experiment: &Experiment, tables: &Tables) -> Vec<Block> {
    let mut seeds: Vec<u64> = tables.runs.iter().map(|run| run.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let mut table = Table::new(
        "Every session of work on it. Memory is the measured peak of the whole process, all its runs together.",
        &[
            "date",
            "machine",
            "#runs",
            "#side by side, at most",
            "took",
            "#peak memory, MiB",
            "program",
        ],
    );
    for session in &experiment.sessions {
        let (here, end) = (&session.environment, session.end.as_ref());
        let processor = here.processor.as_deref().unwrap_or("processor unknown");
        let revision = here.revision.as_ref().map_or(String::new(), |text| {
            let (hash, changed) = match text.strip_suffix("-dirty") {
                Some(hash) => (hash, " with changes"),
                None => (text.as_str(), ""),
            };
            format!(", revision {}{changed}", hash.get(..10).unwrap_or(hash))
        });
        table.row(vec![
            here.date.clone(),
            format!("{processor}, {} cores, {}", here.cores, here.system),
            end.map_or(NOTHING.to_owned(), |end| end.runs.to_string()),
            match session.threads {
                1 => session.jobs.to_string(),
                threads => format!("{}, {threads} threads each", session.jobs),
            },
            end.map_or("cut off".to_owned(), |end| duration(end.seconds)),
            end.and_then(|end| end.peak_memory_bytes)
                .map_or(NOTHING.to_owned(), |bytes| mebibytes(bytes as f64)),
            format!("rnnlab {}{revision}, {}", here.rnnlab, here.rustc),
        ]);
    }
    vec![
        Block::Code(experiment.command()),
        Block::Text(format!(
            "{}, {} {}. {}; its result does not depend on how many ran side by side, its speed does.",
            counted(experiment.runs.len(), "run"),
            if seeds.len() == 1 { "seed" } else { "seeds" },
            list(&seeds),
            match experiment.sessions.iter().all(|session| session.threads == 1) {
                true => "Each run used one thread",
                false =>
                    "Each run used the threads below, on which the last bits of its result depend",
            }
        )),
        Block::Table(table),
    ]
}

fn data(experiment: &Experiment, data: &DataRecord) -> Vec<Block> {
    let title = match data.label() {
        label if label.is_empty() => data.title.clone(),
        label => format!("{}, {label}", data.title),
    };
    let [train, valid, test] = data.tokens.map(|tokens| thousands(tokens as u64));
    let mut files = Table::new(
        if data.stand_in { "Generated splits." } else { "Files read." },
        &["file", "#bytes", "SHA-256"],
    );
    for file in &data.files {
        files.row(vec![file.name.clone(), thousands(file.bytes), format!("`{}`", file.sha256)]);
    }
    let words = match data.vocabulary {
        0 => String::new(),
        words => format!("; {} {}", thousands(words as u64), types(experiment.metric, data)),
    };
    let splits = match data.sequences {
        None => format!(
            "{train} tokens for training, {valid} for validation, {test} for the test{words}"
        ),
        Some(sequences) => {
            let [in_train, in_valid, in_test] = sequences.map(|count| thousands(count as u64));
            format!(
                "{in_train} sequences ({train} steps) for training, {in_valid} ({valid}) for validation, {in_test} ({test}) for the test{words}"
            )
        }
    };
    let unknown = data.unknown.map_or(String::new(), |shares| {
        let [train, valid, test] = shares.map(share);
        // Texts without classes are answered with texts.
        let written = data.sequences.is_some() && data.classes.is_empty();
        let of = if written { " that are to be written" } else { "" };
        format!(
            " Of the tokens{of}, `<unk>` (all that the vocabulary does not have) is {train} in the training, {valid} in the validation and {test} in \
             the test."
        )
    });
    let licence = &data.licence;
    let mut blocks = vec![Block::Text(format!("{title}: {splits}.{unknown} Licence: {licence}."))];
    if let Some(location) = &data.location {
        blocks.push(Block::Text(format!("Read from `{location}`.")));
    }
    blocks.extend(data.note.as_ref().map(|note| Block::Text(format!("{note}."))));
    if !data.classes.is_empty() {
        blocks.push(Block::Table(classes(&data.classes)));
    }
    if !data.files.is_empty() {
        blocks.push(Block::Table(files));
    }
    blocks
}

fn classes(counts: &[ClassCount]) -> Table {
    let untrained = counts.iter().any(ClassCount::is_never_trained);
    let caption = match untrained {
        true => {
            "Sequences of each class. No model can learn a class of which none is in the training."
        }
        false => "Sequences of each class.",
    };
    let mut table = Table::new(caption, &["class", "#training", "#validation", "#test"]);
    for class in counts {
        let numbers = class.sequences.map(|count| thousands(count as u64));
        table.row([class.name.clone()].into_iter().chain(numbers).collect());
    }
    table
}

/// What the different tokens are called.
fn types(metric: Metric, data: &DataRecord) -> &'static str {
    match data.sequences {
        Some(_) => "different tokens are read",
        None => metric.tokens().unwrap_or("words"),
    }
}

fn every_run(experiment: &Experiment, runs: &[RunRow]) -> Table {
    let (metric, unit) = (experiment.metric, experiment.data.unit());
    let score = |split: &str| format!("#{split} {}", metric.title());
    let with_test = experiment.role.role == Role::Comparison;
    let mut columns: Vec<String> =
        ["run", "state", "#hidden", "#parameters", "#learning rate"].map(str::to_owned).into();
    columns.push(score("valid"));
    columns.extend(with_test.then(|| score("test")));
    columns.extend(["#steps".to_owned(), "took".to_owned(), format!("#{unit}s / s")]);
    let mut table = Table::new("", &columns.iter().map(String::as_str).collect::<Vec<_>>());
    for run in runs {
        let state = match &run.error {
            None => run.state.name().to_owned(),
            Some(error) => format!("{}: {error}", run.state.name()),
        };
        let mut cells = vec![
            format!("`{}`", run.run),
            state,
            run.hidden.to_string(),
            thousands(run.parameters),
            setting(run.learning_rate),
            maybe(metric, measure::score(metric, run, Split::Valid)),
        ];
        cells.extend(with_test.then(|| maybe(metric, measure::score(metric, run, Split::Test))));
        cells.extend([
            run.steps.map_or(NOTHING.to_owned(), thousands),
            run.total_seconds.map_or(NOTHING.to_owned(), duration),
            run.tokens_per_second.map_or(NOTHING.to_owned(), count),
        ]);
        table.row(cells);
    }
    table
}

fn columns(tables: &Tables) -> Vec<Block> {
    let mut blocks = vec![Block::Text("In `tables/`, each as Parquet and as CSV.".to_owned())];
    let mut add = |name: &str, doc: &str, columns: &[(&str, &str, &str)]| {
        let mut table =
            Table::new(format!("`{name}`: {}", doc.trim()), &["column", "kind", "meaning"]);
        for (column, kind, meaning) in columns {
            table.row(vec![format!("`{column}`"), (*kind).to_owned(), meaning.trim().to_owned()]);
        }
        blocks.push(Block::Table(table));
    };
    add(RunRow::TABLE, RunRow::DOC, RunRow::COLUMNS);
    add(EvaluationRow::TABLE, EvaluationRow::DOC, EvaluationRow::COLUMNS);
    add(StepRow::TABLE, StepRow::DOC, StepRow::COLUMNS);
    add(FlowRow::TABLE, FlowRow::DOC, FlowRow::COLUMNS);
    add(MetricRow::TABLE, MetricRow::DOC, MetricRow::COLUMNS);
    add(LagRow::TABLE, LagRow::DOC, LagRow::COLUMNS);
    if !tables.groups.is_empty() {
        add(GroupRow::TABLE, GroupRow::DOC, GroupRow::COLUMNS);
    }
    if !tables.confusions.is_empty() {
        add(ConfusionRow::TABLE, ConfusionRow::DOC, ConfusionRow::COLUMNS);
    }
    add(JacobianRow::TABLE, JacobianRow::DOC, JacobianRow::COLUMNS);
    add(ExponentRow::TABLE, ExponentRow::DOC, ExponentRow::COLUMNS);
    add(GateRow::TABLE, GateRow::DOC, GateRow::COLUMNS);
    add(ContextRow::TABLE, ContextRow::DOC, ContextRow::COLUMNS);
    add(ClipRow::TABLE, ClipRow::DOC, ClipRow::COLUMNS);
    add(TextRow::TABLE, TextRow::DOC, TextRow::COLUMNS);
    add(SentenceRow::TABLE, SentenceRow::DOC, SentenceRow::COLUMNS);
    add(AttentionRow::TABLE, AttentionRow::DOC, AttentionRow::COLUMNS);
    if !tables.spectrogram.is_empty() {
        add(SpectrogramRow::TABLE, SpectrogramRow::DOC, SpectrogramRow::COLUMNS);
        add(PosteriorRow::TABLE, PosteriorRow::DOC, PosteriorRow::COLUMNS);
    }
    add(HistoryRow::TABLE, HistoryRow::DOC, HistoryRow::COLUMNS);
    blocks
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn models_that_are_not_equal_are_told() {
        assert!(unmatched(&testing::experiment()).is_none());
        let sentence = "gru: the nearest hidden size, 64, has 2,310 parameters".to_owned();
        let experiment = Experiment { unmatched: vec![sentence.clone()], ..testing::experiment() };
        let Some(Block::Warning { text, .. }) = unmatched(&experiment) else {
            panic!("no warning");
        };
        assert!(text.ends_with(&format!("one of size. {sentence}.")), "{text}");
    }

    #[test]
    fn splits_that_hold_the_same_are_told() {
        assert!(of_splits(&testing::experiment()).is_none());
        let told = "data: 4 of 8 sequences of the test split stand in the training split, too";
        let experiment = Experiment { of_splits: vec![told.to_owned()], ..testing::experiment() };
        let Some(Block::Warning { text, .. }) = of_splits(&experiment) else {
            panic!("no warning");
        };
        assert_eq!(text, "4 of 8 sequences of the test split stand in the training split, too.");
    }

    /// Of equals none has most.
    #[test]
    fn the_worst_is_named_where_it_is_one() {
        let told = |counts: &[u64]| {
            let run = |(k, &count): (usize, &u64)| RunRow {
                astray: Some(count),
                ..testing::finished("gru", "gru", k as u64, "{}")
            };
            let runs = counts.iter().enumerate().map(run).collect();
            match astray(&Tables { runs, ..Tables::default() }) {
                Some(Block::Warning { text, .. }) => text,
                _ => panic!("no warning"),
            }
        };
        assert!(told(&[8, 8]).ends_with(": 16 evaluations in all."), "{}", told(&[8, 8]));
        assert!(told(&[8, 9]).contains("17 evaluations in all, most (9) in "), "{}", told(&[8, 9]));
    }

    #[test]
    fn runs_that_have_not_begun_are_named() {
        assert_eq!(not_begun(&[]), "");
        let told = " Not begun, so neither in tables nor in figures: ";
        assert_eq!(not_begun(&["a-s1"]), format!("{told}`a-s1`."));
        let eight = ["a", "b", "c", "d", "e", "f", "g", "h"];
        assert_eq!(not_begun(&eight), format!("{told}`a`, `b`, `c`, `d`, `e`, `f` and 2 more."));
    }
}

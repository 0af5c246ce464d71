//! The tables and their columns.

use super::table::row;
use crate::records::RunState;
use data::Split;
use experiment::plan::Axes;
use experiment::role::Role;
use train::{Metric, Phase};

row! {
    /// One row for every run, in the order of the sweep.
    RunRow in "runs" {
        /// Name of the run.
        run: String,
        /// What it is compared as: its swept values but the seed.
        arm: String,
        /// The recurrent cell.
        cell: String,
        /// Seed of every random draw; runs with the same seed are pairs.
        seed: u64,
        /// trial (something is chosen by it, so it has no test scores) or comparison.
        role: Role,
        /// Values of the swept fields, as JSON.
        axes: Axes,
        /// done, diverged (the loss stopped being finite), failed, interrupted, or unfinished (cut off).
        state: RunState,
        /// Why it failed.
        error: Option<String>,
        /// Recurrent layers.
        layers: u64,
        /// Hidden size.
        hidden: u64,
        /// Embedding size; empty where the layers read the input's numbers as they are.
        embedding: Option<u64>,
        /// Sequences side by side.
        batch: u64,
        /// Time steps of truncated backpropagation; empty where sequences are read whole.
        unroll: Option<u64>,
        /// Passes over the training split.
        epochs: u64,
        /// Learning rate at the start.
        learning_rate: f64,
        /// Why this learning rate, where the experiment file tells.
        learning_rate_reason: Option<String>,
        /// All parameters.
        parameters: u64,
        /// Parameters of the recurrent layers.
        cell_parameters: u64,
        /// Floating-point operations of the whole model per token, forward.
        flops_per_token: f64,
        /// Floating-point operations of the recurrent layers per token, forward.
        cell_flops_per_token: f64,
        /// Mean loss on the validation split at the end: negative log-likelihood in nats per token, answer or step, or squared error.
        valid_loss: Option<f64>,
        /// The same on the test split.
        test_loss: Option<f64>,
        /// The experiment's metric on the validation split, such as perplexity: exp(valid_loss).
        valid_score: Option<f64>,
        /// The same on the test split.
        test_score: Option<f64>,
        /// Optimiser steps made.
        steps: Option<u64>,
        /// Training tokens (time steps of sequences) seen.
        tokens: Option<u64>,
        /// Seconds spent training, evaluations and probes excluded.
        train_seconds: Option<f64>,
        /// Seconds of the whole run.
        total_seconds: Option<f64>,
        /// Training tokens (time steps of sequences) per second: median over steps.
        tokens_per_second: Option<f64>,
        /// Bytes of parameters, gradients, optimiser state and saved activations, computed from sizes.
        training_bytes: Option<u64>,
        /// Tokens (time steps of sequences) per second of the forward pass alone, in batches as in training: median over batches.
        forward_tokens_per_second: Option<f64>,
        /// Evaluations on the validation split whose loss was not finite, or more than twice that of the best answer that reads no input.
        astray: Option<u64>,
    }
}

row! {
    /// One row for every pass of a run over the validation split, that of the untrained model (step 0) among them.
    EvaluationRow in "evaluations" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// Optimiser steps so far.
        step: u64,
        /// Training tokens (time steps of sequences) so far.
        tokens: u64,
        /// Seconds spent training so far, evaluations and probes excluded.
        seconds: f64,
        /// Mean loss on the validation split: negative log-likelihood in nats per token, answer or step, or squared error.
        valid_loss: f64,
        /// The experiment's metric on the validation split.
        valid_score: Option<f64>,
    }
}

row! {
    /// One row for every further metric of a run on a split.
    MetricRow in "metrics" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// valid or test.
        split: Split,
        /// Which metric.
        metric: Metric,
        /// Its value; shares are between 0 and 1.
        value: f64,
    }
}

row! {
    /// Answers on the test split by how far back the input is that they need, where that is known.
    LagRow in "lags" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// Time steps from that input to the answer.
        lag: u64,
        /// Answers.
        answers: u64,
        /// Right ones.
        right: u64,
    }
}

row! {
    /// Answers to recordings on the test split, by who speaks and by how many labels there are.
    GroupRow in "groups" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// What recordings are put together by: speaker, labels.
        by: String,
        /// The speaker, or the number of labels.
        name: String,
        /// Recordings.
        sequences: u64,
        /// Those with a wrong answer.
        wrong: u64,
        /// Labels to be found; one for each recording that has a class.
        labels: u64,
        /// Edits between what was answered and what should have been.
        errors: u64,
    }
}

row! {
    /// Which class of recordings on the test split was taken for which.
    ConfusionRow in "confusions" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// The class of the recordings.
        asked: String,
        /// The answer.
        answered: String,
        /// How often.
        count: u64,
    }
}

row! {
    /// Optimiser steps, thinned to about 400 for every run.
    StepRow in "steps" {
        /// Name of the run.
        run: String,
        /// Optimiser steps so far.
        step: u64,
        /// Training tokens (time steps of sequences) so far.
        tokens: u64,
        /// Seconds spent training so far, evaluations and probes excluded.
        seconds: f64,
        /// Mean loss of this step's batch.
        loss: f64,
        /// Global gradient norm before clipping.
        gradient_norm: f64,
        /// Learning rate used.
        learning_rate: f64,
    }
}

row! {
    /// The gradient's way back through time: its norm with respect to the state `lag` steps before, divided by its value at lag 0.
    FlowRow in "gradient_flow" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// initial (before the first step), training or trained (after the last).
        phase: Phase,
        /// Optimiser steps so far.
        step: u64,
        /// Layer, from 0, nearest to the input.
        layer: u64,
        /// Time steps back.
        lag: u64,
        /// 10 % quantile over sequences.
        low: f64,
        /// Median over sequences.
        median: f64,
        /// 90 % quantile over sequences.
        high: f64,
    }
}

row! {
    /// The Jacobian of the last state (h, or h and c) with respect to the state `lag` steps before: medians over sequences.
    JacobianRow in "jacobians" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// initial (before the first step) or trained (after the last).
        phase: Phase,
        /// Layer, from 0, nearest to the input.
        layer: u64,
        /// Time steps back.
        lag: u64,
        /// The largest singular value.
        largest: f64,
        /// The median singular value.
        median: f64,
        /// Share of the singular values above 0.001.
        share: f64,
        /// The largest singular value of the recurrent matrix to the power of `lag`, where it bounds the others.
        bound: Option<f64>,
        /// Numbers in a state; of more than 256, that many random directions were looked at, and the values are lower bounds.
        state: u64,
    }
}

row! {
    /// Lyapunov exponents of a layer driven by its inputs: natural logarithms of the mean growth a step, means over sequences, a tenth of the steps left out at either end.
    ExponentRow in "lyapunov" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// initial (before the first step) or trained (after the last).
        phase: Phase,
        /// Layer, from 0, nearest to the input.
        layer: u64,
        /// Its place among them, from 1, the largest first.
        rank: u64,
        /// The exponent.
        exponent: f64,
        /// Numbers in a state: so many exponents there are, of which the largest are given.
        state: u64,
    }
}

row! {
    /// How open the gates are, unit by unit, over validation sequences.
    GateRow in "gates" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// initial (before the first step) or trained (after the last).
        phase: Phase,
        /// Layer, from 0, nearest to the input.
        layer: u64,
        /// The gate.
        gate: String,
        /// The hidden unit, from 0.
        unit: u64,
        /// Share of steps at which the gate is below 0.1.
        shut: f64,
        /// Share of steps at which it is above 0.9.
        open: f64,
        /// Mean share of the old state that stays, for the gate that decides it.
        kept: Option<f64>,
    }
}

row! {
    /// The loss of a trained language model that has read the last few tokens only.
    ContextRow in "context" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// How many tokens it had read.
        length: u64,
        /// Mean negative log-likelihood of the next token, in nats, on the validation split.
        loss: f64,
        /// Tokens predicted.
        targets: u64,
    }
}

row! {
    /// A sentence that a trained model wrote for one of the test split, the likeliest token at each step.
    SentenceRow in "sentences" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// Its place in the test split, from 0.
        number: u64,
        /// Tokens of the source, as the model reads them.
        steps: u64,
        /// What was read.
        source: String,
        /// What was to be written.
        reference: String,
        /// What was written.
        answer: String,
    }
}

row! {
    /// How much the tokens of a few written sentences attend to those that were read.
    AttentionRow in "attention" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// The sentence's place in the test split, from 0.
        number: u64,
        /// The written token's place in its sentence, from 0.
        written_at: u64,
        /// The token written.
        written: String,
        /// The read token's place in its sentence, from 0.
        read_at: u64,
        /// The token read.
        read: String,
        /// Share of the attention.
        share: f64,
    }
}

row! {
    /// The energies of the recording whose posteriors are in `posteriors`.
    SpectrogramRow in "spectrogram" {
        /// Name of the first run that heard it.
        run: String,
        /// The recording's place in the test split, from 0.
        number: u64,
        /// Seconds from its beginning.
        time: f64,
        /// The band, from the lowest, from 0.
        band: u64,
        /// The logarithm of its energy as models read it (normalised by the training split unless told otherwise).
        energy: f64,
    }
}

row! {
    /// What trained models hear in a recording of the test split, step by step.
    PosteriorRow in "posteriors" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// The recording's place in the test split, from 0.
        number: u64,
        /// Its labels.
        reference: String,
        /// The labels of the most likely path.
        answer: String,
        /// Seconds from its beginning to the middle of the step.
        time: f64,
        /// The label, of those that are ever likely; `<blank>` for the blank.
        label: String,
        /// Its chance.
        chance: f64,
    }
}

row! {
    /// How often the gradient of a run was clipped.
    ClipRow in "clipping" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// Optimiser steps made.
        steps: u64,
        /// Those at which the gradient was clipped.
        clipped: u64,
        /// Those at which its norm was more than ten times the largest allowed.
        exploded: u64,
        /// The largest finite norm of all of them, before clipping.
        largest_norm: f64,
    }
}

row! {
    /// What the units of the topmost layer whose hidden states change most slowly do while a trained language model reads the beginning of the validation split.
    TextRow in "text" {
        /// Name of the run.
        run: String,
        /// What it is compared as.
        arm: String,
        /// Its seed.
        seed: u64,
        /// The hidden unit, from 0.
        unit: u64,
        /// Place in the text, from 0.
        position: u64,
        /// The token read.
        token: String,
        /// The unit's hidden state after it.
        value: f64,
    }
}

row! {
    /// A step (thinned) or an evaluation of one run, in order: `metrics.parquet` in the run's own folder.
    HistoryRow in "history" {
        /// step or evaluation.
        kind: String,
        /// Optimiser steps made.
        step: u64,
        /// Training tokens (time steps of sequences) seen.
        tokens: u64,
        /// Seconds spent training, evaluations and probes excluded.
        seconds: f64,
        /// Of a step: its mean training loss.
        train_loss: Option<f64>,
        /// Of a step: the norm of all gradients before clipping.
        gradient_norm: Option<f64>,
        /// Of a step: its learning rate.
        learning_rate: Option<f64>,
        /// Of an evaluation: the mean loss on the validation split.
        valid_loss: Option<f64>,
        /// Of an evaluation: further metrics on the validation split, as JSON.
        valid_metrics: Option<String>,
    }
}

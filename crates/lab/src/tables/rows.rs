//! The tables and their columns.

use super::table::row;

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
        /// Values of the swept fields, as JSON.
        axes: String,
        /// done, diverged (the loss stopped being finite), failed, interrupted, or unfinished (cut off).
        state: String,
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
        valid_loss (was "valid_nll"): Option<f64>,
        /// The same on the test split.
        test_loss (was "test_nll"): Option<f64>,
        /// The experiment's metric on the validation split, such as perplexity: exp(valid_loss).
        valid_score (was "valid_perplexity"): Option<f64>,
        /// The same on the test split.
        test_score (was "test_perplexity"): Option<f64>,
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
    }
}

row! {
    /// One row for every pass of a run over the validation split.
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
        valid_loss (was "valid_nll"): f64,
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
        split: String,
        /// Which metric.
        metric: String,
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
        /// initial (before the first step) or trained (after the last).
        phase: String,
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

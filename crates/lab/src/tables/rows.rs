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
        /// Embedding size.
        embedding: u64,
        /// Sequences side by side.
        batch: u64,
        /// Time steps of truncated backpropagation.
        unroll: u64,
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
        /// Mean negative log-likelihood per token on the validation split at the end, in nats.
        valid_nll: Option<f64>,
        /// The same on the test split.
        test_nll: Option<f64>,
        /// Perplexity on the validation split: exp(valid_nll).
        valid_perplexity: Option<f64>,
        /// Perplexity on the test split: exp(test_nll).
        test_perplexity: Option<f64>,
        /// Optimiser steps made.
        steps: Option<u64>,
        /// Training tokens seen.
        tokens: Option<u64>,
        /// Seconds spent training, evaluations and probes excluded.
        train_seconds: Option<f64>,
        /// Seconds of the whole run.
        total_seconds: Option<f64>,
        /// Training tokens per second: median over steps.
        tokens_per_second: Option<f64>,
        /// Bytes of parameters, gradients, optimiser state and saved activations, computed from sizes.
        training_bytes: Option<u64>,
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
        /// Training tokens so far.
        tokens: u64,
        /// Seconds spent training so far, evaluations and probes excluded.
        seconds: f64,
        /// Mean negative log-likelihood per token, in nats.
        valid_nll: f64,
    }
}

row! {
    /// Optimiser steps, thinned to about 400 for every run.
    StepRow in "steps" {
        /// Name of the run.
        run: String,
        /// Optimiser steps so far.
        step: u64,
        /// Training tokens so far.
        tokens: u64,
        /// Seconds spent training so far, evaluations and probes excluded.
        seconds: f64,
        /// Mean negative log-likelihood per token of this step's batch, in nats.
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

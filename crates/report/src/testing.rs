//! Rows for tests.

use experiment::role::Role;
use sweep::description::Experiment;
use sweep::records::RunState;
use sweep::tables::RunRow;

/// A finished run without scores.
pub(super) fn finished(arm: &str, cell: &str, seed: u64, axes: &str) -> RunRow {
    RunRow {
        run: format!("{arm}-s{seed}"),
        arm: arm.to_owned(),
        cell: cell.to_owned(),
        seed,
        role: Role::Comparison,
        axes: serde_json::from_str(axes).expect("swept values"),
        state: RunState::Done,
        error: None,
        layers: 1,
        hidden: 1,
        embedding: None,
        batch: 1,
        unroll: None,
        epochs: 1,
        learning_rate: 1.0,
        learning_rate_reason: None,
        parameters: 1,
        cell_parameters: 1,
        flops_per_token: 1.0,
        cell_flops_per_token: 1.0,
        valid_loss: None,
        test_loss: None,
        valid_score: None,
        test_score: None,
        steps: None,
        tokens: None,
        train_seconds: None,
        total_seconds: None,
        tokens_per_second: None,
        training_bytes: None,
        forward_tokens_per_second: None,
        astray: None,
    }
}

/// A comparison of which nothing is known but its metric, the squared error.
pub(super) fn experiment() -> Experiment {
    let record = serde_json::json!({
        "name": "study", "program": "rnnlab", "file": "study.yaml", "profile": null, "question": null, "answer": "score", "notes": [], "cells": {},
        "role": {"role": "comparison", "stated": false}, "tuning": null, "runs": [], "metric": "squared_error",
        "data": {
            "requested": "dyck", "name": "dyck", "title": "Dyck", "fingerprint": "a",
            "settings": {"name": "dyck", "kinds": 2}, "stand_in": false, "note": null, "location": null,
            "licence": "none", "vocabulary": 4, "tokens": [9, 9, 9], "sequences": [3, 3, 3], "files": [], "baselines": [],
        },
        "sessions": [], "text": "",
    });
    serde_json::from_value(record).expect("an experiment")
}

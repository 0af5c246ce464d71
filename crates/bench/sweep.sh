#!/usr/bin/env bash
# A sweep of eight runs, one at a time and two at a time in turn: the ratio of the times, and whether the trained
# models are the same to the bit.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for round in 1 2 3; do
    for jobs in 1 2; do
        begin=$(date +%s%N)
        target/release/rnnlab run crates/bench/sweep.yaml --jobs "$jobs" --results "$folder/$jobs" --quiet
        took[jobs]=$((($(date +%s%N) - begin) / 1000000))
        (cd "$folder/$jobs/sweep/runs" && sha256sum */model.safetensors) > "$folder/models-$jobs"
        rm -rf "${folder:?}/$jobs"
    done
    cmp "$folder/models-1" "$folder/models-2"
    echo "round $round: ${took[1]} ms one at a time, ${took[2]} ms two at a time: $((100 * took[2] / took[1])) %, the same models"
done

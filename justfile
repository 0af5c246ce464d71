# Trains every run of an experiment, then writes tables, figures and a report under results/.
run experiment *options:
    cargo run --release -p rnnlab -- run {{experiment}} {{options}}

# Shows what an experiment would train: sizes, costs, rough time. Starts nothing.
plan experiment *options:
    cargo run --release -p rnnlab -- plan {{experiment}} {{options}}

# Makes tables, figures and report again from what was recorded, e.g. `just report results/smoke`.
report folder *options:
    cargo run --release -p rnnlab -- report {{folder}} {{options}}

# Copies an experiment's tables, figures and report to results/published, e.g. `just publish results/smoke`.
publish folder *options:
    cargo run --release -p rnnlab -- publish {{folder}} {{options}}

# Lists `cells` or `datasets`; with names, all about these, e.g. `just list cells gru`.
list what *names:
    cargo run --release -p rnnlab -- list {{what}} {{names}}

# Any command of the program, e.g. `just rnnlab show results/gru_vs_lstm`; `just rnnlab --help` lists them.
rnnlab *arguments:
    cargo run --release -p rnnlab -- {{arguments}}

# Datasets: `just data list`, `just data fetch NAME`, `just data check`.
data *arguments:
    cargo run --release -p rnnlab -- data {{arguments}}

# Recurrent layers to PyTorch's names and back, e.g. `just convert --to torch IN OUT`.
convert *arguments:
    cargo run --release -p rnnlab -- convert {{arguments}}

# The test suite, offline, without what is slow. Tests on real data run if RNNLAB_DATA names the folder with it.
test:
    RNNLAB_OFFLINE=1 cargo test --release --workspace

# The same with the slow tests: every cell trained, a sweep killed 24 times, records of random data.
test-all:
    RNNLAB_OFFLINE=1 cargo test --release --workspace -- --include-ignored

# Every parser of data on files that are nearly right, for a minute or as many seconds as told.
fuzz seconds="60":
    RNNLAB_FUZZ_SECONDS={{seconds}} cargo test --release --quiet --workspace --lib no_file_is_too_strange -- --nocapture

# The checks that every cell passes, one line a cell and check.
conformance:
    cargo test --release --quiet -p rnnlab-zoo --test all every_cell -- --nocapture

# Times rnnlab alone on one thread: layers, a language model, data. `just bench --help` has options.
bench *options:
    cargo run --release -p rnnlab-bench -- measure {{options}}

# Times rnnlab, PyTorch and JAX (installed under target/peers) in turn, on one thread and on two:
# tables and figure in results/bench.
bench-peers *options:
    cargo run --release -p rnnlab-bench -- compare {{options}}

# Times a sweep of eight runs, one at a time and two at a time, and compares the trained models.
bench-sweep:
    cargo build --release -p rnnlab
    crates/bench/sweep.sh

# Runs `compute`, where all pointers are handled, under Miri (an interpreter that finds undefined
# behaviour), in a nightly compiler of its own. It takes the portable kernels: Miri reports no vector
# instructions. The test over all odd sizes is too slow for it.
miri:
    rustup toolchain install nightly-2026-05-20 --profile minimal --component miri --component rust-src
    cargo +nightly-2026-05-20 miri test -p rnnlab-compute --target-dir target/miri -- --skip odd_sizes

# Runs `compute` with this processor's vector kernels under AddressSanitizer, which finds what is read or
# written outside of what was allotted.
asan:
    rustup toolchain install nightly-2026-05-20 --profile minimal
    RUSTFLAGS=-Zsanitizer=address cargo +nightly-2026-05-20 test --release --lib -p rnnlab-compute --target "$(rustc -vV | sed -n 's/^host: //p')" --target-dir target/asan

# Formatting, lints and documentation, as the gate checks them.
lint:
    cargo fmt --all --check
    cargo clippy --release --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps

# Licences, advisories and sources of the dependencies (needs cargo-deny).
deny:
    cargo deny check

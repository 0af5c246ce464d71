//! Time of the kernel at T 128, 64 heads of sequences, 64 numbers a key and value, beside the product
//! of two square matrices in the same run, one thread. It is eight times the least time of eight heads
//! in many repetitions, which are short so that some are undisturbed on a busy machine.

use compute::matmul::{Matrix, MatrixMut, Packed, set_packed};
use memory::kernel::{
    Erase, Gradients, Inputs, Keep, PassOptions, Purpose, Sizes, Terms, backward, forward,
};
use std::hint::black_box;
use std::time::Instant;

const SIZES: Sizes = Sizes { steps: 128, batch: 4, heads: 2, key: 64, value: 64 };

macro_rules! terms {
    ($($name:ident $keep:ident $erase:ident)*) => {$(
        struct $name;
        impl Terms for $name {
            const KEEP: Keep = Keep::$keep;
            const ERASE: Erase = Erase::$erase;
        }
    )*};
}
terms! {
    Linear All Nothing
    GatedKeys Vector Nothing
    DeltaNet All AlongKey
    GatedDeltaNet Number AlongKey
    Full Vector Along
}

fn main() {
    let peak = product();
    println!("product of 256 x 256 x 256: {peak:.1} GFLOP/s");
    time::<Linear>("linear attention", peak);
    time::<GatedKeys>("GLA", peak);
    time::<DeltaNet>("DeltaNet", peak);
    time::<GatedDeltaNet>("Gated DeltaNet", peak);
    time::<Full>("all terms", peak);
}

/// Least seconds of many repetitions.
fn least(mut work: impl FnMut()) -> f64 {
    let mut least = f64::INFINITY;
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < 2.0 {
        let begin = Instant::now();
        work();
        least = least.min(begin.elapsed().as_secs_f64());
    }
    least
}

fn product() -> f64 {
    const N: usize = 256;
    let a = vec![1.0_f32; N * N];
    let packed = Packed::new(Matrix::new(&a, N, N));
    let mut out = vec![0.0_f32; N * N];
    let seconds = least(|| {
        set_packed(MatrixMut::new(&mut out, N, N), Matrix::new(black_box(&a), N, N), &packed);
    });
    2.0 * (N * N * N) as f64 / seconds / 1e9
}

fn time<X: Terms>(name: &str, peak: f64) {
    let rows = SIZES.steps * SIZES.units();
    let numbers = |len: usize| -> Vec<f32> {
        (0..len).map(|k| ((k * 7 + len) as f32 * 0.618).sin() * 0.1).collect()
    };
    let keep = match X::KEEP {
        Keep::All => 0,
        Keep::Head => SIZES.heads,
        Keep::Number => rows,
        Keep::Vector => rows * SIZES.key,
    };
    let mut keep = numbers(keep);
    keep.iter_mut().for_each(|w| *w += 0.8);
    let erase = numbers(if X::ERASE == Erase::Nothing { 0 } else { rows * SIZES.key });
    let along = numbers(if X::ERASE == Erase::Along { rows * SIZES.key } else { 0 });
    let (key, value, query) =
        (numbers(rows * SIZES.key), numbers(rows * SIZES.value), numbers(rows * SIZES.key));
    let initial = vec![0.0; SIZES.units() * SIZES.state()];
    let inputs = Inputs {
        keep: &keep[..],
        erase: &erase[..],
        along: &along[..],
        key: &key[..],
        value: &value[..],
        query: &query[..],
    };
    let options = PassOptions::default();
    let run = |purpose| forward::<X, f32>(SIZES, &options, black_box(&inputs), &initial, purpose);
    let forward_seconds = least(|| drop(run(Purpose::Infer)));
    let mut found =
        [&keep, &erase, &along, &key, &value, &query, &initial].map(|x| vec![0.0; x.len()]);
    let train_seconds = least(|| {
        let pass = run(Purpose::Train);
        let [keep, erase, along, key, value, query, d_initial] = &mut found;
        let into = Inputs {
            keep: if X::KEEP == Keep::Head { &mut [][..] } else { &mut keep[..] },
            erase: &mut erase[..],
            along: &mut along[..],
            key: &mut key[..],
            value: &mut value[..],
            query: &mut query[..],
        };
        let into = Gradients { inputs: into, initial: d_initial, squares: &mut [] };
        backward::<X, f32>(SIZES, &options, &inputs, pass, inputs.value, &[], into);
    });
    let flops = (rows * SIZES.flops::<X>()) as f64;
    println!(
        "{name:18} forward {:6.2} ms ({:4.1} GFLOP/s, {:.2} of the product's) train {:6.2} ms",
        8.0 * forward_seconds * 1e3,
        flops / forward_seconds / 1e9,
        flops / forward_seconds / 1e9 / peak,
        8.0 * train_seconds * 1e3,
    );
}

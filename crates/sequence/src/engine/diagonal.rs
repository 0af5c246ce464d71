//! Matrices on the state, in a layer of several heads.

use compute::Float;
use compute::matmul::{Matrix, MatrixMut, Packed, add_packed};
use std::ops::Range;

/// Several matrices on one vector, one below the other, each in as many blocks on its diagonal as there are
/// heads. Those of one head are one matrix.
#[derive(Debug, Clone)]
pub(super) struct Diagonal<E: Float> {
    pieces: Vec<Piece<E>>,
}

/// A block that is not 0.
#[derive(Debug, Clone)]
struct Piece<E: Float> {
    rows: Range<usize>,
    columns: Range<usize>,
    packed: Packed<E>,
}

impl<E: Float> Diagonal<E> {
    /// Matrices of `rows` rows and `columns` columns, whose elements lie block by block.
    pub(super) fn new(
        elements: &[E],
        (rows, columns): (usize, usize),
        heads: usize,
        pack: fn(Matrix<'_, E>) -> Packed<E>,
    ) -> Self {
        if heads == 1 {
            let rows = elements.len() / columns.max(1);
            let packed = pack(Matrix::new(elements, rows, columns));
            return Self { pieces: vec![Piece { rows: 0..rows, columns: 0..columns, packed }] };
        }
        let (rows, columns) = (rows / heads, columns / heads);
        let piece = |(k, block)| Piece {
            rows: k * rows..(k + 1) * rows,
            columns: k % heads * columns..(k % heads + 1) * columns,
            packed: pack(Matrix::new(block, rows, columns)),
        };
        let blocks = elements.chunks_exact((rows * columns).max(1));
        Self { pieces: blocks.enumerate().map(piece).collect() }
    }

    /// Writes the products with `batch` vectors `of` by `product`; how far apart neighbouring vectors lie
    /// stands beside each slice.
    pub(super) fn multiply(
        &self,
        batch: usize,
        (to, to_apart): (&mut [E], usize),
        (of, of_apart): (&[E], usize),
        product: impl Fn(MatrixMut<'_, E>, Matrix<'_, E>, &Packed<E>),
    ) {
        for Piece { rows, columns, packed } in &self.pieces {
            let to = MatrixMut::strided(&mut to[rows.start..], batch, rows.len(), to_apart);
            let of = Matrix::strided(&of[columns.start..], batch, columns.len(), of_apart);
            product(to, of, packed);
        }
    }

    /// The same of the transposed matrices, where they were packed for that.
    pub(super) fn multiply_back(
        &self,
        batch: usize,
        (to, to_apart): (&mut [E], usize),
        (of, of_apart): (&[E], usize),
        product: impl Fn(MatrixMut<'_, E>, Matrix<'_, E>, &Packed<E>),
    ) {
        for Piece { rows, columns, packed } in &self.pieces {
            let to = MatrixMut::strided(&mut to[columns.start..], batch, columns.len(), to_apart);
            let of = Matrix::strided(&of[rows.start..], batch, rows.len(), of_apart);
            product(to, of, packed);
        }
    }
}

/// Adds the gradients of such matrices, whose products with the rows of `vectors`, `[count, columns]`, have the
/// gradients `d`, each a vector of all matrices' rows. `packed` is memory for one matrix.
pub(super) fn add_gradients<E: Float>(
    into: &mut [E],
    (rows, columns): (usize, usize),
    heads: usize,
    (d, apart): (&[E], usize),
    vectors: &[E],
    packed: &mut Packed<E>,
) {
    let count = vectors.len() / columns.max(1);
    let matrices = into.len() / (rows * columns / heads).max(1);
    if heads == 1 {
        packed.pack(Matrix::new(vectors, count, columns));
        let d = Matrix::strided(d, count, matrices * rows, apart);
        add_packed(MatrixMut::new(into, matrices * rows, columns), d.t(), packed);
        return;
    }
    let (r, c) = (rows / heads, columns / heads);
    for head in 0..heads {
        packed.pack(Matrix::strided(&vectors[head * c..], count, c, columns));
        for matrix in 0..matrices {
            let block = matrix * heads + head;
            let d = Matrix::strided(&d[block * r..], count, r, apart);
            add_packed(MatrixMut::new(&mut into[block * r * c..][..r * c], r, c), d.t(), packed);
        }
    }
}

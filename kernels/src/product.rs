//! Matrix products for the shapes of these networks: many rows, few columns, one thread.
//!
//! A tile of four rows by two vectors is the largest whose sums stay in the registers that a browser leaves free, and enough to keep its
//! multipliers and adders busy. The matrix on the right is repacked once into panels as wide as a tile, which then stay in the nearest cache.

use pulp::{Simd, WithSimd};

use super::simd::{in_parallel, lanes, shares, vectorised};

/// Rows of a tile.
const ROWS: usize = 4;
/// Rows of the left matrix that are worked through together: with a hundred or two columns they fit the second cache.
const BLOCK: usize = 64;

/// The matrix on the left: rows that are parts of longer memory.
pub(super) trait Left: Copy + Send + Sync {
    /// Rows.
    fn rows(&self) -> usize;
    /// Stretches of memory that a row consists of.
    fn parts(&self) -> usize;
    /// Numbers in each of them.
    fn depth(&self) -> usize;
    /// One of them, `depth` long.
    fn part(&self, row: usize, part: usize) -> &[f32];

    /// Columns.
    fn columns(&self) -> usize {
        self.parts() * self.depth()
    }
}

/// A matrix stored row by row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix<'a> {
    pub(super) values: &'a [f32],
    pub(super) columns: usize,
}

impl Left for Matrix<'_> {
    fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    fn parts(&self) -> usize {
        1
    }

    fn depth(&self) -> usize {
        self.columns
    }

    #[inline(always)]
    fn part(&self, row: usize, _: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }
}

/// Vectors side by side in a tile for results of so many columns.
fn tile_vectors(columns: usize) -> usize {
    if columns <= lanes() { 1 } else { 2 }
}

/// The matrix on the right `[depth, columns]` in panels: all rows of the first columns, then of the next. Zeros fill the last panel.
#[derive(Debug)]
pub(super) struct Panels {
    values: Vec<f32>,
    depth: usize,
    columns: usize,
    vectors: usize,
}

impl Panels {
    fn pack(depth: usize, columns: usize, copy: impl Fn(usize, usize, &mut [f32])) -> Self {
        let vectors = tile_vectors(columns);
        let width = vectors * lanes();
        let mut values = vec![0.0; columns.div_ceil(width) * width * depth];
        for (panel, values) in values.chunks_exact_mut((depth * width).max(1)).enumerate() {
            let first = panel * width;
            let count = width.min(columns - first);
            for (row, values) in values.chunks_exact_mut(width).enumerate() {
                copy(row, first, &mut values[..count]);
            }
        }
        Self { values, depth, columns, vectors }
    }

    /// `right` itself.
    pub(super) fn of(right: Matrix<'_>) -> Self {
        Self::pack(right.rows(), right.columns, |row, first, to| {
            to.copy_from_slice(&right.part(row, 0)[first..first + to.len()]);
        })
    }

    /// The transpose of `right`.
    pub(super) fn transposed(right: Matrix<'_>) -> Self {
        let Matrix { values, columns } = right;
        Self::pack(columns, right.rows(), |row, first, to| {
            for (to, from) in to.iter_mut().zip(first..) {
                *to = values[from * columns + row];
            }
        })
    }

    fn width(&self) -> usize {
        self.vectors * lanes()
    }
}

/// What is done with rows of a product while they are near.
pub(super) trait Finish: Copy + Send + Sync {
    /// Changes `rows`, and the same rows of `extra` unless it is empty.
    fn finish<S: Simd>(self, simd: S, rows: &mut [f32], extra: &mut [f32]);
}

/// `out = left right + bias`, `out` `[rows, columns]`; then `finish` on blocks of whole rows of it, with the same rows of `extra`, which is as
/// large as `out` or empty.
pub(super) fn multiply(
    left: impl Left,
    right: &Panels,
    bias: &[f32],
    finish: impl Finish,
    out: &mut [f32],
    extra: &mut [f32],
) {
    debug_assert_eq!((left.columns(), out.len()), (right.depth, left.rows() * right.columns));
    let mut start = vec![0.0; right.columns.next_multiple_of(right.width())];
    start[..right.columns].copy_from_slice(bias);
    let heavy = left.rows() * right.depth * right.columns > 1 << 21;
    in_parallel(heavy, BLOCK * right.columns, out, extra, |block, out, extra| {
        vectorised(Rows { left, right, start: &start, finish, first: block * BLOCK, out, extra });
    });
}

/// Some rows of a product.
struct Rows<'a, L, F> {
    left: L,
    right: &'a Panels,
    start: &'a [f32],
    finish: F,
    first: usize,
    out: &'a mut [f32],
    extra: &'a mut [f32],
}

impl<L: Left, F: Finish> WithSimd for Rows<'_, L, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.right.vectors {
            1 => self.run::<S, 1>(simd),
            _ => self.run::<S, 2>(simd),
        }
    }
}

impl<L: Left, F: Finish> Rows<'_, L, F> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let Self { left, right, start, finish, first, out, extra } = self;
        let (depth, columns) = (right.depth, right.columns);
        let count = out.len() / columns;
        let (start, _) = S::as_simd_f32s(start).0.as_chunks::<V>();
        for (index, start) in start.iter().enumerate() {
            let width = V * S::F32_LANES;
            let (panel, _) =
                S::as_simd_f32s(&right.values[index * depth * width..][..depth * width]).0.as_chunks::<V>();
            let column = index * width;
            let mut row = 0;
            while row + ROWS <= count {
                let sums = tile::<S, L, ROWS, V>(simd, left, first + row, panel, *start);
                store(simd, sums, &mut out[row * columns..], columns, column);
                row += ROWS;
            }
            while row < count {
                let sums = tile::<S, L, 1, V>(simd, left, first + row, panel, *start);
                store(simd, sums, &mut out[row * columns..], columns, column);
                row += 1;
            }
        }
        finish.finish(simd, out, extra);
    }
}

/// `R` rows of a product in one panel.
#[inline(always)]
fn tile<S: Simd, L: Left, const R: usize, const V: usize>(
    simd: S,
    left: L,
    row: usize,
    panel: &[[S::f32s; V]],
    start: [S::f32s; V],
) -> [[S::f32s; V]; R] {
    let mut sums = [start; R];
    let depth = left.depth();
    for part in 0..left.parts() {
        let rows: [&[f32]; R] = std::array::from_fn(|r| left.part(row + r, part));
        let panel = &panel[part * depth..][..depth];
        let rows = rows.map(|row| &row[..depth]);
        for (k, right) in panel.iter().enumerate() {
            add(simd, &mut sums, rows.map(|row| row[k]), *right);
        }
    }
    sums
}

#[inline(always)]
fn add<S: Simd, const R: usize, const V: usize>(
    simd: S,
    sums: &mut [[S::f32s; V]; R],
    left: [f32; R],
    right: [S::f32s; V],
) {
    for (sums, left) in sums.iter_mut().zip(left) {
        let left = simd.splat_f32s(left);
        for (sum, right) in sums.iter_mut().zip(right) {
            *sum = simd.mul_add_e_f32s(left, right, *sum);
        }
    }
}

/// Writes a tile to `out` `[.., columns]` from `column` on, as far as there are columns.
#[inline(always)]
fn store<S: Simd, const R: usize, const V: usize>(
    simd: S,
    sums: [[S::f32s; V]; R],
    out: &mut [f32],
    columns: usize,
    column: usize,
) {
    for (row, sums) in sums.into_iter().enumerate() {
        let out = &mut out[row * columns..][column..columns];
        let (vectors, rest) = S::as_mut_simd_f32s(out);
        for (vector, sum) in vectors.iter_mut().zip(sums) {
            *vector = sum;
        }
        if let Some(sum) = sums.get(vectors.len()) {
            simd.partial_store_f32s(rest, *sum);
        }
    }
}

/// `left^T right` `[columns of left, columns of right]`, both with the same rows.
pub(super) fn multiply_transposed(left: impl Left, right: Matrix<'_>) -> Vec<f32> {
    let mut out = vec![0.0; left.columns() * right.columns];
    if out.is_empty() {
        return out;
    }
    if right.columns <= NARROW {
        let mut sums = vec![0.0; out.len()];
        vectorised(Narrow { left, right, sums: &mut sums });
        for (column, sums) in sums.chunks_exact(left.columns()).enumerate() {
            out[column..].iter_mut().step_by(right.columns).zip(sums).for_each(|(out, sum)| *out = *sum);
        }
        return out;
    }
    let heavy = left.rows() * out.len() > 1 << 21;
    // All rows of the result at once, where one core does them all.
    let share = if heavy { left.columns().div_ceil(shares()).next_multiple_of(ROWS) } else { left.columns() };
    in_parallel(heavy, share * right.columns, &mut out, &mut [], |index, out, _| {
        columns(left, right, index * share, out);
    });
    out
}

/// Columns on the right for which repacking the left would cost more than the product.
const NARROW: usize = 4;

/// `sums += right^T left`, for few columns of `right`.
struct Narrow<'a, L> {
    left: L,
    right: Matrix<'a>,
    sums: &'a mut [f32],
}

impl<L: Left> WithSimd for Narrow<'_, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let rows = self.left.rows();
        let whole = rows - rows % ROWS;
        (0..whole).step_by(ROWS).for_each(|row| self.add::<S, ROWS>(simd, row));
        (whole..rows).for_each(|row| self.add::<S, 1>(simd, row));
    }
}

impl<L: Left> Narrow<'_, L> {
    /// Adds what `R` rows from `row` on contribute.
    #[inline(always)]
    fn add<S: Simd, const R: usize>(&mut self, simd: S, row: usize) {
        let depth = self.left.depth();
        for part in 0..self.left.parts() {
            let rows: [&[f32]; R] = std::array::from_fn(|r| self.left.part(row + r, part));
            let rows = rows.map(|row| S::as_simd_f32s(&row[..depth]));
            for column in 0..self.right.columns {
                let factors: [f32; R] =
                    std::array::from_fn(|r| self.right.values[(row + r) * self.right.columns + column]);
                let spread = factors.map(|factor| simd.splat_f32s(factor));
                let sums = &mut self.sums[column * self.left.parts() * depth + part * depth..][..depth];
                let (sums, rest) = S::as_mut_simd_f32s(sums);
                let vectors = rows.map(|(vectors, _)| &vectors[..sums.len()]);
                for (k, sum) in sums.iter_mut().enumerate() {
                    for (vectors, factor) in vectors.iter().zip(spread) {
                        *sum = simd.mul_add_e_f32s(vectors[k], factor, *sum);
                    }
                }
                for (k, sum) in rest.iter_mut().enumerate() {
                    *sum += rows.iter().zip(factors).map(|((_, rest), factor)| rest[k] * factor).sum::<f32>();
                }
            }
        }
    }
}

/// Rows of `left` that are repacked together for [`multiply_transposed`].
const DEPTH: usize = 128;

/// The rows from `first` on of `left^T right`.
fn columns(left: impl Left, right: Matrix<'_>, first: usize, out: &mut [f32]) {
    let rows = left.rows();
    let count = out.len() / right.columns;
    let vectors = tile_vectors(right.columns);
    let mut lefts = vec![0.0; count.next_multiple_of(ROWS) * DEPTH];
    for start in (0..rows).step_by(DEPTH) {
        let depth = DEPTH.min(rows - start);
        for row in 0..depth {
            for part in 0..left.parts() {
                let values = left.part(start + row, part);
                let place = part * left.depth();
                let from = first.saturating_sub(place).min(values.len());
                let to = (first + count).saturating_sub(place).clamp(from, values.len());
                spread(&mut lefts, depth, row, place + from - first, &values[from..to]);
            }
        }
        let values = &right.values[start * right.columns..][..depth * right.columns];
        let right = Panels::of(Matrix { values, columns: right.columns });
        vectorised(Columns { lefts: &lefts, right: &right, out, vectors });
    }
}

/// Puts `values` into row `row` of panels of [`ROWS`] columns and `depth` rows each, from column `column` on.
#[inline]
fn spread(panels: &mut [f32], depth: usize, row: usize, column: usize, values: &[f32]) {
    if column.is_multiple_of(ROWS) {
        let (fours, rest) = values.as_chunks::<ROWS>();
        let place = |index: usize| ((column / ROWS + index) * depth + row) * ROWS;
        for (index, four) in fours.iter().enumerate() {
            panels[place(index)..][..ROWS].copy_from_slice(four);
        }
        if !rest.is_empty() {
            panels[place(fours.len())..][..rest.len()].copy_from_slice(rest);
        }
    } else {
        for (column, value) in (column..).zip(values) {
            panels[(column / ROWS * depth + row) * ROWS + column % ROWS] = *value;
        }
    }
}

/// `out += left^T right` from panels of both.
struct Columns<'a> {
    lefts: &'a [f32],
    right: &'a Panels,
    out: &'a mut [f32],
    vectors: usize,
}

impl WithSimd for Columns<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.vectors {
            1 => self.run::<S, 1>(simd),
            _ => self.run::<S, 2>(simd),
        }
    }
}

impl Columns<'_> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let Self { lefts, right, out, .. } = self;
        let Panels { depth, columns, ref values, .. } = *right;
        let width = V * S::F32_LANES;
        for (index, right) in values.chunks_exact(depth * width).enumerate() {
            let (right, _) = S::as_simd_f32s(right).0.as_chunks::<V>();
            let (lefts, _) = lefts.as_chunks::<ROWS>();
            for (out, left) in out.chunks_mut(ROWS * columns).zip(lefts.chunks_exact(depth)) {
                let mut sums = [[simd.splat_f32s(0.0); V]; ROWS];
                for (left, right) in left.iter().zip(right) {
                    add(simd, &mut sums, *left, *right);
                }
                for (out, sums) in out.chunks_exact_mut(columns).zip(sums) {
                    let (vectors, rest) = S::as_mut_simd_f32s(&mut out[index * width..]);
                    for (vector, sum) in vectors.iter_mut().zip(sums) {
                        *vector = simd.add_f32s(*vector, sum);
                    }
                    if let Some(sum) = sums.get(vectors.len()) {
                        let sum = simd.add_f32s(simd.partial_load_f32s(rest), *sum);
                        simd.partial_store_f32s(rest, sum);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Nothing;

    impl Finish for Nothing {
        fn finish<S: Simd>(self, _: S, _: &mut [f32], _: &mut [f32]) {}
    }

    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| (((i + seed) * 7919) % 1013) as f32 / 506.0 - 1.0).collect()
    }

    fn assert_close(found: &[f32], expected: impl Fn(usize) -> f64, name: &str) {
        for (index, found) in found.iter().enumerate() {
            let expected = expected(index);
            assert!((f64::from(*found) - expected).abs() < 1e-4, "{name}, at {index}: {found}, not {expected}");
        }
    }

    /// All three products of a layer, at sizes about those of tiles, blocks and panels, empty ones too.
    #[test]
    fn products_are_sums_of_products() {
        for rows in [0, 1, 3, 4, 5, 63, 64, 65, 127, 130, 300] {
            for inputs in [1, 2, 3, 4, 5, 18, 33] {
                for outputs in [1, 2, 4, 5, 8, 9, 16, 17, 36] {
                    let name = format!("{rows} rows, {inputs} to {outputs}");
                    let (x, w, d) = (values(rows * inputs, 1), values(inputs * outputs, 2), values(rows * outputs, 3));
                    let bias = values(outputs, 4);
                    let matrix = |values, columns| Matrix { values, columns };
                    let at = |values: &[f32], index: usize| f64::from(values[index]);

                    let mut forwards = vec![f32::NAN; rows * outputs];
                    let right = Panels::of(matrix(&w, outputs));
                    multiply(matrix(&x, inputs), &right, &bias, Nothing, &mut forwards, &mut []);
                    let sum = |row, column| {
                        (0..inputs).map(|k| at(&x, row * inputs + k) * at(&w, k * outputs + column)).sum::<f64>()
                    };
                    assert_close(&forwards, |i| at(&bias, i % outputs) + sum(i / outputs, i % outputs), &name);

                    let mut backwards = vec![f32::NAN; rows * inputs];
                    let right = Panels::transposed(matrix(&w, outputs));
                    multiply(matrix(&d, outputs), &right, &vec![0.0; inputs], Nothing, &mut backwards, &mut []);
                    let sum = |row, column| {
                        (0..outputs).map(|k| at(&d, row * outputs + k) * at(&w, column * outputs + k)).sum::<f64>()
                    };
                    assert_close(&backwards, |i| sum(i / inputs, i % inputs), &name);

                    let weights = multiply_transposed(matrix(&x, inputs), matrix(&d, outputs));
                    let sum = |row, column| {
                        (0..rows).map(|k| at(&x, k * inputs + row) * at(&d, k * outputs + column)).sum::<f64>()
                    };
                    assert_eq!(weights.len(), inputs * outputs);
                    assert_close(&weights, |i| sum(i / outputs, i % outputs), &name);
                }
            }
        }
    }
}

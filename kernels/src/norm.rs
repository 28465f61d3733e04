//! Rows with a mean square of one, scaled and shifted, forwards and backwards.

use pulp::{Simd, WithSimd};

use super::TINY;
use super::simd::vectorised;

/// Rows of `width` numbers, `places` of them for each image; each image has `width` scales and as many shifts after them, or all have the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) width: usize,
    pub(super) places: usize,
}

impl Rows {
    /// `hidden / |hidden| (1 + scale) + shift`, with the root of the mean square for `|hidden|`; and `1 / |hidden|` of each row.
    pub(super) fn forward(self, hidden: &[f32], modulation: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let mut out = vec![0.0; hidden.len()];
        let mut inverse = vec![0.0; hidden.len() / self.width.max(1)];
        vectorised(Forward { rows: self, hidden, modulation, out: &mut out, inverse: &mut inverse });
        (out, inverse)
    }

    /// Turns the gradient of [`Rows::forward`]'s output into that of `hidden`, and returns that of the modulation.
    pub(super) fn backward(
        self,
        hidden: &[f32],
        modulation: &[f32],
        inverse: &[f32],
        gradient: &mut [f32],
    ) -> Vec<f32> {
        let mut of_modulation = vec![0.0; modulation.len()];
        vectorised(Backward { rows: self, hidden, modulation, inverse, gradient, of_modulation: &mut of_modulation });
        of_modulation
    }

    /// Numbers of an image.
    fn image(self) -> usize {
        (self.places * self.width).max(1)
    }

    /// Where the modulation of an image begins in one of `length` numbers.
    fn of_image(self, image: usize, length: usize) -> usize {
        if length > 2 * self.width { image * 2 * self.width } else { 0 }
    }
}

/// `1 + scale`, of which a row's last numbers fill no vector.
fn scales(scale: &[f32]) -> Vec<f32> {
    scale.iter().map(|scale| 1.0 + scale).collect()
}

struct Forward<'a> {
    rows: Rows,
    hidden: &'a [f32],
    modulation: &'a [f32],
    out: &'a mut [f32],
    inverse: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, hidden, modulation, out, inverse } = self;
        let Rows { width, places } = rows;
        let images = hidden.chunks_exact(rows.image()).zip(out.chunks_exact_mut(rows.image()));
        for (image, ((hidden, out), inverse)) in images.zip(inverse.chunks_exact_mut(places.max(1))).enumerate() {
            let (scale, shift) = modulation[rows.of_image(image, modulation.len())..][..2 * width].split_at(width);
            let scale = scales(scale);
            let (scales, scales_rest) = S::as_simd_f32s(&scale);
            let (shifts, shifts_rest) = S::as_simd_f32s(shift);
            let last = [scales_rest, shifts_rest].map(|rest| simd.partial_load_f32s(rest));
            let each = hidden.chunks_exact(width).zip(out.chunks_exact_mut(width)).zip(inverse);
            for ((hidden, out), inverse) in each {
                let (hidden, rest) = S::as_simd_f32s(hidden);
                let rest = simd.partial_load_f32s(rest);
                let mut power = simd.mul_f32s(rest, rest);
                for &value in hidden {
                    power = simd.mul_add_e_f32s(value, value, power);
                }
                *inverse = (simd.reduce_sum_f32s(power) / width as f32 + TINY).sqrt().recip();
                let unit = simd.splat_f32s(*inverse);
                let value = |hidden, scale, shift| simd.mul_add_e_f32s(simd.mul_f32s(hidden, unit), scale, shift);
                let (out, out_rest) = S::as_mut_simd_f32s(out);
                for (((out, &hidden), &scale), &shift) in out.iter_mut().zip(hidden).zip(scales).zip(shifts) {
                    *out = value(hidden, scale, shift);
                }
                simd.partial_store_f32s(out_rest, value(rest, last[0], last[1]));
            }
        }
    }
}

struct Backward<'a> {
    rows: Rows,
    hidden: &'a [f32],
    modulation: &'a [f32],
    inverse: &'a [f32],
    gradient: &'a mut [f32],
    of_modulation: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    /// With `u = gradient (1 + scale)`, the gradient of a row is `u / |h| - h <u, h> / |h|^3`, where `<u, h>` is the mean of products.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, hidden, modulation, inverse, gradient, of_modulation } = self;
        let Rows { width, places } = rows;
        let images = hidden.chunks_exact(rows.image()).zip(gradient.chunks_exact_mut(rows.image()));
        for (image, ((hidden, gradient), inverse)) in images.zip(inverse.chunks_exact(places.max(1))).enumerate() {
            let at = rows.of_image(image, modulation.len());
            let scale = scales(&modulation[at..][..width]);
            let (scales, scales_rest) = S::as_simd_f32s(&scale);
            let scales_rest = simd.partial_load_f32s(scales_rest);
            let (to_scale, to_shift) = of_modulation[at..][..2 * width].split_at_mut(width);
            let (to_scale, to_scale_rest) = S::as_mut_simd_f32s(to_scale);
            let (to_shift, to_shift_rest) = S::as_mut_simd_f32s(to_shift);
            let each = hidden.chunks_exact(width).zip(gradient.chunks_exact_mut(width)).zip(inverse);
            for ((hidden, gradient), &inverse) in each {
                let (hidden, rest) = S::as_simd_f32s(hidden);
                let rest = simd.partial_load_f32s(rest);
                let (gradient, gradient_rest) = S::as_mut_simd_f32s(gradient);
                let last = simd.partial_load_f32s(gradient_rest);
                let product =
                    |gradient, scale, hidden, sum| simd.mul_add_e_f32s(simd.mul_f32s(gradient, scale), hidden, sum);
                let mut products = product(last, scales_rest, rest, simd.splat_f32s(0.0));
                for ((&gradient, &scale), &hidden) in gradient.iter().zip(scales).zip(hidden) {
                    products = product(gradient, scale, hidden, products);
                }
                let mean = simd.reduce_sum_f32s(products) / width as f32;
                let (unit, along) = (simd.splat_f32s(inverse), simd.splat_f32s(mean * inverse * inverse * inverse));
                let scaled = |gradient, hidden, sum| simd.mul_add_e_f32s(gradient, simd.mul_f32s(hidden, unit), sum);
                let of_hidden = |gradient, scale, hidden| {
                    let across = simd.mul_f32s(simd.mul_f32s(gradient, scale), unit);
                    simd.negate_mul_add_e_f32s(along, hidden, across)
                };
                let sums = to_scale.iter_mut().zip(to_shift.iter_mut());
                for (((gradient, &scale), &hidden), (to_scale, to_shift)) in
                    gradient.iter_mut().zip(scales).zip(hidden).zip(sums)
                {
                    *to_scale = scaled(*gradient, hidden, *to_scale);
                    *to_shift = simd.add_f32s(*to_shift, *gradient);
                    *gradient = of_hidden(*gradient, scale, hidden);
                }
                let sum = scaled(last, rest, simd.partial_load_f32s(to_scale_rest));
                simd.partial_store_f32s(to_scale_rest, sum);
                let sum = simd.add_f32s(simd.partial_load_f32s(to_shift_rest), last);
                simd.partial_store_f32s(to_shift_rest, sum);
                simd.partial_store_f32s(gradient_rest, of_hidden(last, scales_rest, rest));
            }
        }
    }
}

//! Exponential, sigmoid and sine, as many at once as the processor's vectors hold.
//!
//! Each is within 2 units in the last place of the exact value, over the whole range of `f32`. NaN stays NaN.

use pulp::{Simd, WithSimd};

use super::simd::vectorised;

/// A function of one number, on all lanes of a vector.
pub(super) trait Lanewise: Copy {
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s;
}

/// Puts `function` of each of `values` in its place.
pub(super) fn each(function: impl Lanewise, values: &mut [f32]) {
    struct Each<'a, F>(F, &'a mut [f32]);
    impl<F: Lanewise> WithSimd for Each<'_, F> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (vectors, rest) = S::as_mut_simd_f32s(self.1);
            for vector in vectors {
                *vector = self.0.apply(simd, *vector);
            }
            let last = self.0.apply(simd, simd.partial_load_f32s(rest));
            simd.partial_store_f32s(rest, last);
        }
    }
    vectorised(Each(function, values));
}

/// `1.5 * 2^23`: added to a number of less than `2^22`, it rounds it to an integer, which then are its lowest bits.
const ROUNDING: f32 = 12_582_912.0;

/// Numbers that a formula needs, hidden from the compiler: V8 makes a vector constant inside a loop anew each time, from two instructions that
/// compete with the arithmetic, where a loaded number stays where it is.
#[inline(always)]
fn hidden<const N: usize>(constants: [f32; N]) -> [f32; N] {
    std::hint::black_box(constants)
}

/// `e^x`.
#[derive(Clone, Copy)]
pub(super) struct Exp([f32; 12]);

impl Exp {
    pub(super) fn new() -> Self {
        // ln 2 in two parts, of which the first has so few digits that its products are exact.
        let [ln_2, rest] = [-0.693_145_75, -1.428_606_8e-6];
        let [a, b, c, d] = [1.392_618_4e-3, 8.363_179e-3, 4.166_655_5e-2, 0.166_665_77];
        Self(hidden([-104.0, 89.0, std::f32::consts::LOG2_E, ROUNDING, ln_2, rest, a, b, c, d, 0.5, 1.0]))
    }
}

impl Lanewise for Exp {
    /// `2^n e^r` with `x = n ln 2 + r` and a polynomial (Chebyshev's) for `(e^r - 1 - r) / r^2`.
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let fused = |a, b, c| simd.mul_add_e_f32s(a, b, c);
        let [low, high, log2_e, rounding, ln_2, rest, a, b, c, d, half, one] =
            self.0.map(|constant| simd.splat_f32s(constant));
        // Beyond the bounds it is zero or infinite. NaN fails both comparisons and stays.
        let x = simd.select_f32s(simd.less_than_f32s(x, low), low, x);
        let x = simd.select_f32s(simd.greater_than_f32s(x, high), high, x);

        let rounded = fused(x, log2_e, rounding);
        let n = simd.sub_f32s(rounded, rounding);
        let r = fused(n, rest, fused(n, ln_2, x));
        let p = fused(fused(fused(fused(r, a, b), r, c), r, d), r, half);
        let p = simd.add_f32s(fused(simd.mul_f32s(p, r), r, r), one);

        // 2^n in two factors, since it may be beyond what one float holds.
        let halved = fused(n, half, rounding);
        let bits = |value| simd.transmute_u32s_f32s(value);
        // The bits of ROUNDING are shifted out.
        let power = |integer| {
            let exponent = simd.mul_u32s(integer, simd.splat_u32s(1 << 23));
            simd.transmute_f32s_u32s(simd.add_u32s(exponent, bits(one)))
        };
        let (first, second) = (power(bits(halved)), power(simd.sub_u32s(bits(rounded), bits(halved))));
        simd.mul_f32s(simd.mul_f32s(p, first), second)
    }
}

/// `1 / (1 + e^-x)`.
#[derive(Clone, Copy)]
pub(super) struct Sigmoid {
    exp: Exp,
    zero_and_one: [f32; 2],
}

impl Sigmoid {
    pub(super) fn new() -> Self {
        Self { exp: Exp::new(), zero_and_one: hidden([0.0, 1.0]) }
    }
}

impl Lanewise for Sigmoid {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let [zero, one] = self.zero_and_one.map(|constant| simd.splat_f32s(constant));
        // With e = e^-|x| it is e / (1 + e) = e - e s or 1 / (1 + e) = 1 - s, where rounding errors of s = e / (1 + e) count little.
        let e = self.exp.apply(simd, simd.neg_f32s(simd.abs_f32s(x)));
        let s = simd.div_f32s(e, simd.add_f32s(one, e));
        let first = simd.select_f32s(simd.less_than_f32s(x, zero), e, one);
        simd.negate_mul_add_e_f32s(first, s, first)
    }
}

/// Puts the sine of each of `values` in its place.
pub(super) fn sine(values: &mut [f32]) {
    for part in values.chunks_mut(256) {
        if part.iter().all(|x| x.abs() < NEAR) {
            each(Near::new(), part);
        } else {
            part.iter_mut().for_each(|x| *x = f64::from(*x).sin() as f32);
        }
    }
}

/// Arguments to which [`Near`] is exact enough.
const NEAR: f32 = 3000.0;

/// The sine of a number of less than [`NEAR`].
#[derive(Clone, Copy)]
struct Near([f32; 15]);

impl Near {
    fn new() -> Self {
        // pi / 2 in four parts, of which the first three have so few digits that their products are exact.
        let quarter = [-1.570_312_5, -4.837_513e-4, -7.549_533_6e-8, -2.563_344_2e-12];
        let [a, b, c, d] = quarter;
        let two_over_pi = std::f32::consts::FRAC_2_PI;
        let [odd, minus] = [1, 2].map(f32::from_bits);
        let [s, t, u] = [-1.958_763_9e-4, 8.332_747e-3, -0.166_666_65];
        let [v, w, x] = [2.454_769e-5, -1.388_830_2e-3, 4.166_666_5e-2];
        Self(hidden([two_over_pi, ROUNDING, a, b, c, d, s, t, u, v, w, x, -0.5, odd, minus]))
    }
}

impl Lanewise for Near {
    /// `x = n pi / 2 + r`, and polynomials (Chebyshev's) for `(sin r - r) / r^3` and `(cos r - 1 + r^2 / 2) / r^4`, of which the last
    /// bits of `n` choose one and its sign.
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let fused = |a, b, c| simd.mul_add_e_f32s(a, b, c);
        let [two_over_pi, rounding, a, b, c, d, s, t, u, v, w, last, minus_half, odd, minus] =
            self.0.map(|constant| simd.splat_f32s(constant));
        let rounded = fused(x, two_over_pi, rounding);
        let n = simd.sub_f32s(rounded, rounding);
        let r = fused(n, d, fused(n, c, fused(n, b, fused(n, a, x))));
        let z = simd.mul_f32s(r, r);
        let p = fused(fused(z, s, t), z, u);
        let sine = fused(simd.mul_f32s(p, z), r, r);
        let p = fused(fused(z, v, w), z, last);
        let cosine = fused(simd.mul_f32s(p, z), z, fused(z, minus_half, simd.splat_f32s(1.0)));
        let bits = |value| simd.transmute_u32s_f32s(value);
        let bit = |bit| simd.and_u32s(bits(rounded), bits(bit));
        let value = simd.select_f32s(simd.equal_u32s(bit(odd), bits(odd)), cosine, sine);
        let sign = simd.mul_u32s(bit(minus), simd.splat_u32s(1 << 30));
        simd.transmute_f32s_u32s(simd.xor_u32s(bits(value), sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Floats of all sizes and both signs, infinities and NaN: every 611th.
    fn all() -> Vec<f32> {
        let mut all: Vec<f32> = (0..=u32::MAX / 611).map(|i| f32::from_bits(611 * i)).collect();
        let edges = [
            0.0,
            f32::MIN_POSITIVE,
            1e-45,
            1.0,
            88.722_84,
            88.722_83,
            103.97,
            104.0,
            NEAR,
            f32::MAX,
            f32::INFINITY,
            f32::NAN,
        ];
        all.extend(edges.iter().flat_map(|&x| [x, -x]));
        // The nearest floats to multiples of pi.
        all.extend((1..2000).flat_map(|n| {
            let x = (f64::from(n) * std::f64::consts::PI) as f32;
            [x, x.next_up(), -x.next_down()]
        }));
        all
    }

    fn check(name: &str, apply: impl Fn(&mut [f32]), exact: impl Fn(f64) -> f64) {
        let x = all();
        let mut found = x.clone();
        apply(&mut found);
        for (&x, &found) in x.iter().zip(&found) {
            let exact = exact(f64::from(x));
            let nearest = exact as f32;
            if nearest.is_nan() || nearest.is_infinite() {
                assert!(
                    found.is_nan() == nearest.is_nan() && (nearest.is_nan() || found == nearest),
                    "{name} {x}: {found}"
                );
                continue;
            }
            let unit = f64::from(nearest.abs().next_up()) - f64::from(nearest.abs());
            let off = (f64::from(found) - exact).abs() / unit;
            assert!(off <= 2.0, "{name} of {x}: {off} units off");
        }
    }

    fn exact_sigmoid(x: f64) -> f64 {
        if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }
    }

    #[test]
    fn floats_of_all_sizes_are_within_two_units_in_the_last_place() {
        check("exp", |x| each(Exp::new(), x), f64::exp);
        check("sigmoid", |x| each(Sigmoid::new(), x), exact_sigmoid);
        check("sine", sine, f64::sin);
    }

    /// As on a processor without vectors.
    #[test]
    fn one_at_a_time_too() {
        let scalar =
            |function: fn(f32) -> f32| move |values: &mut [f32]| values.iter_mut().for_each(|x| *x = function(*x));
        check("exp", scalar(|x| Exp::new().apply(pulp::Scalar::new(), x)), f64::exp);
        check("sigmoid", scalar(|x| Sigmoid::new().apply(pulp::Scalar::new(), x)), exact_sigmoid);
    }
}

//! The exact denoiser of a product of circles.

/// `1 - I1(x) / I0(x)` for `x > 0`, with modified Bessel functions: how much shorter than the circle's radius a denoised point is.
pub(super) fn shortfall(x: f64) -> f64 {
    /// From here on the expansion in `1/x` is exact to nine digits.
    const LARGE: f64 = 150.0;
    if x > LARGE {
        let r = x.recip();
        return r * (0.5 + r * (0.125 + r * (0.125 + r * 25.0 / 128.0)));
    }
    1.0 - fraction(x, x as u32 + 60)
}

/// `I1(x) / I0(x)` by Gauss's continued fraction `1 / (2/x + 1 / (4/x + ...))`, begun at its term counted `depth`.
fn fraction(x: f64, depth: u32) -> f64 {
    (1..=depth).rev().fold(0.0, |inner, n| 1.0 / (2.0 * f64::from(n) / x + inner))
}

/// Data spread evenly over the product of `circles` circles of radius one, each in two coordinates of its own; all others are zero.
pub(super) struct Torus {
    pub(super) circles: usize,
}

impl Torus {
    /// The distance from the VE state `y` `[d]` to the torus, and that from its projection to the denoised point at noise level `sigma`. Each
    /// circle's posterior is a von Mises distribution around the projection.
    pub(super) fn measure(&self, y: &[f64], sigma: f64) -> (f64, f64) {
        let (planes, rest) = y.split_at(2 * self.circles);
        let (mut distance, mut error) = (rest.iter().map(|y| y * y).sum::<f64>(), 0.0);
        for plane in planes.chunks_exact(2) {
            let radius = plane[0].hypot(plane[1]);
            distance += (radius - 1.0).powi(2);
            error += shortfall(radius / (sigma * sigma)).powi(2);
        }
        (distance.sqrt(), error.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::Denoiser;
    use crate::distribution::Empirical;
    use crate::level::Level;
    use crate::state::Points;

    /// `I1(1) = 0.565159103992485`, `I0(1) = 1.266065877752008`; both branches meet.
    #[test]
    fn bessel_functions_are_known() {
        assert!((shortfall(1.0) - (1.0 - 0.565_159_103_992_485 / 1.266_065_877_752_008)).abs() < 1e-12);
        for x in [1e-6, 0.1, 3.0, 20.0, 70.0, 150.0] {
            let (found, expected) = (fraction(x, x as u32 + 60), fraction(x, 4000));
            assert!((found / expected - 1.0).abs() < 1e-15, "{x}: {found} for {expected}");
        }
        let (below, above) = (shortfall(150.0), shortfall(150.0 + 1e-9));
        assert!((below / above - 1.0).abs() < 1e-8, "{below} {above}");
    }

    /// Many points on a circle are a circle.
    #[test]
    fn the_denoiser_is_that_of_many_points() {
        let points = 4000;
        let place = |i: usize| (std::f64::consts::TAU * i as f64 / f64::from(points)).sin_cos();
        let values = (0..points as usize).flat_map(|i| [place(i).1, place(i).0, 0.0]).collect();
        let data = Empirical::new(Points::new(3, values));
        for (sigma, y) in [(0.3, [0.9, 0.5, 0.4]), (1.5, [-1.0, 2.0, 1.0])] {
            let level = Level::from_sigma(sigma);
            let x = Points::new(3, y.iter().map(|y| y * level.signal_scale()).collect());
            let noise = data.noise(&x, level);
            let denoised: Vec<f64> = y.iter().zip(noise.values()).map(|(y, eps)| y - sigma * eps).collect();
            let radius = y[0].hypot(y[1]);
            let off = [denoised[0] - y[0] / radius, denoised[1] - y[1] / radius, denoised[2]];
            let expected = off.iter().map(|off| off * off).sum::<f64>().sqrt();
            let (distance, error) = Torus { circles: 1 }.measure(&y, sigma);
            assert!((error - expected).abs() < 1e-6, "{error} for {expected}");
            assert!((distance - (radius - 1.0).hypot(y[2])).abs() < 1e-12);
        }
    }
}

//! From one noise to another, on the sphere that noise in many dimensions lies on (arXiv 2010.02502, appendix D.5).

/// Images in a row from one noise to another.
pub(super) const ROW: usize = 6;

/// `(sin((1 - t) w) a + sin(t w) b) / sin w`, with `w` the angle between `a` and `b`.
fn slerp(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let angle = (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).clamp(-1.0, 1.0).acos();
    // Parallel noises have no arc: interpolate linearly.
    let (from, to) = if angle < 1e-3 {
        (1.0 - t, t)
    } else {
        (((1.0 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin())
    };
    a.iter().zip(b).map(|(a, b)| from * a + to * b).collect()
}

/// Rows of [`ROW`] images, each from the noise at its first place in row-major `noise` `[n, d]` to that at its last.
pub(super) fn rows(noise: &[f32], dimension: usize) -> Vec<f32> {
    let row = |row: &[f32]| -> Vec<f32> {
        let (first, last) = (&row[..dimension], &row[row.len() - dimension..]);
        let count = row.len() / dimension;
        let part = |index: usize| if count > 1 { index as f32 / (count - 1) as f32 } else { 0.0 };
        (0..count).flat_map(|index| slerp(first, last, part(index))).collect()
    };
    noise.chunks(ROW * dimension).flat_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn a_row_begins_and_ends_at_its_noises_and_keeps_their_norm() {
        const D: usize = 784;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let noise: Vec<f32> = (0..2 * ROW * D).map(|_| StandardNormal.sample(&mut rng)).collect();
        let found = rows(&noise, D);
        assert_eq!(found.len(), noise.len());
        for (row, noise) in found.chunks_exact(ROW * D).zip(noise.chunks_exact(ROW * D)) {
            let off = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off(&row[..D], &noise[..D]) < 1e-5);
            assert!(off(&row[row.len() - D..], &noise[noise.len() - D..]) < 1e-5);
            for image in row.chunks_exact(D) {
                let power = image.iter().map(|x| x * x).sum::<f32>() / D as f32;
                assert!((power - 1.0).abs() < 0.2, "{power}");
            }
        }
    }

    #[test]
    fn equal_noises_are_kept() {
        assert_eq!(slerp(&[1.0, 2.0], &[1.0, 2.0], 0.3), [1.0, 2.0]);
    }
}

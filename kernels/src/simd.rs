//! The processor's vectors and, outside the browser, its cores.

use pulp::{Simd, WithSimd};

/// Runs `operation` with the widest vectors that the processor has: 128 bits in the browser (and on ARM), 256 where there is AVX2.
///
/// The browser's fused multiply-add (relaxed SIMD) is left out: it takes an engine of its own, whose losses differ from processor to processor, and gains
/// nothing in training on one that adds beside multiplying.
#[inline]
pub(super) fn vectorised<O: WithSimd>(operation: O) -> O::Output {
    // pulp's own choice knows AVX2 only with a feature that would compile Burn's matrix products anew.
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return Simd::vectorize(simd, operation);
    }
    pulp::Arch::new().dispatch(operation)
}

/// Numbers in such a vector.
#[inline]
pub(super) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    vectorised(Lanes)
}

/// `work(index, part, part of extra)` for parts of `values` of `size` numbers and the same parts of `extra`, which is as long as `values` or empty;
/// on all cores if the work is `heavy`.
pub(super) fn in_parallel(
    heavy: bool,
    size: usize,
    values: &mut [f32],
    extra: &mut [f32],
    work: impl Fn(usize, &mut [f32], &mut [f32]) + Send + Sync,
) {
    let size = size.max(1);
    let count = values.len().div_ceil(size);
    let mut extras = extra.chunks_mut(size);
    let parts = values.chunks_mut(size).map(|part| (part, extras.next().unwrap_or_default()));
    #[cfg(not(target_family = "wasm"))]
    if heavy && count > 1 {
        use rayon::prelude::*;
        let parts: Vec<_> = parts.collect();
        parts.into_par_iter().enumerate().for_each(|(index, (part, extra))| work(index, part, extra));
        return;
    }
    let _ = (heavy, count);
    parts.enumerate().for_each(|(index, (part, extra))| work(index, part, extra));
}

/// Parts that work for all cores is to be split into.
pub(super) fn shares() -> usize {
    #[cfg(not(target_family = "wasm"))]
    return rayon::current_num_threads();
    #[cfg(target_family = "wasm")]
    1
}

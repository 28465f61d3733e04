//! Results as numbers on their way from one worker to another. A format for all of serde's types would be a third of a megabyte of an engine
//! that visitors fetch.

use crate::estimate::Estimate;

/// What can be said by numbers alone.
pub trait Numbers: Sized {
    /// Appends its numbers.
    fn give(&self, to: &mut Vec<f64>);

    /// What [`Numbers::give`] gave, which is taken off the front; nothing where it is something else.
    fn take(from: &mut &[f64]) -> Option<Self>;
}

impl Numbers for f64 {
    fn give(&self, to: &mut Vec<f64>) {
        to.push(*self);
    }

    fn take(from: &mut &[f64]) -> Option<Self> {
        from.split_off_first().copied()
    }
}

impl Numbers for usize {
    fn give(&self, to: &mut Vec<f64>) {
        to.push(*self as f64);
    }

    fn take(from: &mut &[f64]) -> Option<Self> {
        let number = f64::take(from)?;
        (number >= 0.0 && number.fract() == 0.0).then_some(number as usize)
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    fn give(&self, to: &mut Vec<f64>) {
        self.len().give(to);
        self.iter().for_each(|part| part.give(to));
    }

    fn take(from: &mut &[f64]) -> Option<Self> {
        let count = usize::take(from)?;
        (0..count).map(|_| T::take(from)).collect()
    }
}

impl<T: Numbers, const N: usize> Numbers for [T; N] {
    fn give(&self, to: &mut Vec<f64>) {
        self.iter().for_each(|part| part.give(to));
    }

    fn take(from: &mut &[f64]) -> Option<Self> {
        let parts: Option<Vec<T>> = (0..N).map(|_| T::take(from)).collect();
        parts?.try_into().ok()
    }
}

impl<T: Numbers> Numbers for Option<T> {
    fn give(&self, to: &mut Vec<f64>) {
        usize::from(self.is_some()).give(to);
        self.iter().for_each(|part| part.give(to));
    }

    fn take(from: &mut &[f64]) -> Option<Self> {
        match usize::take(from)? {
            0 => Some(None),
            _ => T::take(from).map(Some),
        }
    }
}

impl<A: Numbers, B: Numbers> Numbers for (A, B) {
    fn give(&self, to: &mut Vec<f64>) {
        self.0.give(to);
        self.1.give(to);
    }

    fn take(from: &mut &[f64]) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

/// Implements [`Numbers`] for a struct by its fields.
macro_rules! numbers {
    ($type:ty { $($field:ident),* $(,)? }) => {
        impl $crate::studies::numbers::Numbers for $type {
            fn give(&self, to: &mut Vec<f64>) {
                $($crate::studies::numbers::Numbers::give(&self.$field, to);)*
            }

            fn take(from: &mut &[f64]) -> Option<Self> {
                Some(Self { $($field: $crate::studies::numbers::Numbers::take(from)?),* })
            }
        }
    };
}
pub(super) use numbers;

numbers!(Estimate { mean, standard_error });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_taken_again_and_anything_else_is_not() {
        let all = (
            vec![(3_usize, vec![1.5, f64::INFINITY]), (0, Vec::new())],
            [Some(Estimate { mean: -2.0, standard_error: 0.25 }), None],
        );
        let mut numbers = Vec::new();
        all.give(&mut numbers);
        assert_eq!(Numbers::take(&mut &numbers[..]), Some(all.clone()));
        type All = (Vec<(usize, Vec<f64>)>, [Option<Estimate>; 2]);
        for cut in 0..numbers.len() {
            assert_eq!(All::take(&mut &numbers[..cut]), None, "{cut} numbers");
        }
        for odd in [-1.0, 0.5, f64::NAN] {
            assert_eq!(All::take(&mut &[odd][..]), None, "{odd}");
        }
    }
}

//! A whole reverse process, stepped by its caller, and what it costs.

use std::cell::Cell;
use std::rc::Rc;

use super::{Formula, Sampler, Step, Stride};
use crate::level::Level;
use crate::prediction::{Denoiser, Prediction};
use crate::state::{State, now};

/// A reverse process under way: the caller plots, measures and stops. [`sample`] is the whole of it in one call.
///
/// ```
/// use fewsteps::distribution::Mixture;
/// use fewsteps::sampler::{Ddim, Formula, Trajectory};
/// use fewsteps::schedule::log_linear;
/// use fewsteps::state::Points;
///
/// let two_modes = Mixture::new(&[1.0, 1.0], &[vec![-1.0], vec![1.0]], &[vec![vec![0.01]], vec![vec![0.01]]])?;
/// let x = Points::new(1, vec![-0.8, 0.1, 1.7]); // standard normal at the first, noisiest level
/// let draw = || unreachable!("DDIM draws no noise");
/// let mut run = Trajectory::new(Ddim { eta: 0.0 }.start(), &two_modes, log_linear(50, 0.01, 20.0), x, draw);
/// while let Some(step) = pollster::block_on(run.next()) {
///     println!("{:?} after {} evaluations", step.state.values(), run.evaluations().0);
/// }
/// assert_eq!(run.evaluations(), (50, 0));
/// # Ok::<(), fewsteps::distribution::MixtureError>(())
/// ```
pub struct Trajectory<'a, S: State> {
    sampler: Box<dyn Sampler<S>>,
    denoiser: Counted<'a, S>,
    levels: Vec<Level>,
    done: usize,
    x: S,
    draw: Box<dyn FnMut() -> S + 'a>,
}

impl<'a, S: State> Trajectory<'a, S> {
    /// A process that starts at VP states `x` `[n, d]` on the first of `levels` (noisiest first). `draw` returns standard normal noise of
    /// `x`'s shape.
    ///
    /// # Panics
    /// When there is no level.
    pub fn new(
        mut sampler: Box<dyn Sampler<S>>,
        denoiser: impl Denoiser<S> + 'a,
        levels: Vec<Level>,
        x: S,
        draw: impl FnMut() -> S + 'a,
    ) -> Self {
        assert!(!levels.is_empty(), "a grid has at least one level");
        let levels = sampler.plan(levels);
        let denoiser =
            Counted { denoiser: Box::new(denoiser), velocities: Cell::new(0), turns: Cell::new(0), maps: Cell::new(0) };
        Self { sampler, denoiser, levels, done: 0, x, draw: Box::new(draw) }
    }

    /// Takes the next step, or `None` at the end.
    pub async fn next(&mut self) -> Option<Step<S>> {
        let to = *self.levels.get(self.done + 1)?;
        let step = self.sampler.step(Stride {
            denoiser: &self.denoiser,
            x: &self.x,
            from: self.levels[self.done],
            to,
            last: self.done + 2 == self.levels.len(),
            draw: &mut self.draw,
        });
        let step = step.await;
        self.x = step.state.clone();
        self.done += 1;
        Some(step)
    }

    /// Takes all remaining steps and returns the VP states at the last level.
    pub async fn last(mut self) -> S {
        while self.next().await.is_some() {}
        self.x
    }

    /// The levels visited, the first among them: the sampler's own, where they are not those of the grid.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Steps taken so far.
    pub fn taken(&self) -> usize {
        self.done
    }

    /// Network evaluations so far, and how many of them evaluated the turn as well.
    pub fn evaluations(&self) -> (usize, usize) {
        let Counted { velocities, turns, maps, .. } = &self.denoiser;
        (velocities.get() + turns.get() + maps.get(), turns.get())
    }

    /// Network evaluations so far in units of the velocity's cost.
    pub fn cost(&self) -> f64 {
        let Counted { velocities, turns, maps, .. } = &self.denoiser;
        let (of_turns, of_maps) = (self.denoiser.turn_cost(), self.denoiser.map_cost());
        velocities.get() as f64 + turns.get() as f64 * of_turns + maps.get() as f64 * of_maps
    }
}

/// Clean points `[n, d]`, sampled by `formula` on `levels` (noisiest first): the VP state at the last level, divided by
/// `sqrt(alpha_bar)`. `draw` returns standard normal noise `[n, d]`; the first is where the run starts.
///
/// # Panics
/// When there is no level.
pub async fn sample<S: State + 'static>(
    formula: impl Formula<S> + 'static,
    denoiser: impl Denoiser<S>,
    levels: Vec<Level>,
    mut draw: impl FnMut() -> S,
) -> S {
    let end = *levels.last().expect("a grid has at least one level");
    let x = draw();
    let last = Trajectory::new(formula.start(), denoiser, levels, x, draw).last().await;
    S::combine(&[(end.signal_scale().recip(), &last)])
}

/// A denoiser that counts.
struct Counted<'a, S> {
    denoiser: Box<dyn Denoiser<S> + 'a>,
    velocities: Cell<usize>,
    turns: Cell<usize>,
    maps: Cell<usize>,
}

impl<S> Denoiser<S> for Counted<'_, S> {
    fn noise(&self, x: &S, level: Level) -> S {
        self.velocities.update(|count| count + self.denoiser.passes(level));
        self.denoiser.noise(x, level)
    }

    fn noise_and_turn(&self, x: &S, level: Level) -> Prediction<S> {
        self.turns.update(|count| count + self.denoiser.passes(level));
        self.denoiser.noise_and_turn(x, level)
    }

    fn mean_noise(&self, x: &S, from: Level, to: Level) -> S {
        self.maps.update(|count| count + 1);
        self.denoiser.mean_noise(x, from, to)
    }

    fn turn_cost(&self) -> f64 {
        self.denoiser.turn_cost()
    }

    fn map_cost(&self) -> f64 {
        self.denoiser.map_cost()
    }

    fn passes(&self, level: Level) -> usize {
        self.denoiser.passes(level)
    }
}

/// A denoiser that predicts the points themselves, for runs whose points stand for nothing, and what [`Denoiser::passes`] of it says.
struct Nothing<P>(P);

impl<S: State, P: Fn(Level) -> usize> Denoiser<S> for Nothing<P> {
    fn noise(&self, x: &S, _: Level) -> S {
        x.clone()
    }

    fn noise_and_turn(&self, x: &S, _: Level) -> Prediction<S> {
        Prediction { noise: x.clone(), turn: x.clone() }
    }

    fn passes(&self, level: Level) -> usize {
        (self.0)(level)
    }
}

/// No points, which notice when a number is read of all of them together.
#[derive(Clone, Default)]
pub struct Watched(Rc<Cell<bool>>);

impl State for Watched {
    fn combine(terms: &[(f64, &Self)]) -> Self {
        terms[0].1.clone()
    }

    fn dot(&self, _: &Self) -> Self {
        self.clone()
    }

    fn scaled(&self, _: &Self) -> Self {
        self.clone()
    }

    fn curve(&self, _: f64, _: f64, _: f64) -> Self {
        self.clone()
    }

    async fn rms(&self) -> f64 {
        self.0.set(true);
        0.0
    }
}

/// Whether a run on `levels` couples its points: whether the sampler's steps depend on a number of all of them together, such as the size
/// of their error. Without that, some points run as they do among all.
pub fn couples(sampler: Box<dyn Sampler<Watched>>, levels: Vec<Level>) -> bool {
    let points = Watched::default();
    let mut run = Trajectory::new(sampler, Nothing(|_| 1), levels, points.clone(), || points.clone());
    while !points.0.get() && now(run.next()).is_some() {}
    points.0.get()
}

/// Network evaluations of a run on `levels`, counted by running it on no points. A sampler that chooses its own steps by their error
/// takes its fewest.
pub fn evaluations(sampler: Box<dyn Sampler<()>>, levels: Vec<Level>) -> usize {
    evaluations_with(sampler, levels, |_| 1)
}

/// The same with a denoiser whose [`Denoiser::passes`] at a level are `passes`.
pub fn evaluations_with(sampler: Box<dyn Sampler<()>>, levels: Vec<Level>, passes: impl Fn(Level) -> usize) -> usize {
    counts(sampler, levels, passes).0
}

/// How many of these evaluate the turn as well.
pub fn turns(sampler: Box<dyn Sampler<()>>, levels: Vec<Level>) -> usize {
    counts(sampler, levels, |_| 1).1
}

fn counts(sampler: Box<dyn Sampler<()>>, levels: Vec<Level>, passes: impl Fn(Level) -> usize) -> (usize, usize) {
    let mut run = Trajectory::new(sampler, Nothing(passes), levels, (), || ());
    // Nothing is read from any device, so no step waits.
    while now(run.next()).is_some() {}
    run.evaluations()
}

/// The most steps whose run spends no more than `budget` evaluations, of samplers that spend one or more a step and may save the first;
/// one step where even that spends more, and never more than `most`. `cost` is what a run of so many steps spends.
///
/// # Errors
/// Those of `cost` for a number of steps that is tried.
pub fn steps_within<E>(budget: usize, most: usize, cost: impl Fn(usize) -> Result<usize, E>) -> Result<usize, E> {
    let mut steps = budget.clamp(1, most);
    let mut spent = cost(steps)?;
    while steps > 1 && spent > budget {
        // In proportion at first, and at least one less.
        steps = (steps * budget / spent).clamp(1, steps - 1);
        spent = cost(steps)?;
    }
    while steps <= budget && steps < most && spent < budget {
        spent = cost(steps + 1)?;
        if spent <= budget {
            steps += 1;
        }
    }
    Ok(steps)
}

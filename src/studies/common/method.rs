//! A sampler on a grid, as studies compare them.

use crate::level::Level;
use crate::parameters::{Choice, Named, Values};
use crate::sampler::{self, FittedSolver, Formula, Info, Sampler, SamplerError};
use crate::schedule::{self, TABLE_LEN};
use crate::state::State;
use crate::studies::StudyError;

/// The words of the table of samplers, for parameters that offer some of them.
pub const WORDS: [Named; sampler::TABLE.len()] = {
    let mut words = [Named { value: "", label: "", help: "" }; sampler::TABLE.len()];
    let mut index = 0;
    while index < words.len() {
        let Info { value, label, help, .. } = sampler::TABLE[index];
        words[index] = Named { value, label, help };
        index += 1;
    }
    words
};

/// What begins a run, on whatever state.
pub trait Begins {
    /// A sampler before its first step.
    ///
    /// # Errors
    /// When its description is not allowed.
    fn begin<S: State + 'static>(&self) -> Result<Box<dyn Sampler<S>>, StudyError>;
}

impl Begins for Method {
    fn begin<S: State + 'static>(&self) -> Result<Box<dyn Sampler<S>>, StudyError> {
        self.build()
    }
}

impl Begins for FittedSolver {
    fn begin<S: State + 'static>(&self) -> Result<Box<dyn Sampler<S>>, StudyError> {
        Ok(self.clone().start())
    }
}

/// A sampler with its parameters.
#[derive(Clone, Debug)]
pub struct Method {
    /// What the table says of it.
    pub info: &'static Info,
    /// Its name for people, with what sets it apart from the table's.
    pub label: String,
    values: Values,
}

impl Method {
    /// The sampler that `name`, of the table or a short one, means.
    ///
    /// # Errors
    /// When there is none, or its parameters are not allowed.
    pub fn named(name: &str) -> Result<Self, StudyError> {
        let (value, values) = sampler::resolve(name).ok_or_else(|| SamplerError::Unknown(name.into()))?;
        sampler::build::<()>(value, &values)?;
        let info = sampler::info(value).ok_or_else(|| SamplerError::Unknown(name.into()))?;
        let label = if name == value { info.label.to_string() } else { format!("{} ({name})", info.label) };
        Ok(Self { info, label, values })
    }

    /// All of `names`.
    ///
    /// # Errors
    /// The first one that is none.
    pub fn all(names: &[String]) -> Result<Vec<Self>, StudyError> {
        names.iter().map(|name| Self::named(name)).collect()
    }

    /// The sampler before its first step.
    ///
    /// # Errors
    /// None, for values that [`Method::named`] has checked; the type is the sampler table's.
    pub fn build<S: State + 'static>(&self) -> Result<Box<dyn Sampler<S>>, StudyError> {
        Ok(sampler::build(self.info.value, &self.values)?)
    }

    /// The same with other values, checked.
    ///
    /// # Errors
    /// When one is not allowed.
    pub fn with(&self, values: Values) -> Result<Self, StudyError> {
        let mut method = self.clone();
        method.values.extend(values);
        method.build::<()>()?;
        Ok(method)
    }

    /// The grid on which it spends no more than `budget` evaluations, and what it spends there; `None` where even one step costs
    /// more, the grid has none so short, or the sampler chooses by what it sees how many it spends.
    pub fn levels(&self, grid: &Choice, budget: usize) -> Option<(Vec<Level>, usize)> {
        self.levels_with(grid, budget, |_| 1)
    }

    /// The same with a denoiser whose answer at a level takes `passes` evaluations.
    pub fn levels_with(
        &self,
        grid: &Choice,
        budget: usize,
        passes: impl Fn(Level) -> usize,
    ) -> Option<(Vec<Level>, usize)> {
        if self.info.value == "ode_adaptive" {
            return None;
        }
        let levels = |steps| Ok::<_, StudyError>(schedule::levels(&grid.name, &grid.parameters, steps)?);
        let cost = |steps| Ok::<_, StudyError>(sampler::evaluations_with(self.build()?, levels(steps)?, &passes));
        // Grids of theorems need a number of steps: the search goes down from `budget` and ends where they do.
        let steps = sampler::steps_within(budget, TABLE_LEN, cost).ok()?;
        let spent = cost(steps).ok()?;
        (spent <= budget).then_some((levels(steps).ok()?, spent))
    }
}

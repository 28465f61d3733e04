//! Grids by name that begin and end at the same levels, as studies compare them.

use crate::parameters::{Choice, Value, options};
use crate::schedule::{self, Info, ScheduleError};

options! {
    /// Where runs on several grids end.
    pub enum End {
        /// All at the last noise level.
        Level = ("level", "At the last noise level", "All stop there, and its noise is left in the samples: what differs is where the steps are, not where they end."),
        /// All without noise.
        Zero = ("zero", "Without noise", "All take one last step from there to no noise at all."),
        /// As each grid was made.
        Own = ("own", "As each was made", "EDM’s and the tables’ take a last step to no noise, the others stop at the last level."),
    }
}

/// The grids called `names` from the first to the last of two levels, of those that can choose them, with equal ends.
///
/// # Errors
/// The first that does not exist.
pub fn named(
    names: &[String],
    (sigma_max, sigma_min): (f64, f64),
    end: End,
) -> Result<Vec<(&'static Info, Choice)>, ScheduleError> {
    let grid = |name: &String| {
        let info = schedule::TABLE.iter().find(|info| info.value == name);
        let info = info.ok_or_else(|| ScheduleError::Unknown(name.clone()))?;
        let has = |key: &str| info.parameters.iter().any(|parameter| parameter.key == key);
        let ends = [("sigma_max", sigma_max), ("sigma_min", sigma_min)];
        let own: Vec<_> = ends.into_iter().filter(|(key, _)| has(key)).collect();
        let mut choice = Choice::new(name, &own);
        let closing = match end {
            End::Level => Some("first"),
            End::Zero => Some("zero"),
            End::Own => None,
        };
        if let Some(closing) = closing.filter(|_| has("end")) {
            choice.parameters.insert("end".into(), Value::Text(closing.into()));
        }
        schedule::check(&choice)?;
        Ok((info, choice))
    };
    names.iter().map(grid).collect()
}

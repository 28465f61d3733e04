//! The table of step grids: from a name, parameters and a number of steps to the levels to visit.

use serde::Serialize;

use super::continuous::{ornstein_uhlenbeck, polynomial, rectified, vp_uniform};
use super::{ScheduleError, TABLE_LEN, cosine_table, leading, li_table, linear_table, linspace, log_linear, trailing};
use crate::level::Level;
use crate::parameters::{self, Checked, Choice, Kind, Named, Parameter, Values};

/// An entry of the table of step grids.
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "GridEntry"))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Name in links and in code.
    #[cfg_attr(test, ts(type = "GridName"))]
    pub value: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// TeX.
    #[cfg_attr(test, ts(skip))]
    pub formula: &'static str,
    /// arXiv id and equation.
    pub source: &'static str,
    /// Parameters besides the number of steps.
    pub parameters: &'static [Parameter],
}

/// How many levels a run visits: `steps` noisy ones and a closing level, or `steps + 1` noisy ones.
type Levels = fn(Checked<'_>, usize) -> Result<Vec<Level>, ScheduleError>;

macro_rules! table {
    ($($make:expr => $info:expr),* $(,)?) => {
        /// Every step grid, in the order in which lists show them.
        pub const TABLE: &[Info] = &[$($info),*];
        const LEVELS: &[Levels] = &[$($make),*];
    };
}

table! {
    |p, n| closing(p, n, log_linear) => Info {
        value: "log_linear",
        label: "Log-linear",
        help: "Noise falls by the same factor at every step.",
        formula: r"\sigma_i = \sigma_{\max}\,(\sigma_{\min}/\sigma_{\max})^{i/N}",
        source: "2306.04848; 2011.13456",
        parameters: &[sigma_max(10.0), sigma_min(0.02), end("first")],
    },
    |p, n| {
        let rho = p.number("rho");
        closing(p, n, |n, min, max| polynomial(n, min, max, rho))
    } => Info {
        value: "edm",
        label: "EDM polynomial",
        help: "A polynomial between both ends: long steps in heavy noise, short ones near the data.",
        formula: r"\sigma_i^{1/\rho} = \sigma_{\max}^{1/\rho} + \tfrac{i}{N-1}\bigl(\sigma_{\min}^{1/\rho}-\sigma_{\max}^{1/\rho}\bigr)",
        source: "2206.00364 eq 5",
        parameters: &[sigma_max(80.0), sigma_min(0.002), EXPONENT, end("zero")],
    },
    |p, n| {
        let table = linear_table();
        // The strided table's second last level, and with the first its geometric mean.
        let before = ((TABLE_LEN - 1) / n).max(1);
        let max = p.number("sigma_max");
        // Of few steps it may lie above a low start.
        let min = (table[before].sigma() * table[0].sigma()).sqrt().min(0.5 * max);
        let closing = if p.choice("end") == "zero" { Level::CLEAN } else { table[0] };
        let noisy = if n == 1 { vec![Level::from_sigma(max)] } else { log_linear(n - 1, min, max) };
        Ok(noisy.into_iter().chain([closing]).collect())
    } => Info {
        value: "permenter_yuan",
        label: "Permenter and Yuan",
        help: "Log-linear from 40 to a level that falls with the number of steps, then one step to DDPM’s first level, 0.01. Levels are continuous here; the authors’ program rounds them to those of DDPM’s table.",
        formula: r"\sigma_i = \sigma_{\max}\,(\sigma_\ast/\sigma_{\max})^{i/(N-1)},\quad \sigma_\ast = \sqrt{\sigma_{\lfloor 999/N\rfloor}\,\sigma_0},\quad \sigma_N = \sigma_0",
        source: "2306.04848, and its authors’ program",
        parameters: &[sigma_max(40.0), end("first")],
    },
    |p, n| {
        let levels = |sigmas: Vec<f64>| sigmas.into_iter().map(Level::from_sigma).collect::<Vec<_>>();
        Ok(match (p.choice("end"), n) {
            ("zero", 1) => vec![Level::from_sigma(80.0), Level::CLEAN],
            ("zero", _) => levels(digits(n - 1)).into_iter().chain([Level::CLEAN]).collect(),
            _ => levels(digits(n)),
        })
    } => Info {
        value: "digits",
        label: "Chosen for digits",
        help: "For 2 to 8 steps of UniPC on digits: from 80 at once to the middle levels, and from 0.7 at once to 0.02 (chosen among twelve by two classifiers). Of more steps they are log-linear.",
        formula: r"\sigma_0 = 80,\quad \sigma_i = a\,(0.7/a)^{(i-1)/(N-2)},\quad \sigma_N = 0.02",
        source: "own: docs/digits-whole.md",
        parameters: &[end("first")],
    },
    |p, n| table(p, n, linear_table()) => Info {
        value: "linear",
        label: "DDPM linear",
        help: "Strides through the 1,000 levels that DDPM trains on.",
        formula: r"\bar\alpha_t = \prod_{j\le t}(1-\beta_j),\quad \beta_t = 10^{-4} + \tfrac{t-1}{999}\,(0.02-10^{-4})",
        source: "2006.11239 sec 4",
        parameters: &[SPACING, end("zero")],
    },
    |p, n| table(p, n, cosine_table()) => Info {
        value: "cosine",
        label: "Cosine",
        help: "Strides through 1,000 levels that lose their signal more evenly.",
        formula: r"\bar\alpha_t = f(t)/f(0),\quad f(t)=\cos^2\Bigl(\frac{t/T+0.008}{1.008}\,\frac{\pi}{2}\Bigr)",
        source: "2102.09672 eq 17",
        parameters: &[SPACING, end("zero")],
    },
    |p, n| closing(p, n, vp_uniform) => Info {
        value: "vp_sde",
        label: "VP-SDE, uniform time",
        help: "Equal strides in the time of the variance-preserving SDE, the continuous form of DDPM’s schedule.",
        formula: r"\bar\alpha(t) = e^{-(t^2(b_1-b_0)/2 + t b_0)},\quad b_0=0.1,\ b_1=20",
        source: "2011.13456 eq 33",
        parameters: &[sigma_max(150.0), sigma_min(0.01), end("first")],
    },
    |p, n| closing(p, n, rectified) => Info {
        value: "rectified_flow",
        label: "Rectified flow, uniform time",
        help: "Equal strides in the time of rectified flow, which mixes noise and data in straight lines: DDIM’s steps are Euler’s there.",
        formula: r"\sigma = t/(1-t),\quad t_i = t_{\max} - \tfrac{i}{N}(t_{\max}-t_{\min})",
        source: "2209.03003 sec 2",
        parameters: &[sigma_max(80.0), sigma_min(0.02), end("first")],
    },
    |p, n| closing(p, n, |n, min, max| ornstein_uhlenbeck(n, min, max, |t| t, |u| u)) => Info {
        value: "ou_uniform",
        label: "Ornstein–Uhlenbeck, uniform",
        help: "Equal strides in the time of the lecture’s process: many in heavy noise, few near the data.",
        formula: r"\bar\alpha = e^{-2t},\quad t_i = T - \tfrac{i}{N}(T-\delta)",
        source: "2406.12839 sec 2",
        parameters: &[sigma_max(80.0), sigma_min(0.02), end("first")],
    },
    |p, n| closing(p, n, |n, min, max| ornstein_uhlenbeck(n, min, max, f64::sqrt, |u| u * u)) => Info {
        value: "ou_quadratic",
        label: "Ornstein–Uhlenbeck, quadratic",
        help: "The root of the time falls evenly.",
        formula: r"\bar\alpha = e^{-2t},\quad \sqrt{t_i} = \sqrt T - \tfrac{i}{N}(\sqrt T-\sqrt\delta)",
        source: "2406.12839 sec 2",
        parameters: &[sigma_max(80.0), sigma_min(0.02), end("first")],
    },
    |p, n| closing(p, n, |n, min, max| ornstein_uhlenbeck(n, min, max, f64::ln, f64::exp)) => Info {
        value: "ou_geometric",
        label: "Ornstein–Uhlenbeck, geometric",
        help: "The time falls by the same factor at every step.",
        formula: r"\bar\alpha = e^{-2t},\quad t_i = T\,(\delta/T)^{i/N}",
        source: "2406.12839 sec 2",
        parameters: &[sigma_max(80.0), sigma_min(0.02), end("first")],
    },
    |p, n| {
        let (c0, c1) = (p.number("c0"), p.number("c1"));
        let zero = p.choice("end") == "zero";
        let len = if zero { n } else { n + 1 };
        let mut levels = li_table(len, c0, c1).ok_or(ScheduleError::TooFast { steps: n, c1 })?;
        levels.reverse();
        levels.extend(zero.then_some(Level::CLEAN));
        Ok(levels)
    } => Info {
        value: "li",
        label: "Li et al., theoretical",
        help: "The schedule of the convergence theorems: half of its steps have one and the same ratio.",
        formula: r"\beta_1 = T^{-c_0},\quad \beta_t = r\min\{\beta_1(1+r)^t, 1\},\quad r = c_1\ln T/T",
        source: "2306.09251 eq 22",
        parameters: &[C0, C1, end("first")],
    },
}

const fn sigma_max(default: f64) -> Parameter {
    Parameter {
        key: "sigma_max",
        label: "First noise level",
        help: "Where sampling starts.",
        kind: Kind::Number { default, min: 0.1, max: 1000.0, log: true },
    }
}

const fn sigma_min(default: f64) -> Parameter {
    Parameter {
        key: "sigma_min",
        label: "Last noise level",
        help: "The last level that is not zero.",
        kind: Kind::Number { default, min: 0.0001, max: 1.0, log: true },
    }
}

const EXPONENT: Parameter = Parameter {
    key: "rho",
    label: "Exponent",
    help: "1 is uniform in the noise level; large exponents come close to log-linear.",
    kind: Kind::Number { default: 7.0, min: 1.0, max: 100.0, log: true },
};

const SPACING: Parameter = Parameter {
    key: "spacing",
    label: "Strides",
    help: "Which of the 1,000 levels are visited.",
    kind: Kind::Choice {
        default: "trailing",
        options: &[
            Named { value: "trailing", label: "Trailing", help: "Counted down from the noisiest level." },
            Named {
                value: "leading",
                label: "Leading",
                help: "Counted up from the least noisy level; the noisiest ones are left out.",
            },
            Named { value: "linspace", label: "Both ends", help: "Both ends are among them." },
        ],
    },
};

const C0: Parameter = Parameter {
    key: "c0",
    label: "c₀",
    help: "How small the first level is: its variance is T to the power of -c₀.",
    kind: Kind::Number { default: 2.0, min: 0.5, max: 5.0, log: false },
};

const C1: Parameter = Parameter {
    key: "c1",
    label: "c₁",
    help: "How fast the levels grow.",
    kind: Kind::Number { default: 4.0, min: 0.5, max: 10.0, log: false },
};

const fn end(default: &'static str) -> Parameter {
    Parameter {
        key: "end",
        label: "End",
        help: "Where the last step arrives.",
        kind: Kind::Choice {
            default,
            options: &[
                Named { value: "zero", label: "No noise", help: "The last step takes all remaining noise away." },
                Named {
                    value: "first",
                    label: "First level",
                    help: "The last step stops at the least noisy level: the noise of that level is left in the samples on purpose.",
                },
            ],
        },
    }
}

/// `grid(intervals, sigma_min, sigma_max)` between the two levels of the parameters, then no noise if that is the end.
fn closing(
    parameters: Checked<'_>,
    steps: usize,
    grid: impl Fn(usize, f64, f64) -> Vec<Level>,
) -> Result<Vec<Level>, ScheduleError> {
    let (min, max) = (parameters.number("sigma_min"), parameters.number("sigma_max"));
    if min >= max {
        return Err(ScheduleError::Bounds { min, max });
    }
    Ok(match (parameters.choice("end"), steps) {
        ("zero", 1) => vec![Level::from_sigma(max), Level::CLEAN],
        ("zero", _) => grid(steps - 1, min, max).into_iter().chain([Level::CLEAN]).collect(),
        _ => grid(steps, min, max),
    })
}

/// The levels that docs/digits-whole.md found best for UniPC (3, 4, 5, 6 and 8 steps) and the flow map (2), of digits; 7 steps have the ends that
/// 6 and 8 agree on.
fn digits(steps: usize) -> Vec<f64> {
    let (max, min) = (80.0, 0.02);
    let geometric = |first: f64, last: f64, intervals: usize| {
        log_linear(intervals, last, first).into_iter().map(|level| level.sigma()).collect()
    };
    let inner: Vec<f64> = match steps {
        1 => Vec::new(),
        2 => vec![2.51],
        3 => geometric(5.0, 0.7, 1),
        4 => geometric(9.0, 0.7, 2),
        5..=8 => geometric(16.0, 0.7, steps - 2),
        _ => return geometric(max, min, steps),
    };
    [vec![max], inner, vec![min]].concat()
}

/// Strides through `table`, least noisy first.
fn table(parameters: Checked<'_>, steps: usize, table: Vec<Level>) -> Result<Vec<Level>, ScheduleError> {
    let noiseless = parameters.choice("end") == "zero";
    let most = if noiseless { table.len() } else { table.len() - 1 };
    if steps > most {
        return Err(ScheduleError::Table { steps, most });
    }
    Ok(match (parameters.choice("spacing"), noiseless) {
        // One stride that leads from the least noisy level, or from the middle, would begin with data and not with noise.
        (_, _) if steps == 1 => vec![table[table.len() - 1], if noiseless { Level::CLEAN } else { table[0] }],
        ("leading", true) => leading(&table, steps, Level::CLEAN),
        ("linspace", true) => linspace(&table, steps, Level::CLEAN),
        (_, true) => trailing(&table, steps, Level::CLEAN),
        // These have the first level among theirs.
        ("leading", false) => leading(&table, steps + 1, table[0]),
        ("linspace", false) => linspace(&table, steps + 1, table[0]),
        // Short strides come to the first level by themselves.
        (_, false) if trailing(&table, steps, table[0]).len() == steps => trailing(&table, steps + 1, table[0]),
        (_, false) => trailing(&table, steps, table[0]),
    })
}

/// Checks a grid's name and parameters.
///
/// # Errors
/// As [`levels`], but for what depends on the number of steps.
pub fn check(grid: &Choice) -> Result<(), ScheduleError> {
    match levels(&grid.name, &grid.parameters, TABLE_LEN) {
        Ok(_) | Err(ScheduleError::TooFast { .. } | ScheduleError::Table { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The most steps that a grid has.
pub fn most_steps(grid: &Choice) -> usize {
    match levels(&grid.name, &grid.parameters, TABLE_LEN) {
        Err(ScheduleError::Table { most, .. }) => most,
        _ => TABLE_LEN,
    }
}

/// The levels, noisiest first, of a run of `steps` steps on the grid called `name`: `steps + 1` of them.
///
/// ```
/// use fewsteps::level::Level;
/// use fewsteps::parameters::{Value, Values};
/// use fewsteps::schedule::levels;
///
/// let edm = levels("edm", &Values::from([("sigma_max".into(), Value::Number(20.0))]), 8)?;
/// assert_eq!((edm.len(), edm.last()), (9, Some(&Level::CLEAN)));
/// # Ok::<(), fewsteps::schedule::ScheduleError>(())
/// ```
///
/// # Errors
/// [`ScheduleError`] when there is no such grid, a parameter is not allowed, or the grid does not exist for so many steps.
pub fn levels(name: &str, values: &Values, steps: usize) -> Result<Vec<Level>, ScheduleError> {
    let index = TABLE.iter().position(|info| info.value == name);
    let index = index.ok_or_else(|| ScheduleError::Unknown(name.into()))?;
    if !(1..=TABLE_LEN).contains(&steps) {
        return Err(ScheduleError::Steps(steps));
    }
    LEVELS[index](parameters::check(name, TABLE[index].parameters, values)?, steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Value;

    /// Whatever the strides and the end, a grid has as many steps as were asked for, and says so where it can't.
    #[test]
    fn every_grid_falls_and_has_one_level_more_than_steps() {
        for info in TABLE {
            let spacings: &[&str] =
                if info.parameters.contains(&SPACING) { &["trailing", "leading", "linspace"] } else { &[""] };
            for (end, spacing) in ["zero", "first"].iter().flat_map(|end| spacings.iter().map(move |way| (*end, *way)))
            {
                let text = |text: &str| Value::Text(text.into());
                let mut values = Values::from([("end".into(), text(end)), ("spacing".into(), text(spacing))]);
                values.retain(|_, value| *value != text(""));
                for steps in [1, 2, 3, 7, 20, 666, 667, 998, 999, 1000] {
                    let levels = match levels(info.value, &values, steps) {
                        Err(ScheduleError::TooFast { .. }) if steps < 10 => continue,
                        Err(ScheduleError::Table { steps: 1000, most: 999 })
                            if !spacing.is_empty() && end == "first" =>
                        {
                            continue;
                        }
                        levels => levels.expect("a grid"),
                    };
                    assert_eq!(levels.len(), steps + 1, "{} {spacing} {steps}", info.value);
                    assert!(levels.windows(2).all(|pair| pair[0].sigma() > pair[1].sigma()), "{} {steps}", info.value);
                    assert_eq!(levels.last() == Some(&Level::CLEAN), end == "zero");
                    // One step that began near the data would sample nothing.
                    assert!(steps > 1 || levels[0].sigma() > 3.0, "{} {spacing}: {}", info.value, levels[0].sigma());
                }
            }
            assert_eq!(levels(info.value, &Values::new(), 0), Err(ScheduleError::Steps(0)));
        }
        let upside_down = [("sigma_max".into(), Value::Number(0.1)), ("sigma_min".into(), Value::Number(1.0))];
        let error = levels("edm", &upside_down.into(), 4);
        assert_eq!(error, Err(ScheduleError::Bounds { min: 1.0, max: 0.1 }));
    }

    /// The rows of docs/digits-whole.md for UniPC, and of the flow map for two steps.
    #[test]
    fn levels_for_digits_are_those_of_their_table() {
        let page = include_str!("../../docs/digits-whole.md");
        for (sampler, steps) in [("flow_map", 2), ("unipc", 3), ("unipc", 4), ("unipc", 5), ("unipc", 6), ("unipc", 8)]
        {
            let found = levels("digits", &Values::new(), steps).expect("a grid");
            let found: Vec<String> = found.iter().map(|level| format!("{:.3}", level.sigma())).collect();
            let row = format!("| `{sampler}` | {steps} | {} |", found.join(", "));
            assert!(page.contains(&row), "{row}");
        }
    }

    /// Ten steps of Permenter and Yuan: from 40 to `sqrt(sigma_99 sigma_0)`, as `floor(999 / 10) = 99`, and on to `sigma_0`.
    #[test]
    fn permenter_and_yuan_end_in_one_step_to_the_tables_first_level() {
        let levels = levels("permenter_yuan", &Values::new(), 10).expect("a grid");
        let sigmas: Vec<f64> = levels.iter().map(|level| level.sigma()).collect();
        // Squares of sigma are 1 / alpha_bar - 1, with betas evenly from 1e-4 to 0.02.
        let sigma = |place: i32| {
            let kept: f64 = (0..=place).map(|t| 1.0 - (1e-4 + f64::from(t) / 999.0 * (0.02 - 1e-4))).product();
            (1.0 / kept - 1.0).sqrt()
        };
        let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-9;
        assert_eq!(sigmas.len(), 11);
        assert!(
            near(sigmas[0], 40.0) && near(sigmas[9], (sigma(99) * sigma(0)).sqrt()) && near(sigmas[10], sigma(0)),
            "{sigmas:?}"
        );
        let ratios: Vec<f64> = sigmas[..10].windows(2).map(|pair| pair[0] / pair[1]).collect();
        assert!(ratios.iter().all(|ratio| near(*ratio, ratios[0])), "{ratios:?}");
    }

    #[test]
    fn a_table_down_to_its_first_level_says_how_many_steps_it_has() {
        let first =
            Choice { name: "linear".into(), parameters: Values::from([("end".into(), Value::Text("first".into()))]) };
        assert_eq!((most_steps(&first), most_steps(&Choice::new("linear", &[]))), (999, 1000));
        assert_eq!(check(&first), Ok(()));
        let error = levels("linear", &first.parameters, 1000).expect_err("one step too many").to_string();
        assert!(error.starts_with("a table of 1000 levels has 999 steps"), "{error}");
    }
}

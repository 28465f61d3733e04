//! The rows of a reverse process, run by several workers: each has some, and they know nothing of each other.

use std::ops::Range;

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::{Helpers, Kind, ShareError, Task, Work, bytes_of, cut, flat, floats, share, unpacked};
use crate::level::Level;
use crate::sampler::{SamplerError, Trajectory};

/// What a reverse process has come to at one of its steps.
pub struct Shown {
    /// VP states, row-major `[n, d]`.
    pub state: Vec<f32>,
    /// The direction in which the step left, `[n, d]`.
    pub noise: Vec<f32>,
}

/// A reverse process, all of it run here or some of its rows by helpers. Both give the same numbers.
pub struct SplitRun {
    own: Trajectory<'static, Tensor<2>>,
    multiplications: f64,
    others: Option<Others>,
}

/// The rows that are not run here.
struct Others {
    task: Task,
    parts: Vec<Part>,
    device: Device,
}

/// The rows of one helper, or of this worker after all.
struct Part {
    rows: Range<usize>,
    /// The task, as every message brings it; made for the first one.
    bytes: Vec<u8>,
    here: Option<Trajectory<'static, Tensor<2>>>,
}

/// What a helper is asked for: the steps after the first `from`, and what they have come to at each of `stops`.
#[derive(Serialize, Deserialize)]
struct Stretch {
    from: usize,
    stops: Vec<usize>,
}

impl SplitRun {
    /// A process that runs here.
    pub fn whole(run: Trajectory<'static, Tensor<2>>) -> Self {
        Self { own: run, multiplications: 0.0, others: None }
    }

    /// A process whose rows are split between this worker and `helpers`, as many of them as are ready and useful.
    ///
    /// # Errors
    /// [`SamplerError`] when there is no such sampler.
    pub fn among(task: Task, helpers: &impl Helpers, device: &Device) -> Result<Self, SamplerError> {
        let splits = task.splits()?;
        // Weights are sent once for all evaluations.
        let work = Work { multiplications: task.multiplications(), numbers: 0 };
        let useful = helpers.useful(work).min(helpers.ready());
        let count = if splits { 1 + useful } else { 1 };
        let multiplications = if splits { task.multiplications() * (task.levels.len() - 1) as f64 } else { 0.0 };
        let mut shares = cut(task.points(), count).into_iter();
        let own = task.run(shares.next().unwrap_or_default(), device)?;
        let parts: Vec<Part> = shares.map(|rows| Part { rows, bytes: Vec::new(), here: None }).collect();
        let others = (!parts.is_empty()).then(|| Others { task, parts, device: device.clone() });
        Ok(Self { own, multiplications, others })
    }

    /// Multiplications of the whole process, roughly; zero where it can't be split.
    pub fn multiplications(&self) -> f64 {
        self.multiplications
    }

    /// The levels visited, as [`Trajectory::levels`].
    pub fn levels(&self) -> &[Level] {
        self.own.levels()
    }

    /// Evaluations of the network at each point, as [`Trajectory::evaluations`].
    pub fn evaluations(&self) -> (usize, usize) {
        self.own.evaluations()
    }

    /// Their cost, as [`Trajectory::cost`].
    pub fn cost(&self) -> f64 {
        self.own.cost()
    }

    /// Takes the steps up to the last of `stops`, numbers of steps in rising order, and says what it has come to at each. `helpers` are
    /// those that it was split between; rows that they fail at are run here from their beginning, which gives the same.
    ///
    /// # Errors
    /// [`ShareError`] when the device fails, or when there are no such steps.
    pub async fn advance(&mut self, stops: &[usize], helpers: &mut impl Helpers) -> Result<Vec<Shown>, ShareError> {
        if stops.is_empty() {
            return Ok(Vec::new());
        }
        let stretch = Stretch { from: self.own.taken(), stops: stops.to_vec() };
        if let Some(others) = &mut self.others {
            others.start(&stretch, helpers).await?;
        }
        let mut parts = vec![walk(&mut self.own, &stretch).await?];
        if let Some(others) = &mut self.others {
            others.finish(&stretch, helpers, &mut parts).await?;
        }
        let count = stops.len();
        // Each part has a state and a noise for each stop.
        let all =
            |half: usize| parts.iter().flat_map(move |part| part.chunks(part.len() / (2 * count)).nth(half)).flatten();
        let shown = |stop: usize| Shown {
            state: all(2 * stop).copied().collect(),
            noise: all(2 * stop + 1).copied().collect(),
        };
        Ok((0..count).map(shown).collect())
    }
}

impl Others {
    /// Sends the helpers their shares of `stretch`.
    async fn start(&mut self, stretch: &Stretch, helpers: &mut impl Helpers) -> Result<(), ShareError> {
        for (index, part) in self.parts.iter_mut().enumerate().filter(|(_, part)| part.here.is_none()) {
            if part.bytes.is_empty() {
                part.bytes = self.task.bytes(part.rows.clone()).await?;
            }
            helpers.start(index, share(Kind::Rows, stretch, &part.bytes)?);
        }
        Ok(())
    }

    /// Adds their answers to `found`, and what they did not find.
    async fn finish(
        &mut self,
        stretch: &Stretch,
        helpers: &mut impl Helpers,
        found: &mut Vec<Vec<f32>>,
    ) -> Result<(), ShareError> {
        let Self { task, parts, device } = self;
        for (index, Part { rows, here, .. }) in parts.iter_mut().enumerate() {
            if here.is_none() {
                let count = 2 * stretch.stops.len() * rows.len() * task.config.dimension();
                match helpers.finish(index).await.and_then(|answer| floats(&answer)) {
                    Ok(values) if values.len() == count => {
                        found.push(values);
                        continue;
                    }
                    _ => *here = Some(begun(task, rows, stretch.from, device).await?),
                }
            }
            if let Some(run) = here {
                found.push(walk(run, stretch).await?);
            }
        }
        Ok(())
    }
}

/// The rows' process after its first `steps` steps.
async fn begun(
    task: &Task,
    rows: &Range<usize>,
    steps: usize,
    device: &Device,
) -> Result<Trajectory<'static, Tensor<2>>, ShareError> {
    let mut run = task.run(rows.clone(), device).map_err(|_| ShareError::Format)?;
    while run.taken() < steps {
        run.next().await.ok_or(ShareError::Format)?;
    }
    Ok(run)
}

/// The steps of `stretch`: states and noises at its stops, `[stops, 2, n, d]`.
async fn walk(run: &mut Trajectory<'static, Tensor<2>>, stretch: &Stretch) -> Result<Vec<f32>, ShareError> {
    let mut parts = Vec::new();
    for &stop in &stretch.stops {
        let mut step = None;
        while run.taken() < stop {
            step = run.next().await;
            if step.is_none() {
                break;
            }
        }
        let step = step.ok_or(ShareError::Format)?;
        parts.extend([step.state, step.noise].map(flat));
    }
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    floats(&bytes_of(parts).await?)
}

/// A helper's rows of another worker's process, kept for its next stretch. Where they are of another process, or elsewhere in it, they are
/// begun anew.
#[derive(Default)]
pub(crate) struct Rows(Option<(Vec<u8>, Trajectory<'static, Tensor<2>>)>);

impl Rows {
    /// What a share of a process asks for.
    pub(crate) async fn answer(&mut self, share: &[u8], device: &Device) -> Result<Vec<u8>, ShareError> {
        let (stretch, bytes) = unpacked::<Stretch>(share)?;
        let mut run = match self.0.take() {
            Some((known, run)) if known == bytes && run.taken() == stretch.from => run,
            _ => {
                let (task, rows) = Task::read(bytes, device)?;
                begun(&task, &rows, stretch.from, device).await?
            }
        };
        let found = walk(&mut run, &stretch).await?;
        self.0 = Some((bytes.to_vec(), run));
        Ok(found.into_iter().flat_map(f32::to_le_bytes).collect())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::denoiser::{Guidance, NetworkDenoiser};
    use crate::network::{NetworkConfig, UNetConfig};
    use crate::sampler::TABLE;
    use crate::schedule::log_linear;
    use crate::sharing::{Known, Noise};
    use crate::training::Helper;
    use crate::training::{Direct, direct};

    const STOPS: [&[usize]; 3] = [&[1], &[3, 4], &[5]];

    fn task(config: NetworkConfig, sampler: &str, points: usize) -> Task {
        let network = config.init(&mut ChaCha8Rng::seed_from_u64(1), &Device::flex());
        let mut noise = Noise::new(5, 1);
        Task {
            denoiser: NetworkDenoiser::new(network, config.turn_cost()),
            start: noise.draw(points * config.dimension()),
            config,
            asked: None,
            known: None,
            sampler: serde_json::from_value(serde_json::json!({ "name": sampler })).expect("a choice"),
            levels: log_linear(5, 0.02, 10.0),
            noise,
        }
    }

    /// Points of the plane by an odd network, none of whose sizes is a multiple of a register's.
    fn plane(sampler: &str) -> Task {
        task(NetworkConfig::points(2, 19), sampler, 61)
    }

    fn images() -> Task {
        let known = Known { values: vec![0.5; 64], mask: [1.0, 0.0].repeat(32), noise: Noise::new(5, 2) };
        let classes = (0..9).map(|i| (i % 4 < 3).then_some(i % 4)).collect();
        let config = NetworkConfig::UNet(UNetConfig { mixing: 8, ..UNetConfig::images(8, 8) }).of_classes(3);
        let guidance = Guidance { weight: 2.0, lowest: 0.1, highest: 2.0 };
        Task { asked: Some((classes, guidance)), known: Some(known), ..task(config, "ddpm", 9) }
    }

    fn found(task: &Task, helpers: &mut Direct, mut before: impl FnMut(usize, &mut Direct)) -> Vec<f32> {
        let mut run = SplitRun::among(task.clone(), helpers, &Device::flex()).expect("a run");
        let mut all = Vec::new();
        // A sampler may visit fewer levels than the grid has.
        let steps = run.levels().len() - 1;
        for (index, stops) in STOPS.into_iter().enumerate() {
            before(index, helpers);
            let stops: Vec<usize> = stops.iter().copied().filter(|stop| *stop <= steps).collect();
            for Shown { state, noise } in pollster::block_on(run.advance(&stops, helpers)).expect("steps") {
                all.extend([state, noise].concat());
            }
        }
        all
    }

    fn whole(task: &Task) -> Vec<f32> {
        let mut run = task.run(0..task.points(), &Device::flex()).expect("a run");
        let mut all = Vec::new();
        while let Some(step) = pollster::block_on(run.next()) {
            if run.taken() != 2 {
                all.extend(
                    [step.state, step.noise]
                        .into_iter()
                        .flat_map(|part| part.into_data().iter::<f32>().collect::<Vec<_>>()),
                );
            }
        }
        all
    }

    #[test]
    fn any_number_of_workers_finds_the_same_bit_for_bit_with_every_sampler() {
        let tasks = TABLE.iter().map(|info| plane(info.value)).chain([images()]);
        for task in tasks {
            let expected = whole(&task);
            for helpers in 0..4 {
                assert!(found(&task, &mut direct(helpers), |_, _| ()) == expected, "{}, {helpers}", task.sampler.name);
            }
        }
    }

    #[test]
    fn samplers_that_read_a_number_of_all_points_stay_whole() {
        let coupled = TABLE.iter().filter(|info| !plane(info.value).splits().expect("a sampler"));
        let names: Vec<&str> = coupled.map(|info| info.value).collect();
        assert_eq!(names, ["analytic_ddpm", "analytic_ddim", "ode_adaptive"]);
        let run = SplitRun::among(plane("ode_adaptive"), &direct(2), &Device::flex()).expect("a run");
        assert!(run.others.is_none() && run.multiplications() == 0.0);
    }

    /// One that dies is replaced by one that knows nothing; where none is left, its rows are run here.
    #[test]
    fn helpers_that_die_lose_nothing() {
        for task in [plane("ddpm"), plane("unipc"), images()] {
            let expected = whole(&task);
            for death in 0..3 {
                let replaced = |index: usize, helpers: &mut Direct| {
                    if index == death {
                        helpers.helpers[1] = Helper::new(&Device::flex());
                    }
                };
                assert!(found(&task, &mut direct(2), replaced) == expected, "replaced in {death}");
                let gone = |index: usize, helpers: &mut Direct| helpers.dead = (index >= death).then_some(1);
                assert!(found(&task, &mut direct(2), gone) == expected, "gone in {death}");
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let task = images();
        let bytes = pollster::block_on(task.bytes(2..5)).expect("bytes");
        let message = |from: usize, stops: &[usize], bytes: &[u8]| {
            let stretch = Stretch { from, stops: stops.to_vec() };
            let share = share(Kind::Rows, &stretch, bytes).expect("a share");
            pollster::block_on(Helper::new(&Device::flex()).answer(&share))
        };
        for cut in [0, 3, 4, 20, bytes.len() / 2, bytes.len() - 4, bytes.len() - 1] {
            assert!(message(0, &[1], &bytes[..cut]).is_err(), "{cut} of {} bytes", bytes.len());
        }
        for (from, stops) in [(0, &[6][..]), (7, &[8]), (2, &[2]), (3, &[1])] {
            assert!(message(from, stops, &bytes).is_err(), "{stops:?} after {from}");
        }
        assert_eq!(message(2, &[3, 5], &bytes).expect("rows").len(), 2 * 2 * 3 * 64 * 4);
        assert!(pollster::block_on(Helper::new(&Device::flex()).answer(&[9, 0, 0])).is_err());
    }
}

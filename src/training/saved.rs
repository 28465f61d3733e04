//! What training needs besides the averaged weights to go on as if it had never stopped: the weights in training, Adam's moments, the
//! state of the random generator and, of a network, the running means of its losses.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::descent::Descent;
use super::{Distiller, Trainer};
use crate::network::{filled, flatten};
use crate::objective::Criterion;
use crate::sharing::{ShareError, bytes_of, floats, packed, unpacked};

/// Why bytes are no state to go on from.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SavedError {
    /// They are cut, or of something else.
    #[error("what training would go on from can’t be read")]
    Format,
    /// They belong to another network, or to another step of it.
    #[error("what training would go on from is of another network or step than the weights")]
    Other,
    /// The device did not hand the numbers over.
    #[error("the device did not answer: {0}")]
    Device(String),
}

/// What the bytes say of the numbers that follow: the weights, and the moments of parameters that Adam has stepped.
#[derive(Serialize, Deserialize)]
struct Header {
    step: usize,
    turn_steps: usize,
    /// Steps of Adam for each parameter, in the module's own order.
    adam: Vec<usize>,
    generator: Generator,
}

/// Where a random generator is.
#[derive(Serialize, Deserialize)]
struct Generator {
    seed: [u8; 32],
    stream: u64,
    /// Words of 32 bits drawn so far.
    drawn: u64,
}

impl Generator {
    fn of(rng: &ChaCha8Rng) -> Self {
        Self { seed: rng.get_seed(), stream: rng.get_stream(), drawn: rng.get_word_pos() as u64 }
    }

    fn rng(&self) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::from_seed(self.seed);
        rng.set_stream(self.stream);
        rng.set_word_pos(self.drawn.into());
        rng
    }
}

/// A module in training as it was, and the numbers after it.
struct Read<M> {
    header: Header,
    module: M,
    descent: Descent,
    rest: Vec<f32>,
}

async fn write(
    module: &impl Module,
    descent: &Descent,
    header: impl FnOnce(Vec<usize>) -> Header,
    rest: impl IntoIterator<Item = Tensor<1>>,
) -> Result<Vec<u8>, SavedError> {
    let (adam, moments) = descent.parts(module);
    let mut values = vec![flatten(module)];
    values.extend(moments);
    values.extend(rest);
    let bytes = bytes_of(values).await.map_err(|error| match error {
        ShareError::Device(cause) => SavedError::Device(cause),
        _ => SavedError::Format,
    })?;
    packed(&header(adam), &bytes).map_err(|_| SavedError::Format)
}

/// Reads what [`write`] wrote of a module of the shape of `average`, whose parameters' ids it gets.
fn read<M: Module>(bytes: &[u8], average: M, step: usize, device: &Device) -> Result<Read<M>, SavedError> {
    let unpacked: Result<(Header, _), _> = unpacked(bytes).and_then(|(header, rest)| Ok((header, floats(rest)?)));
    let (header, values) = unpacked.map_err(|_| SavedError::Format)?;
    if header.step != step {
        return Err(SavedError::Other);
    }
    if header.adam.iter().any(|steps| *steps > step) || !values.iter().all(|value| value.is_finite()) {
        return Err(SavedError::Format);
    }
    let (module, rest) = filled(average, &values, device).ok_or(SavedError::Other)?;
    let (descent, rest) = Descent::of(&module, &header.adam, rest, device).ok_or(SavedError::Other)?;
    let rest = rest.to_vec();
    Ok(Read { header, module: module.train(), descent, rest })
}

impl Trainer {
    /// What [`Trainer::go_on`] needs besides the averaged weights.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn saved(&self) -> Result<Vec<u8>, SavedError> {
        let state = &self.state;
        let (step, turn_steps) = (state.step, state.turn_steps);
        let header = |adam| Header { step, turn_steps, adam, generator: Generator::of(&state.rng) };
        let means = state.criterion.state().map(|means| {
            let count = means.shape().num_elements();
            means.reshape([count])
        });
        write(&state.network, &state.descent, header, means).await
    }

    /// Goes on as the trainer did that was [saved](Trainer::saved): with the same options and data, the same steps follow, bit for bit on the
    /// CPU. The averaged weights and their step must be there already ([`Trainer::replace`]).
    ///
    /// # Errors
    /// When the bytes are none, or of another network or step; nothing is changed then.
    pub fn go_on(&mut self, bytes: &[u8]) -> Result<(), SavedError> {
        let Read { header, module, descent, rest } =
            read(bytes, self.state.average.clone(), self.state.step, &self.device)?;
        if header.turn_steps != self.state.turn_steps {
            return Err(SavedError::Other);
        }
        let mut criterion = Criterion::new(&self.device);
        let mut rest = rest.as_slice();
        let means = criterion.state().map(|means| {
            let shape = means.dims();
            let (own, others) = rest.split_at_checked(shape[0])?;
            rest = others;
            Some(Tensor::from_data(TensorData::new(own.to_vec(), shape), &self.device))
        });
        match (means, rest) {
            ([Some(a), Some(b), Some(c), Some(d)], []) => criterion.restore([a, b, c, d]),
            _ => return Err(SavedError::Format),
        }
        let state = &mut self.state;
        (state.network, state.descent, state.criterion) = (module, descent, criterion);
        state.rng = header.generator.rng();
        Ok(())
    }
}

impl Distiller {
    /// What [`Distiller::go_on`] needs besides the averaged map. The trajectories are not among it: they come again from the seed.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn saved(&self) -> Result<Vec<u8>, SavedError> {
        let header = |adam| Header { step: self.step, turn_steps: 0, adam, generator: Generator::of(&self.rng) };
        write(&self.map, &self.descent, header, []).await
    }

    /// Goes on as the distiller did that was [saved](Distiller::saved), of the same teacher and seed: the same steps follow, bit for bit on the
    /// CPU. The averaged map and its step must be there already ([`Distiller::resume`]).
    ///
    /// # Errors
    /// When the bytes are none, or of another map or step; nothing is changed then.
    pub fn go_on(&mut self, bytes: &[u8]) -> Result<(), SavedError> {
        let Read { header, module, descent, rest } = read(bytes, self.average.clone(), self.step, self.device())?;
        if !rest.is_empty() {
            return Err(SavedError::Format);
        }
        (self.map, self.descent, self.rng) = (module, descent, header.generator.rng());
        Ok(())
    }
}

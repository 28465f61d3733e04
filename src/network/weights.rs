//! Weights as safetensors bytes, with what is needed to rebuild the network in the header.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{FlowMap, Network, NetworkConfig};

/// Key of the description in the file's header.
const DESCRIPTION: &str = "fewsteps";

/// Where a flow map's weights are in the file.
const MAP: &str = "map";

/// A trained network with its flow map, if it has one, and what is known of both.
#[derive(Clone, Debug)]
pub struct Weights {
    /// Velocity and turn.
    pub network: Network,
    /// The whole step.
    pub map: Option<FlowMap>,
    /// Shape, data and training.
    pub description: Description,
}

/// What a file says of its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The network's shape.
    pub network: NetworkConfig,
    /// The data set that it was trained on.
    pub data: String,
    /// Steps trained.
    pub step: usize,
    /// Steps in which the turn head learned too.
    pub turn_steps: usize,
    /// Steps of the flow map; there is none if zero. Files from before there were maps leave it out.
    #[serde(default)]
    pub map_steps: usize,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 4 bytes each, exact.
    Single,
    /// 2 bytes each, for files that travel.
    Half,
}

/// Why bytes are no weights.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// Not a safetensors file.
    #[error("this is not a safetensors file: {0}")]
    Format(String),
    /// No description, or one of something else.
    #[error("these weights were not saved by Fewsteps: {0}")]
    Foreign(String),
    /// A tensor that is missing or has another shape or type.
    #[error("the weights “{0}” are missing or do not fit the network they claim to be of")]
    Tensor(String),
    /// The device did not hand the numbers over.
    #[error("the weights could not be read from the device: {0}")]
    Device(String),
}

/// The bytes of `weights`, read from their device without blocking; numbers of the network are stored as `network` says, those of a
/// map as `map` does.
///
/// # Errors
/// [`WeightsError::Device`] when the device fails.
pub async fn save(weights: &Weights, network: Precision, map: Precision) -> Result<Vec<u8>, WeightsError> {
    let mut parts = vec![(Named::of(&weights.network, ""), network)];
    parts.extend(weights.map.as_ref().map(|weights| (Named::of(weights, MAP), map)));
    write(parts, &weights.description).await
}

/// The weights in `bytes`, on `device` without autodiff.
///
/// # Errors
/// [`WeightsError`] when the bytes are cut, foreign or inconsistent.
pub fn load(bytes: &[u8], device: &Device) -> Result<Weights, WeightsError> {
    let description: Description = described(bytes)?;
    description.network.check().map_err(WeightsError::Foreign)?;
    let plain = device.clone().without_autodiff();
    let empty = description.network.init(&mut ChaCha8Rng::seed_from_u64(0), &plain);
    let map = (description.map_steps > 0).then(|| fill(FlowMap::of(&empty), MAP, bytes, &plain)).transpose()?;
    Ok(Weights { network: fill(empty, "", bytes, &plain)?, map, description })
}

/// The bytes of named tensors, with a description of them.
///
/// # Errors
/// [`WeightsError::Device`] when the device fails.
pub(super) async fn write(
    parts: Vec<(Named, Precision)>,
    description: &impl Serialize,
) -> Result<Vec<u8>, WeightsError> {
    let mut stored = Vec::new();
    for (named, precision) in parts {
        for (name, shape, tensor) in named.tensors {
            let data = tensor.into_data_async().await.map_err(|error| WeightsError::Device(format!("{error:?}")))?;
            let values = data.iter::<f32>();
            let (dtype, bytes): (_, Vec<u8>) = match precision {
                Precision::Single => (Dtype::F32, values.flat_map(f32::to_le_bytes).collect()),
                Precision::Half => (Dtype::F16, values.flat_map(|value| f16::from_f32(value).to_le_bytes()).collect()),
            };
            stored.push((name, dtype, shape, bytes));
        }
    }
    let json = serde_json::to_string(description).map_err(|error| WeightsError::Format(error.to_string()))?;
    let views: Result<Vec<_>, _> = stored
        .iter()
        .map(|(name, dtype, shape, bytes)| TensorView::new(*dtype, shape.clone(), bytes).map(|v| (name, v)))
        .collect();
    let header = HashMap::from([(DESCRIPTION.to_string(), json)]);
    views
        .and_then(|views| safetensors::serialize(views, Some(header)))
        .map_err(|error| WeightsError::Format(error.to_string()))
}

/// What the file says of its weights.
///
/// # Errors
/// [`WeightsError`] when it is no file of weights, or says nothing of the kind.
pub(super) fn described<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WeightsError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| WeightsError::Format(error.to_string()))?;
    let json = header.metadata().as_ref().and_then(|map| map.get(DESCRIPTION));
    let json = json.ok_or_else(|| WeightsError::Foreign("the header has no description".into()))?;
    serde_json::from_str(json).map_err(|error| WeightsError::Foreign(error.to_string()))
}

/// `empty` with the weights under `root` in `bytes`, on `plain`, a device without autodiff.
///
/// # Errors
/// [`WeightsError`] when one is missing or has another shape.
pub(super) fn fill<M: Module>(empty: M, root: &str, bytes: &[u8], plain: &Device) -> Result<M, WeightsError> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| WeightsError::Format(error.to_string()))?;
    let mut fill = Fill { tensors, path: path(root), device: plain.clone(), missing: None };
    let module = empty.map(&mut fill);
    match fill.missing {
        Some(name) => Err(WeightsError::Tensor(name)),
        None => Ok(module.valid()),
    }
}

/// Tensors of a module by their names.
pub(super) struct Named {
    path: Vec<String>,
    tensors: Vec<(String, Vec<usize>, Tensor<1>)>,
}

impl Named {
    /// Those of `module`, under `root`.
    pub(super) fn of(module: &impl Module, root: &str) -> Self {
        let mut named = Self { path: path(root), tensors: Vec::new() };
        module.visit(&mut named);
        named
    }
}

fn path(root: &str) -> Vec<String> {
    if root.is_empty() { Vec::new() } else { vec![root.into()] }
}

impl ModuleVisitor for Named {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().inner();
        let shape = value.dims().to_vec();
        let count = shape.iter().product::<usize>();
        self.tensors.push((self.path.join("."), shape, value.reshape([count])));
    }
}

struct Fill<'a> {
    tensors: SafeTensors<'a>,
    path: Vec<String>,
    device: Device,
    missing: Option<String>,
}

impl Fill<'_> {
    fn values(&self, name: &str, shape: &[usize]) -> Option<Vec<f32>> {
        let view = self.tensors.tensor(name).ok()?;
        if view.shape() != shape {
            return None;
        }
        let bytes = view.data();
        match view.dtype() {
            Dtype::F32 => Some(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()),
            Dtype::F16 => Some(bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()),
            _ => None,
        }
    }
}

impl ModuleMapper for Fill<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, mapper) = param.consume();
        let name = self.path.join(".");
        let shape = old.dims();
        let value = match self.values(&name, &shape) {
            Some(values) => Tensor::from_data(TensorData::new(values, shape), &self.device),
            None => {
                self.missing.get_or_insert(name);
                old
            }
        };
        Param::from_mapped_value(id, value, mapper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Classes, Heads, LogSigma, MlpConfig, Output, UNetConfig};

    fn written(network: NetworkConfig, mapped: bool, precision: Precision) -> (Vec<u8>, Weights) {
        let trained = network.init(&mut ChaCha8Rng::seed_from_u64(3), &Device::flex());
        let map = mapped.then(|| FlowMap::of(&network.init(&mut ChaCha8Rng::seed_from_u64(4), &Device::flex())));
        let map_steps = if mapped { 9 } else { 0 };
        let description = Description { network, data: "cat".into(), step: 7, turn_steps: 5, map_steps };
        let weights = Weights { network: trained, map, description };
        let bytes = pollster::block_on(save(&weights, precision, Precision::Single)).expect("bytes");
        (bytes, weights)
    }

    fn saved(precision: Precision) -> (Vec<u8>, Network, Description) {
        let (bytes, weights) = written(NetworkConfig::Mlp(MlpConfig::points(2, 16)), false, precision);
        (bytes, weights.network, weights.description)
    }

    /// A map is found again beside its velocity, and is another network.
    #[test]
    fn maps_survive_a_file() {
        let images = NetworkConfig::UNet(UNetConfig { mixing: 8, ..UNetConfig::images(8, 8) }).of_classes(3);
        for config in [NetworkConfig::points(2, 16), images] {
            let d = config.dimension();
            let (bytes, weights) = written(config, true, Precision::Half);
            let loaded = load(&bytes, &Device::flex()).expect("weights");
            let answer = |weights: &Weights| -> Vec<f32> {
                let level = |log_sigma| LogSigma::uniform(log_sigma, &Device::flex());
                let (from, to) = (level(0.4), level(-2.0));
                let course = crate::network::Course { from: &from, to: &to, class: None, guidance: 1.0 };
                let x = Tensor::ones([2, d], &Device::flex());
                weights.map.as_ref().expect("a map").mean_velocity(x, course).into_data().iter().collect()
            };
            assert_eq!(answer(&loaded), answer(&weights));
            assert_eq!(loaded.description.map_steps, 9);
        }
        let (bytes, _) = written(NetworkConfig::points(2, 16), false, Precision::Single);
        assert!(load(&bytes, &Device::flex()).expect("weights").map.is_none());
    }

    fn answer(network: &Network) -> Vec<f32> {
        let x = Tensor::<2>::from_data([[0.3, -0.4], [1.0, 0.2]], &Device::flex());
        let noise = network.noise(x, &LogSigma::uniform(0.1, &Device::flex()));
        noise.into_data().iter::<f32>().collect()
    }

    #[test]
    fn weights_survive_a_file() {
        let (bytes, network, description) = saved(Precision::Single);
        let Weights { network: loaded, description: told, .. } = load(&bytes, &Device::flex()).expect("weights");
        assert_eq!(told, description);
        assert_eq!(answer(&loaded), answer(&network));
        let (bytes, ..) = saved(Precision::Half);
        let loaded = load(&bytes, &Device::flex()).expect("weights").network;
        let off = answer(&loaded).iter().zip(answer(&network)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off > 0.0 && off < 2e-3, "{off}");
    }

    #[test]
    fn outputs_and_heads_survive_a_file() {
        let (output, heads) = (Output::Score, Heads::Separate);
        for config in [NetworkConfig::points(2, 16), NetworkConfig::images(28, 16)] {
            let (bytes, weights) = written(config.with(output, heads), false, Precision::Single);
            let loaded = load(&bytes, &Device::flex()).expect("weights");
            assert_eq!(loaded.description, weights.description);
            assert_eq!(loaded.network.num_params(), weights.network.num_params());
        }
    }

    #[test]
    fn classes_survive_a_file() {
        for network in [
            NetworkConfig::UNet(UNetConfig::images(8, 16)),
            #[cfg(feature = "mixer")]
            NetworkConfig::Mixer(crate::network::MixerConfig::images(8, 16)),
        ] {
            let (bytes, Weights { network: weights, description, .. }) =
                written(network.of_classes(3), false, Precision::Single);
            let Weights { network: loaded, description: told, .. } = load(&bytes, &Device::flex()).expect("weights");
            assert_eq!(told, description);
            let x = || Tensor::<2>::ones([1, 64], &Device::flex());
            let class = Classes::new(&[Some(2)], 3, &Device::flex());
            let answer = |network: &Network, class| -> Vec<f32> {
                let level = LogSigma::uniform(0.1, &Device::flex());
                network.noise_of(x(), &level, class).into_data().iter().collect()
            };
            assert_eq!(answer(&loaded, Some(&class)), answer(&weights, Some(&class)));
            assert_ne!(answer(&loaded, Some(&class)), answer(&loaded, None));
        }
    }

    #[test]
    fn shipped_weights_of_points_have_the_default_output_and_heads() {
        let path = format!("{}/www/weights/cat.safetensors", env!("CARGO_MANIFEST_DIR"));
        let description = load(&std::fs::read(path).expect("a file"), &Device::flex()).expect("weights").description;
        let expected = description.network.clone().with(Output::Velocity, Heads::Shared);
        assert_eq!(description.network, expected);
    }

    #[test]
    fn broken_weights_are_refused() {
        let (bytes, ..) = saved(Precision::Single);
        let error = |bytes: &[u8]| load(bytes, &Device::flex()).err();
        assert!(matches!(error(b"x,y\n1,2\n"), Some(WeightsError::Format(_))));
        assert!(matches!(error(&bytes[..bytes.len() - 9]), Some(WeightsError::Format(_))));
        let values = vec![0_u8; 8];
        let view = TensorView::new(Dtype::F32, vec![2], &values).expect("a view");
        let foreign = safetensors::serialize([("a", view)], None).expect("bytes");
        assert!(matches!(error(&foreign), Some(WeightsError::Foreign(_))));
    }
}

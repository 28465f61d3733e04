//! Weights as safetensors bytes, with what is needed to rebuild the network in the header.

mod fill;

use std::collections::HashMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use half::f16;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{FlowMap, Network, NetworkConfig};
use crate::state::cause;

pub(super) use fill::fill;

/// Key of the description in the file's header.
const DESCRIPTION: &str = "fewsteps";

/// Where a flow map's weights are in the file.
const MAP: &str = "map";

/// How a pointer begins that Git LFS leaves where a file was not fetched.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Most steps that a file can say it was trained for.
const MOST_STEPS: usize = 1_000_000_000;

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

/// Why bytes are no weights. The sentences are for visitors.
#[derive(Debug, Error, PartialEq)]
pub enum WeightsError {
    /// Not a safetensors file.
    #[error("this is not a safetensors file: {0}")]
    Format(String),
    /// A pointer of Git LFS.
    #[error("this is not the file of weights but a pointer of Git LFS to it: `git lfs pull` fetches the file itself")]
    Pointer,
    /// No description, or one of something else.
    #[error("these weights were not saved by Fewsteps: {0}")]
    Foreign(String),
    /// A network that can't be built.
    #[error("these weights claim to be of a network that can’t be: {0}")]
    Network(String),
    /// Steps that nobody trains.
    #[error("these weights claim {0} training steps; more than {MOST_STEPS} are not believed")]
    Steps(usize),
    /// A tensor that is missing.
    #[error("the weights “{0}” are missing")]
    Missing(String),
    /// A tensor that the network has no place for.
    #[error("the file holds “{0}”, which the network it claims to be of has no place for")]
    Unknown(String),
    /// A tensor of another shape.
    #[error("the weights “{name}” have the shape {found:?}, and the network they claim to be of needs {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The network's.
        expected: Vec<usize>,
    },
    /// A tensor of another type.
    #[error("the weights “{name}” are stored as {found}; F64, F32, F16 and BF16 can be read")]
    Type {
        /// The tensor.
        name: String,
        /// Its type.
        found: String,
    },
    /// A number that is none, or that single precision can't hold, or half precision where it is stored in that.
    #[error("the weights “{0}” hold a number that is not finite")]
    NotFinite(String),
    /// The device did not hand the numbers over.
    #[error("the weights could not be read from the device: {0}")]
    Device(String),
}

/// The bytes of `weights`, read from their device without blocking; numbers of the network are stored as `network` says, those of a
/// map as `map` does.
///
/// # Errors
/// [`WeightsError::NotFinite`] when a number is not finite, so that no bad checkpoint takes a good one's place;
/// [`WeightsError::Device`] when the device fails.
pub async fn save(weights: &Weights, network: Precision, map: Precision) -> Result<Vec<u8>, WeightsError> {
    let mut parts = vec![(Named::of(&weights.network, ""), network)];
    parts.extend(weights.map.as_ref().map(|weights| (Named::of(weights, MAP), map)));
    write(parts, &weights.description).await
}

/// What the file in `bytes` says of its weights, none of which are read.
///
/// # Errors
/// [`WeightsError`] when it is no file of weights.
pub fn describe(bytes: &[u8]) -> Result<Description, WeightsError> {
    described(bytes)
}

/// The weights in `bytes`, on `device` without autodiff. Nothing in the file is believed before it is checked, and nothing in it is
/// left unread.
///
/// # Errors
/// [`WeightsError`] when the bytes are cut, foreign or inconsistent, or hold a number that is not finite.
pub fn load(bytes: &[u8], device: &Device) -> Result<Weights, WeightsError> {
    let description: Description = described(bytes)?;
    let Description { network, step, turn_steps, map_steps, .. } = &description;
    network.check().map_err(WeightsError::Network)?;
    if let Some(steps) = [*step, *turn_steps, *map_steps].into_iter().find(|steps| *steps > MOST_STEPS) {
        return Err(WeightsError::Steps(steps));
    }
    let tensors = tensors(bytes)?;
    let found: usize = tensors.iter().map(|(_, view)| view.shape().iter().product::<usize>()).sum();
    // Before memory is set aside for a network that a small file claims to be of.
    if found < network.fewest_weights() {
        return Err(WeightsError::Network(format!("it would have more weights than the {found} in the file")));
    }
    let plain = device.clone().without_autodiff();
    let empty = network.init(&mut ChaCha8Rng::seed_from_u64(0), &plain);
    let map = (*map_steps > 0).then(|| fill(FlowMap::of(&empty), MAP, &tensors, &plain)).transpose()?;
    let network = fill(empty, "", &tensors, &plain)?;
    let mut names = Named::of(&network, "").names();
    names.extend(map.iter().flat_map(|map| Named::of(map, MAP).names()));
    match tensors.names().into_iter().find(|name| !names.iter().any(|known| known == name)) {
        Some(unknown) => Err(WeightsError::Unknown(unknown.into())),
        None => Ok(Weights { network, map, description }),
    }
}

/// The bytes of named tensors, with a description of them.
///
/// # Errors
/// [`WeightsError::NotFinite`] when a number is not finite, or not in the precision asked for; [`WeightsError::Device`] when the device
/// fails.
pub(super) async fn write(
    parts: Vec<(Named, Precision)>,
    description: &impl Serialize,
) -> Result<Vec<u8>, WeightsError> {
    let mut stored = Vec::new();
    for (named, precision) in parts {
        for (name, shape, tensor) in named.tensors {
            let data = tensor.into_data_async().await.map_err(|error| WeightsError::Device(cause(&error)))?;
            let values = data.iter::<f32>();
            let held = |value: f32| match precision {
                Precision::Single => value,
                Precision::Half => f16::from_f32(value).to_f32(),
            };
            if !data.iter::<f32>().all(|value| held(value).is_finite()) {
                return Err(WeightsError::NotFinite(name));
            }
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
    if bytes.starts_with(POINTER) {
        return Err(WeightsError::Pointer);
    }
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| WeightsError::Format(error.to_string()))?;
    let json = header.metadata().as_ref().and_then(|map| map.get(DESCRIPTION));
    let json = json.ok_or_else(|| WeightsError::Foreign("the header has no description".into()))?;
    serde_json::from_str(json).map_err(|error| WeightsError::Foreign(error.to_string()))
}

/// The tensors in the file.
///
/// # Errors
/// [`WeightsError::Format`] when they are not all of the file, or lie outside it.
pub(super) fn tensors(bytes: &[u8]) -> Result<SafeTensors<'_>, WeightsError> {
    SafeTensors::deserialize(bytes).map_err(|error| WeightsError::Format(error.to_string()))
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

    /// Their names.
    fn names(self) -> Vec<String> {
        self.tensors.into_iter().map(|(name, ..)| name).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Classes, Heads, Hidden, LogSigma, MlpConfig, Output, UNetConfig};

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
        for config in [NetworkConfig::points(2, 16), NetworkConfig::points(2, 16).with_hidden(Hidden::Wide), images] {
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
        let wide = NetworkConfig::points(2, 16).with_hidden(Hidden::Wide);
        for config in [NetworkConfig::points(2, 16), wide, NetworkConfig::images(28, 16)] {
            let (bytes, weights) = written(config.clone().with(output, heads), false, Precision::Single);
            let loaded = load(&bytes, &Device::flex()).expect("weights");
            assert_eq!(loaded.description, weights.description);
            assert_eq!(loaded.network.num_params(), weights.network.num_params());
            if config.dimension() == 2 {
                assert_eq!(answer(&loaded.network), answer(&weights.network));
            }
        }
    }

    #[test]
    fn classes_survive_a_file() {
        for network in [
            NetworkConfig::points(64, 16),
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

    fn error(bytes: &[u8]) -> WeightsError {
        load(bytes, &Device::flex()).expect_err("an error")
    }

    #[test]
    fn broken_weights_are_refused() {
        let (bytes, ..) = saved(Precision::Single);
        assert!(matches!(error(b"x,y\n1,2\n"), WeightsError::Format(_)));
        assert!(matches!(error(&bytes[..bytes.len() - 9]), WeightsError::Format(_)));
        assert_eq!(error(&[POINTER, b"v1\noid sha256:1\nsize 1\n"].concat()), WeightsError::Pointer);
        let values = vec![0_u8; 8];
        let view = TensorView::new(Dtype::F32, vec![2], &values).expect("a view");
        let foreign = safetensors::serialize([("a", view)], None).expect("bytes");
        assert!(matches!(error(&foreign), WeightsError::Foreign(_)));
    }

    /// The bytes of a small network's weights with the tensor `name` of another type, shape or content; it is added where there is none.
    fn changed(name: &str, dtype: Dtype, shape: &[usize], value: &[u8]) -> Vec<u8> {
        let (bytes, ..) = saved(Precision::Single);
        let (_, header) = SafeTensors::read_metadata(&bytes).expect("a header");
        let file = SafeTensors::deserialize(&bytes).expect("tensors");
        let data = value.repeat(shape.iter().product());
        let other = TensorView::new(dtype, shape.to_vec(), &data).expect("a view");
        let mut all = file.tensors();
        all.retain(|(old, _)| old != name);
        all.push((name.into(), other));
        safetensors::serialize(all, header.metadata().clone()).expect("bytes")
    }

    /// Each tensor is held against the network: its name, shape and type, and every number of it.
    #[test]
    fn each_tensor_is_checked_by_name() {
        let name = "Mlp.velocity.bias";
        let wrong = |dtype, value: &[u8]| error(&changed(name, dtype, &[2], value));
        assert_eq!(wrong(Dtype::F32, &f32::NAN.to_le_bytes()), WeightsError::NotFinite(name.into()));
        assert_eq!(wrong(Dtype::F32, &f32::NEG_INFINITY.to_le_bytes()), WeightsError::NotFinite(name.into()));
        // Finite, and beyond what the network computes with.
        assert_eq!(wrong(Dtype::F64, &1e300_f64.to_le_bytes()), WeightsError::NotFinite(name.into()));
        let sentence = wrong(Dtype::I32, &[0; 4]).to_string();
        assert_eq!(sentence, "the weights “Mlp.velocity.bias” are stored as I32; F64, F32, F16 and BF16 can be read");
        let shape = error(&changed(name, Dtype::F32, &[2, 1], &[0; 4]));
        assert_eq!(shape, WeightsError::Shape { name: name.into(), found: vec![2, 1], expected: vec![2] });
        let unknown = error(&changed("Mlp.third.bias", Dtype::F32, &[2], &[0; 4]));
        assert_eq!(unknown, WeightsError::Unknown("Mlp.third.bias".into()));
        for (dtype, bytes) in [
            (Dtype::F64, 0.25_f64.to_le_bytes().to_vec()),
            (Dtype::F16, f16::from_f32(0.25).to_le_bytes().to_vec()),
            (Dtype::BF16, half::bf16::from_f32(0.25).to_le_bytes().to_vec()),
        ] {
            let expected = load(&changed(name, Dtype::F32, &[2], &0.25_f32.to_le_bytes()), &Device::flex());
            let found = load(&changed(name, dtype, &[2], &bytes), &Device::flex()).expect("weights");
            assert_eq!(answer(&found.network), answer(&expected.expect("weights").network), "{dtype}");
        }
    }

    /// The bytes of a small network's weights that claim to be of another.
    fn claiming(change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        let (bytes, _, description) = saved(Precision::Single);
        let mut json = serde_json::to_value(description).expect("JSON");
        change(&mut json);
        let header = HashMap::from([(DESCRIPTION.to_string(), json.to_string())]);
        let file = SafeTensors::deserialize(&bytes).expect("tensors");
        safetensors::serialize(file.tensors(), Some(header)).expect("bytes")
    }

    #[test]
    fn lying_descriptions_are_refused() {
        let network = |key: &str, value: serde_json::Value| error(&claiming(|json| json["network"][key] = value));
        let sentence = network("width", 0.into()).to_string();
        assert!(sentence.ends_with("a network that can’t be: its width must be from 1 to 2048, not 0"), "{sentence}");
        assert!(matches!(network("frequencies", vec![-1.0].into()), WeightsError::Network(_)));
        // Memory for a network of gigabytes is not set aside for a file of kilobytes.
        let large = network("width", 2048.into()).to_string();
        assert!(large.contains("more weights than the "), "{large}");
        assert!(matches!(network("width", 17.into()), WeightsError::Shape { .. } | WeightsError::Network(_)));
        assert!(matches!(network("width", (-1).into()), WeightsError::Foreign(_)));
        assert_eq!(error(&claiming(|json| json["step"] = u64::MAX.into())), WeightsError::Steps(usize::MAX));
        assert_eq!(
            error(&claiming(|json| json["map_steps"] = 5.into())),
            WeightsError::Missing("map.Mlp.trunk.0.weight".into())
        );
    }

    /// Weights that are not finite are not saved, nor ones that half precision can't hold.
    #[test]
    fn no_bad_weights_are_saved() {
        let (_, weights) = written(NetworkConfig::points(2, 16), false, Precision::Single);
        for (factor, precision, fits) in
            [(f32::NAN, Precision::Single, false), (1e7, Precision::Half, false), (1e7, Precision::Single, true)]
        {
            let network = weights.network.clone().map(&mut Times(factor));
            let saved = pollster::block_on(save(&Weights { network, ..weights.clone() }, precision, precision));
            assert_eq!(saved.is_ok(), fits, "{factor} {precision:?}");
            assert!(matches!(saved, Ok(_) | Err(WeightsError::NotFinite(_))));
        }
    }

    struct Times(f32);

    impl burn::module::ModuleMapper for Times {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|value| value.mul_scalar(self.0))
        }
    }
}

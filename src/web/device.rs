//! The engine's one device: the CPU, or a WebGPU device of our own that Burn is given.

use std::cell::RefCell;

use burn::tensor::Device;
use js_sys::Function;
use wasm_bindgen::prelude::*;

thread_local! {
    static DEVICE: RefCell<Option<Device>> = const { RefCell::new(None) };
    static LOST: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Calls `callback` with a reason when the GPU device is lost; a CPU never is. To be set before the first session is opened.
#[wasm_bindgen(js_name = onDeviceLost)]
pub fn on_device_lost(#[wasm_bindgen(unchecked_param_type = "(reason: string) => void")] callback: Function) {
    LOST.set(Some(callback));
}

/// The device of this engine, opened when it is first asked for.
///
/// # Errors
/// An `Error` with the code `device` when the browser gives out no GPU device, or one that the engine can't use.
pub(super) async fn device() -> Result<Device, JsValue> {
    if let Some(device) = DEVICE.with_borrow(Clone::clone) {
        return Ok(device);
    }
    let device = open().await?;
    DEVICE.set(Some(device.clone()));
    Ok(device)
}

#[cfg(not(feature = "webgpu"))]
async fn open() -> Result<Device, JsValue> {
    Ok(Device::flex())
}

#[cfg(feature = "webgpu")]
use webgpu::open;

#[cfg(feature = "webgpu")]
mod webgpu {
    use burn::tensor::Device;
    use burn_wgpu::WgpuSetup;
    use wasm_bindgen::prelude::*;
    use wgpu::{
        Backend, Backends, DeviceDescriptor, DeviceLostReason, Features, Instance, InstanceDescriptor, MemoryHints,
        PowerPreference, RequestAdapterOptions,
    };

    use super::LOST;
    use crate::state::cause;
    use crate::web::failure;

    /// What Burn's runtime asks of an adapter beyond the defaults: without timestamps it panics when the first stream is made
    /// (`Timings::system` of cubecl-wgpu 0.11). Until it can do without, the question comes first.
    const NEEDED: Features = Features::TIMESTAMP_QUERY;

    /// Dispatches of one submit at most. A training step of points is 12, one of digits 120: either is one submit. More together would gain
    /// nothing, and a slow GPU that is busy for seconds with one submit is taken for hung.
    const DISPATCHES: usize = 128;

    /// An adapter and a device of our own, registered with Burn, with all that the adapter offers.
    pub(super) async fn open() -> Result<Device, JsValue> {
        let refused =
            |what: &str, error: &dyn std::fmt::Display| failure("device", &format!("{what} ({}).", cause(&error)));
        let mut descriptor = InstanceDescriptor::new_without_display_handle();
        descriptor.backends = Backends::BROWSER_WEBGPU;
        let instance = Instance::new(descriptor);
        let options =
            RequestAdapterOptions { power_preference: PowerPreference::HighPerformance, ..Default::default() };
        let adapter = instance
            .request_adapter(&options)
            .await
            .map_err(|error| refused("The browser offers no WebGPU adapter", &error))?;
        if !adapter.features().contains(NEEDED) {
            return Err(failure("device", "The WebGPU adapter lacks timestamp queries, which the engine needs."));
        }
        let (device, queue) = adapter
            .request_device(&DeviceDescriptor {
                required_features: adapter.features() - Features::MAPPABLE_PRIMARY_BUFFERS,
                required_limits: adapter.limits(),
                // Burn's allocator makes blocks of its own.
                memory_hints: MemoryHints::MemoryUsage,
                ..Default::default()
            })
            .await
            .map_err(|error| refused("The browser gives out no WebGPU device", &error))?;
        device.set_device_lost_callback(lost);
        let setup = WgpuSetup { instance, adapter, device, queue, backend: Backend::BrowserWebGpu };
        let options = Device::wgpu_options().tasks_max(DISPATCHES);
        options.setup(setup).init().map_err(|error| refused("The GPU engine did not start", &error))
    }

    fn lost(reason: DeviceLostReason, message: String) {
        let why = match (reason, message.as_str()) {
            (DeviceLostReason::Destroyed, _) => "the browser took the GPU away".into(),
            (_, "") => "the browser gave no reason".into(),
            _ => cause(&message),
        };
        LOST.with_borrow(|callback| {
            if let Some(callback) = callback {
                // What the listener throws is its own affair: nothing here waits for it.
                let _ = callback.call1(&JsValue::UNDEFINED, &why.into());
            }
        });
    }
}

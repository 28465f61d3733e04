//! Which kernels run.

use std::sync::{Arc, Mutex};

use cubecl::logging::{LaunchObservation, LaunchObserver};

/// Takes down the name of every kernel that this process launches, of Burn's too, for as long as it lives.
#[derive(Debug)]
pub struct Launches {
    names: Arc<Names>,
    _observation: LaunchObservation,
}

#[derive(Debug, Default)]
struct Names(Mutex<Vec<&'static str>>);

impl LaunchObserver for Names {
    fn launched(&self, kernel: &'static str) {
        self.0.lock().expect("no observer panics").push(kernel);
    }
}

impl Launches {
    /// From now on.
    pub fn watch() -> Self {
        let names = Arc::new(Names::default());
        Self { _observation: LaunchObservation::new(names.clone()), names }
    }

    /// Those since the last call, in order.
    pub fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.names.0.lock().expect("no observer panics"))
    }
}

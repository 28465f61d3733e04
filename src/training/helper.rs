//! The worker's end of shared work.

use burn::tensor::Device;

use super::{distil, share};
use crate::network::{Network, NetworkConfig};
use crate::sharing::{Kind, Rows, ShareError, kind};

/// Computes others' shares: of training steps and of reverse processes.
pub struct Helper {
    device: Device,
    network: Option<(NetworkConfig, Network)>,
    rows: Rows,
}

impl Helper {
    /// A helper that computes on `device`.
    pub fn new(device: &Device) -> Self {
        Self { device: device.clone().without_autodiff(), network: None, rows: Rows::default() }
    }

    /// The answer, as bytes, to a share that another worker sent by [`Helpers::start`](crate::sharing::Helpers::start).
    ///
    /// # Errors
    /// [`ShareError`] when the bytes are none, or the device fails.
    pub async fn answer(&mut self, share: &[u8]) -> Result<Vec<u8>, ShareError> {
        let (kind, share) = kind(share)?;
        match kind {
            Kind::Step => share::answer(share, &mut self.network, &self.device).await,
            Kind::MapStep => distil::answer(share, &self.device).await,
            Kind::Rows => self.rows.answer(share, &self.device).await,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::sharing::{Helpers, Work};

    /// Helpers that compute when they are asked, and find any work worth sharing.
    pub(crate) struct Direct {
        pub(crate) helpers: Vec<Helper>,
        /// One that can't be reached any more.
        pub(crate) dead: Option<usize>,
        shares: Vec<Vec<u8>>,
    }

    impl Helpers for Direct {
        fn count(&self) -> usize {
            self.helpers.len()
        }

        fn useful(&self, _: Work) -> usize {
            self.count()
        }

        fn start(&mut self, index: usize, share: Vec<u8>) {
            self.shares[index] = share;
        }

        async fn finish(&mut self, index: usize) -> Result<Vec<u8>, ShareError> {
            if self.dead == Some(index) {
                return Err(ShareError::Helper("it is gone".into()));
            }
            self.helpers[index].answer(&self.shares[index]).await
        }
    }

    pub(crate) fn direct(count: usize) -> Direct {
        let helpers = (0..count).map(|_| Helper::new(&Device::flex())).collect();
        Direct { helpers, dead: None, shares: vec![Vec::new(); count] }
    }
}

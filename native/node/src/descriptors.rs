//! Descriptors of protocol buffers, read once and shared by what reads traffic.

use napi::{Error, Result, Status};
use napi_derive::napi;
use std::sync::Arc;
use tapistry_engine::{Descriptors, read_descriptor_files};

/// What is known of the messages of gRPC.
#[napi]
pub struct NativeDescriptors {
    descriptors: Arc<Descriptors>,
}

#[napi]
impl NativeDescriptors {
    /// Of files that hold sets of descriptors. Throws with `InvalidArg` where one is none, and says which and what to do.
    #[napi(constructor)]
    pub fn new(files: Vec<String>) -> Result<Self> {
        let descriptors = read_descriptor_files(&files).map_err(|reason| Error::new(Status::InvalidArg, reason))?;
        Ok(NativeDescriptors { descriptors: Arc::new(descriptors) })
    }

    /// Types that the sets name and do not have, sorted.
    #[napi]
    pub fn missing(&self) -> Vec<String> {
        self.descriptors.missing().map(str::to_owned).collect()
    }
}

/// As a run takes them.
pub fn shared(descriptors: Option<&NativeDescriptors>) -> Arc<Descriptors> {
    descriptors.map(|native| native.descriptors.clone()).unwrap_or_default()
}

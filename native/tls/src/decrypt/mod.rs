//! Records to their content, with the keys of one direction.

pub mod cipher;
pub mod hash;
pub mod inflate;
pub mod opener;
pub mod schedule;

pub use opener::{Opened, Opener};

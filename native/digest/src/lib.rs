//! Bodies to shapes, values to classes, tokens to facts. Raw values end here.

pub mod auth;
pub mod classes;
pub mod client;
pub mod header;
pub mod lexical;
pub mod path;
pub mod public;
pub mod token;

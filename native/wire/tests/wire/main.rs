//! Tests of the crate through its public face, from captured bytes to what an application is told.
//!
//! Cases are rows: packets in a short notation, and the calls that they must cause. Names begin with the number of the point
//! of the wire checklist that they hold.
#![allow(clippy::print_stdout)]

mod compressed;
mod corpus;
mod decoding;
mod duplicates;
mod fragments;
mod frame;
mod laws;
mod recorder;
mod script;
mod streams;
mod wrapping;

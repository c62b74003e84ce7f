//! HTTP/2: frames, header blocks, holes and joins in the middle.

mod cases;
mod laws;
mod recorder;
mod writer;

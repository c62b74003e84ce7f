//! Capture files and streams, told by content.

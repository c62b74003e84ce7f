//! The Node-API binding: thin, no logic.

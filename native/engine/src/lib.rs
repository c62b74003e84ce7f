//! Probing, pairing, observations, limits and counters over the parsers.

//! Every bound of the engine with its default. What does not fit is counted by name.

/// Bounds of one worker, but where a field says that it is of the whole engine.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a body that are kept for its digest, before content decoding; the rest only adds to its length.
    pub body_kept_bytes_max: usize,
    /// Bytes of a decoded body that are digested.
    pub body_digested_bytes_max: usize,
    /// Bytes of bodies that are kept at the same time, of the whole engine.
    pub bodies_kept_bytes_max: usize,
    /// Bytes that inflaters of WebSocket connections take at the same time, of the whole engine; compressed messages of more connections stay unread.
    pub inflaters_bytes_max: usize,
    /// Bytes that connections keep of heads, blocks and records that are not whole, and of tables and open streams of HTTP/2, of the whole engine; a connection for which there is no room is not read on.
    pub buffers_bytes_max: usize,
    /// Requests of a flow that wait for a response; the oldest is given up as unpaired.
    pub open_requests_max: usize,
    /// Exchanges that wait to be observed by key.
    pub backlog_max: usize,
    /// Bytes of their messages.
    pub backlog_bytes_max: usize,
    /// Bytes of texts of bodies that are kept since they may come again, until the table goes up.
    pub repeats_bytes_max: usize,
    /// Distinct observation keys in a worker's table before it goes up as a batch.
    pub observations_max: usize,
    /// Exchanges that `exchanges` holds back to keep their order.
    pub ordered_max: usize,
    /// Header fields of a request that become parameters.
    pub header_parameters_max: usize,
    /// Bytes of a request head that are kept until its exchange ends.
    pub head_kept_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body_kept_bytes_max: 1 << 20,
            body_digested_bytes_max: 1 << 20,
            bodies_kept_bytes_max: 64 << 20,
            inflaters_bytes_max: 64 << 20,
            buffers_bytes_max: 128 << 20,
            open_requests_max: 1024,
            backlog_max: 1024,
            backlog_bytes_max: 4 << 20,
            repeats_bytes_max: 16 << 20,
            observations_max: 16_384,
            ordered_max: 10_000,
            header_parameters_max: 64,
            head_kept_bytes_max: 64 << 10,
        }
    }
}

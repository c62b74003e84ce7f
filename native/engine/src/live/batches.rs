//! Batches of one member on their way up, without ever waiting.

use std::sync::mpsc::{SyncSender, TrySendError};

/// The member's end of the queue, and the batch for which there was no room.
#[derive(Debug)]
pub struct Batches {
    queue: SyncSender<Vec<u8>>,
    waiting: Option<Vec<u8>>,
}

impl Batches {
    /// Nothing waits.
    pub fn new(queue: SyncSender<Vec<u8>>) -> Self {
        Self { queue, waiting: None }
    }

    /// Whether a batch may be made: the one before has gone up.
    pub fn has_room(&mut self) -> bool {
        if let Some(batch) = self.waiting.take() {
            self.send(batch);
        }
        self.waiting.is_none()
    }

    /// Sends a batch, or keeps it until there is room; call after `has_room`. What nobody will pull is forgotten: the run is over.
    pub fn send(&mut self, batch: Vec<u8>) {
        if let Err(TrySendError::Full(batch)) = self.queue.try_send(batch) {
            self.waiting = Some(batch);
        }
    }

    /// Sends what waits and the last batch; capture is over, so waiting loses nothing.
    pub fn finish(self, last: Option<Vec<u8>>) {
        for batch in self.waiting.into_iter().chain(last) {
            if self.queue.send(batch).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn one_batch_waits_beside_the_queue() {
        let (queue, pulled) = sync_channel(1);
        let mut batches = Batches::new(queue);
        for number in 1..=2 {
            assert!(batches.has_room());
            batches.send(vec![number]);
        }
        assert!(!batches.has_room());
        assert_eq!(pulled.recv(), Ok(vec![1]));
        assert!(batches.has_room());
        let rest = std::thread::spawn(move || pulled.iter().collect::<Vec<_>>());
        batches.finish(Some(vec![3]));
        assert_eq!(rest.join().unwrap(), [vec![2], vec![3]]);
    }
}

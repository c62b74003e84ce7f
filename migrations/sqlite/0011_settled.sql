-- Pending batches are merged into the rows of their keys in small transactions: `settled` is the last batch whose share is in the row. Until all of a batch is in
-- rows it stays, and of a key that has its share already it does not count. So a number must not come again: `generation.pending` is the last one that was given.

ALTER TABLE observation ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generation ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
UPDATE generation SET pending = (SELECT coalesce(max(id), 0) FROM pending);

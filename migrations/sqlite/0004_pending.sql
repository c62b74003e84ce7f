-- Packed batches as they were read, in their order, until enough of them are there to be merged by key: writing every key's row with each would cost more.

CREATE TABLE pending (
  id INTEGER NOT NULL PRIMARY KEY,
  batch BLOB NOT NULL
) STRICT;

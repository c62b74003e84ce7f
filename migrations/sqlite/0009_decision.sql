-- What people have decided, in the order in which they did: applied when the inventory is read out, never part of the state. One row an id; a later decision
-- of the same id takes the place of the one before.

CREATE TABLE decision (
  number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  at_ms INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

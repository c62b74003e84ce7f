-- The published inventory at the end of a day in UTC (counted from 1970-01-01), as JSON packed with zstd: one for each day that changed it. It holds what
-- the inventory shows and nothing else.

CREATE TABLE past_day (
  day INTEGER NOT NULL PRIMARY KEY,
  inventory BLOB NOT NULL
) STRICT;

-- What events have told of the inventory so far, packed in the same way: what differs from it is told next. One row.
CREATE TABLE told (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  inventory BLOB NOT NULL
) STRICT;

-- The day of the last commit; null before the first one that said it.
ALTER TABLE generation ADD COLUMN day INTEGER;

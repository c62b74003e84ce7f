-- Observations by row number, with the key as an index beside them: in a table without row numbers each blob beyond a quarter of a page has a page of its own.

CREATE TABLE observation_row (
  id INTEGER NOT NULL PRIMARY KEY,
  service TEXT NOT NULL,
  key TEXT NOT NULL,
  batch BLOB NOT NULL,
  UNIQUE (service, key)
) STRICT;

INSERT INTO observation_row (service, key, batch) SELECT service, key, batch FROM observation ORDER BY service, key;
DROP TABLE observation;
ALTER TABLE observation_row RENAME TO observation;

-- The inventory's state: merged observations by key, what does not fit them as counts, and how far each input was read.
-- Observations are blobs of the codec in src/observation, uncompressed so that a search of the file finds what is in it.

CREATE TABLE observation (
  service TEXT NOT NULL,
  key TEXT NOT NULL,
  batch BLOB NOT NULL,
  PRIMARY KEY (service, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE visibility (
  service TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (service, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
  name TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE folded (
  service TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('packets', 'logs')),
  exchanges INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  PRIMARY KEY (service, source)
) STRICT, WITHOUT ROWID;

-- What was still open at the end of an input: replaced when the input is read further, else part of the state.
CREATE TABLE tail (
  digest TEXT NOT NULL PRIMARY KEY,
  batch BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The hash of the decompressed bytes that were consumed of an input, and how many these were.
CREATE TABLE input (
  digest TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (digest, bytes)
) STRICT, WITHOUT ROWID;

-- One row; the number rises with each commit and tells a writer that another one was faster.
CREATE TABLE generation (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  number INTEGER NOT NULL
) STRICT;

INSERT INTO generation (id, number) VALUES (1, 0);

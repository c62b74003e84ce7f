-- Who may ask the daemon, and what was done through it. Of a token only its SHA-256 is here; a revoked one stays, so that it can be told from one that never was.

CREATE TABLE token (
  id TEXT NOT NULL PRIMARY KEY,
  sha256 BLOB NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  services TEXT,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  last_used_ms INTEGER,
  revoked_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX token_by_name ON token (name) WHERE revoked_ms IS NULL;

-- Ids rise and none comes again: the oldest rows go when there are too many.
CREATE TABLE audit (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('local', 'token', 'login')),
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
  status INTEGER
) STRICT;

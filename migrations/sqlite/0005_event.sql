-- What changed in the inventory, and when: rows are added and, when they are old, removed. Ids rise and none comes again, so that a reader can go on behind one.

CREATE TABLE event (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('endpoint', 'service', 'finding', 'spec', 'source')),
  subject TEXT NOT NULL,
  what TEXT NOT NULL,
  details TEXT NOT NULL
) STRICT;

CREATE INDEX event_by_subject ON event (subject, id);

-- What is to be told on channels: notices are written together with the changes that cause them, and become part of a message later. A message is kept until it was
-- delivered, or given up: then it is a dead letter, which can be tried again. What was told of a finding stays while the finding does.

CREATE TABLE alert_message (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  form TEXT NOT NULL CHECK (form IN ('new', 'update', 'edit')),
  of_message INTEGER,
  at_ms INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
  tries INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL,
  reference TEXT,
  problem TEXT
) STRICT;

CREATE INDEX alert_message_by_state ON alert_message (state, channel, id);
CREATE INDEX alert_message_by_time ON alert_message (channel, at_ms);

CREATE TABLE alert_notice (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('opened', 'changed', 'repeated', 'resolved', 'happened')),
  mark TEXT NOT NULL,
  severity TEXT NOT NULL,
  bundle TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  details TEXT NOT NULL,
  message INTEGER
) STRICT;

CREATE INDEX alert_notice_by_fingerprint ON alert_notice (channel, fingerprint, id);
CREATE INDEX alert_notice_by_message ON alert_notice (message, id);
CREATE INDEX alert_notice_by_bundle ON alert_notice (channel, bundle, message);
CREATE INDEX alert_notice_waiting ON alert_notice (channel, id) WHERE message IS NULL;

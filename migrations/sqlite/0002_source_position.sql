-- How far the parts of a source (a file, a partition) were read, as the source wrote it: in one transaction with what was read of them.

CREATE TABLE source_position (
  source TEXT NOT NULL,
  part TEXT NOT NULL,
  position TEXT NOT NULL,
  PRIMARY KEY (source, part)
) STRICT, WITHOUT ROWID;

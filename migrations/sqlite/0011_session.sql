-- Who is logged in with a browser. Of the secret that the browser holds only its SHA-256 is here. `basis` stands for the issuer and the roles that a login was
-- made under: under others it does not count.

CREATE TABLE session (
  sha256 BLOB NOT NULL PRIMARY KEY,
  basis TEXT NOT NULL,
  principal TEXT NOT NULL,
  end_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_end ON session (end_ms);

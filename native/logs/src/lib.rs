//! Access-log lines, NDJSON exchanges and HAR entries to exchange records.

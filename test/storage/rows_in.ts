import Sqlite from 'better-sqlite3'

/** How many rows a table of a database file has, as another process would see it. */
export function rowsIn(path: string, table: string): number {
  const database = new Sqlite(path, { readonly: true })
  try {
    return database.prepare<[], { count: number }>(`SELECT count(*) AS count FROM ${table}`).get()?.count ?? 0
  } finally {
    database.close()
  }
}

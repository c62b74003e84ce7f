import type { Database } from 'better-sqlite3'

/** Bytes of the pages of a database that hold something. */
export function pagesBytes(database: Database): number {
  return (number(database, 'page_count') - freePages(database)) * number(database, 'page_size')
}

/** Gives pages that hold nothing back to the disk, some of them a step. */
export function* giveBack(database: Database): Generator<void, void, void> {
  for (let left = Infinity, free = freePages(database); free > 0 && free < left; left = free, free = freePages(database)) {
    database.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`)
    yield
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

/** 2 MiB. */
const pagesPerStep = 512

function freePages(database: Database): number {
  return number(database, 'freelist_count')
}

function number(database: Database, pragma: string): number {
  return Number(database.pragma(pragma, { simple: true }))
}

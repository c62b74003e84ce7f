import { systemCode, systemReason, TapistryError } from '../base/errors.ts'

/** Two runs wrote into one data folder; the second one loses nothing but its time. */
export function changedMeanwhile(where: string): TapistryError {
  return new TapistryError('STORAGE', `${where}: another run wrote into it meanwhile; run this one again, it goes on from there`)
}

/** What a failure of the database means for the person who runs the program. */
export function storageProblem(path: string, thrown: unknown): TapistryError {
  if (thrown instanceof TapistryError) return thrown
  const code = sqliteCode(thrown) || (sqliteCodes[systemCode(thrown) ?? ''] ?? '')
  // Of the codec: bytes that SQLite gave back as they were written.
  if (thrown instanceof RangeError) {
    return new TapistryError('STORAGE', `${path}: what it holds cannot be read (${thrown.message}); ${damageRemedy}`, { cause: thrown })
  }
  const [, words] = sqliteWords.find(([prefix]) => code.startsWith(prefix)) ?? ['', `cannot be used (${code === '' ? systemReason(thrown) : code})`]
  return new TapistryError('STORAGE', `${path}: ${words}`, { cause: thrown })
}

const damageRemedy = 'restore a backup with "tapistry db restore", or move it away and scan again'

/** What SQLite says where a call of our own meets the same. */
const sqliteCodes: Readonly<Record<string, string>> = {
  ENOSPC: 'SQLITE_FULL',
  EDQUOT: 'SQLITE_FULL',
  EROFS: 'SQLITE_READONLY',
  EACCES: 'SQLITE_PERM',
  EPERM: 'SQLITE_PERM',
}

/** By the beginning of SQLite's result code: the extended codes (`SQLITE_IOERR_WRITE`) belong to their primary one. */
const sqliteWords: ReadonlyArray<readonly [prefix: string, words: string]> = [
  ['SQLITE_BUSY', 'is in use by another process; wait for it to end, or name another folder with --data-dir'],
  ['SQLITE_LOCKED', 'is in use by another process; wait for it to end, or name another folder with --data-dir'],
  ['SQLITE_CORRUPT', `is damaged; ${damageRemedy}`],
  ['SQLITE_NOTADB', 'is no database of Tapistry; move it away, or name another folder with --data-dir'],
  ['SQLITE_FULL', 'the disk is full; what was kept before is whole: make room; what has ended is run again, a daemon goes on by itself'],
  ['SQLITE_CANTOPEN', 'cannot be opened; check that the folder exists and may be written'],
  ['SQLITE_READONLY', 'may not be written; check the permissions of the folder and the file'],
  ['SQLITE_PERM', 'may not be written; check the permissions of the folder and the file'],
  ['SQLITE_IOERR', 'cannot be read or written (input/output error of the disk)'],
]

/** SQLite's result code (`SQLITE_FULL`), '' where what was thrown is none of its errors. */
export function sqliteCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown) || typeof thrown.code !== 'string') return ''
  return thrown.code.startsWith('SQLITE_') ? thrown.code : ''
}

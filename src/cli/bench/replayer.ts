import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

import { TapistryError } from '../../base/errors.ts'
import { packageFolder } from '../../base/version.ts'

/** Builds the program that sends the frames of a capture, which no package brings, and returns its path. Throws `TapistryError` (RUNTIME) where it cannot be. */
export function buildReplayer(): string {
  const native = join(packageFolder, 'native')
  if (!existsSync(join(native, 'capture/examples/replay/main.rs')))
    throw new TapistryError('RUNTIME', 'frames are sent by a program that only a clone of the sources has')
  const target = process.env['CARGO_TARGET_DIR'] ?? join(native, 'target')
  const { status, stderr, error } = spawnSync('cargo', ['build', '--release', '--locked', '--package', 'tapistry-capture', '--example', 'replay'], {
    cwd: native,
    encoding: 'utf8',
    // rustup edits the profile of the shell, which the shell at hand may not have read yet.
    env: { ...process.env, CARGO_TARGET_DIR: target, PATH: [process.env['PATH'], join(homedir(), '.cargo/bin')].join(delimiter) },
  })
  if (status !== 0) throw new TapistryError('RUNTIME', `the program that sends frames does not build: ${(error?.message ?? stderr).trim().split('\n').at(-1)}`)
  return join(target, 'release/examples/replay')
}

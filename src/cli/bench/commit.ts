import { spawnSync } from 'node:child_process'

import { packageFolder } from '../../base/version.ts'

/** The commit of the sources that run, with `+` where they were changed since; null where this is no clone. */
export function commitName(): string | null {
  // A clone's root is this folder; a package installed below somebody else's clone is none.
  if (git('rev-parse', '--show-prefix') !== '') return null
  const commit = git('rev-parse', '--short', 'HEAD')
  return commit === null || git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`
}

function git(...parameters: string[]): string | null {
  const { status, stdout } = spawnSync('git', ['-C', packageFolder, ...parameters], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

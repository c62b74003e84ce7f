#!/usr/bin/env node
/**
 * The way in. Nothing but this file is loaded before the version check: on an older Node a native module ends the process
 * without a word.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 24 || (major === 24 && minor < 12)) {
  process.stderr.write(`tapistry: needs Node.js 24.12 or newer, this is ${process.versions.node}: install it from https://nodejs.org\n`)
  process.exit(2)
}

const { runProcess } = await import('./process.ts')
await runProcess()

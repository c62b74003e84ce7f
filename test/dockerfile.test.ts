import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const instructions = readFileSync(`${root}Dockerfile`, 'utf8')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => ({ name: line.slice(0, line.indexOf(' ')), value: line.slice(line.indexOf(' ') + 1).trim() }))
const stages = instructions.filter(({ name }) => name === 'FROM').map(({ value }) => value)
const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'))

describe('Dockerfile', () => {
  it('builds in stages of pinned images', () => {
    expect(stages.length).toBeGreaterThanOrEqual(3)
    for (const stage of stages) expect(stage).toMatch(/^(node:24\.\d+|rust:1\.\d+)-[a-z-]*bookworm[a-z-]*( AS \w+)?$/)
  })

  it('has a compiler new enough for the workspace', () => {
    const needed = Number(/^rust-version = "1\.(\d+)"/m.exec(readFileSync(`${root}native/Cargo.toml`, 'utf8'))?.[1])
    const found = Number(/^rust:1\.(\d+)/.exec(stages.find((stage) => stage.startsWith('rust:')) ?? '')?.[1])
    expect(found).toBeGreaterThanOrEqual(needed)
  })

  it('runs as a user without privileges, and takes only what was installed', () => {
    expect(last.findLast(({ name }) => name === 'USER')?.value).toBe('node')
    expect(last.findIndex(({ name }) => name === 'USER')).toBeLessThan(last.findIndex(({ name }) => name === 'ENTRYPOINT'))
    expect(last.filter(({ name }) => name === 'COPY').every(({ value }) => value.startsWith('--from='))).toBe(true)
  })

  it('lets that user capture where the container may, and start where it may not', () => {
    expect(last.some(({ name, value }) => name === 'RUN' && value.includes('setcap cap_net_raw+p /usr/local/bin/node'))).toBe(true)
  })

  it('is looked after by a check of the daemon', () => {
    expect(last.find(({ name }) => name === 'HEALTHCHECK')?.value).toContain('/healthz')
  })

  it('fetches nothing by ADD, curl or pipes into a shell', () => {
    expect(instructions.filter(({ name, value }) => name === 'ADD' || /\b(curl|wget)\b|\|\s*(sh|bash)\b/.test(value))).toEqual([])
  })

  it('keeps what the build does not need out of the context', () => {
    const ignored = readFileSync(`${root}.dockerignore`, 'utf8').split('\n')
    for (const entry of ['.git', '**/node_modules', '**/target', 'dist', 'npm']) expect(ignored).toContain(entry)
  })
})

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

import { loadConfig } from '../src/config/load.ts'

const deploy = fileURLToPath(new URL('../deploy/', import.meta.url))
const unit = readFileSync(join(deploy, 'tapistry.service'), 'utf8')

describe('the unit of systemd', () => {
  const settings = new Map(
    unit.split('\n').flatMap((line) => (/^\w+=/.test(line) ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const] : [])),
  )

  it('gives one capability to a user without privileges', () => {
    expect(settings.get('AmbientCapabilities')).toBe('CAP_NET_RAW')
    expect(settings.get('CapabilityBoundingSet')).toBe('CAP_NET_RAW')
    expect(settings.get('DynamicUser')).toBe('yes')
  })

  it('lets it capture, watch itself and be reloaded', () => {
    expect(settings.get('RestrictAddressFamilies')?.split(' ')).toEqual(expect.arrayContaining(['AF_PACKET', 'AF_NETLINK', 'AF_UNIX']))
    expect([settings.get('Type'), settings.get('ExecReload')]).toEqual(['notify', '/bin/kill -HUP $MAINPID'])
    expect(Number(settings.get('TimeoutStopSec'))).toBeGreaterThan(30)
  })

  const hasVerifier = spawnSync('systemd-analyze', ['--version']).status === 0
  it.skipIf(!hasVerifier)('is understood by systemd (skipped where systemd-analyze is missing)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tapistry-unit-'))
    try {
      // The program need not be installed to check its unit.
      copyFileSync(join(deploy, 'tapistry.service'), join(folder, 'tapistry.service'))
      writeFileSync(join(folder, 'tapistry.service'), unit.replace('/usr/local/bin/tapistry', process.execPath))
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, 'tapistry.service')], { encoding: 'utf8' })
      // What it does not understand it only warns of.
      expect([status, stderr.split('\n').filter((line) => line.includes('tapistry.service'))]).toEqual([0, []])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('the DaemonSet of Kubernetes', () => {
  const documents = parseAllDocuments(readFileSync(join(deploy, 'kubernetes', 'daemonset.yaml'), 'utf8')).map(
    (document) => document.toJS() as Readonly<Record<string, unknown>>,
  )

  it('is a configuration that is valid, and a set that uses it', () => {
    expect(documents.map(({ kind }) => kind)).toEqual(['ConfigMap', 'DaemonSet'])
    const { data } = documents[0] as { readonly data: Readonly<Record<string, string>> }
    const folder = mkdtempSync(join(tmpdir(), 'tapistry-map-'))
    try {
      writeFileSync(join(folder, 'tapistry.yaml'), data['tapistry.yaml'] ?? '')
      expect(loadConfig('tapistry.yaml', {}, folder).config).toMatchObject({ dataDir: '/data', sources: [{ type: 'interface' }] })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('drops every capability but one', () => {
    const set = parse(JSON.stringify(documents[1])) as { spec: { template: { spec: { containers: { securityContext: object }[]; hostNetwork: boolean } } } }
    expect(set.spec.template.spec.hostNetwork).toBe(true)
    expect(set.spec.template.spec.containers[0]?.securityContext).toMatchObject({
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
    })
  })
})

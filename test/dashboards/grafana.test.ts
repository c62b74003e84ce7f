import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'

import { metrics } from '../../src/telemetry/metrics.ts'
import { boards, grafanaFolder, queries, type Panel } from './boards.ts'

test('there are two, and each leads to the other', () => {
  expect(boards.map(([file, { uid }]) => [file, uid])).toEqual([
    ['tapistry-operation.json', 'tapistry-operation'],
    ['tapistry-risk.json', 'tapistry-risk'],
  ])
  expect(boards.map(([, { links }]) => links.map(({ url }) => url))).toEqual([['/d/tapistry-risk'], ['/d/tapistry-operation']])
})

describe.each(boards)('%s', (_, board) => {
  const { panels } = board
  const shown = panels.filter(({ type }) => type !== 'row')

  test('can be provisioned: it has a uid and no id of a database, and a form that Grafana reads', () => {
    expect(board).not.toHaveProperty('id')
    expect(board).not.toHaveProperty('__inputs')
    // Of Grafana 10.4: newer ones migrate it, older ones would not know it.
    expect(board.schemaVersion).toBe(39)
    expect([board.title, board.description, board.tags]).toEqual([expect.stringMatching(/^Tapistry: /), expect.stringMatching(/\.$/), expect.anything()])
  })

  test('has a variable for the data source before the one that asks it', () => {
    expect(board.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['instance', 'query'],
    ])
    expect(board.templating.list[0]?.query).toBe('prometheus')
    const named = JSON.stringify(board).match(/\$\{?(?!__)\w+/g) ?? []
    expect(new Set(named)).toEqual(new Set(['${datasource', '$instance']))
  })

  test('has panels with ids of their own that do not lie on each other', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_cell, at) => [x + (at % w), y + Math.floor(at / w)] as const))
    expect(new Set(cells.map(String)).size).toBe(cells.length)
    expect(Math.max(...cells.map(([x]) => x))).toBe(23)
  })

  test.each(shown.map((panel) => [panel.title, panel] as const))(
    '%s says what it shows, in which unit, and asks the data source that was chosen',
    (_title, panel) => {
      expect(['stat', 'gauge', 'bargauge', 'timeseries']).toContain(panel.type)
      expect(panel.description).toMatch(/^[A-Z`].{15,}\.$/)
      expect(units).toContain(panel.fieldConfig?.defaults.unit)
      const targets = panel.targets ?? []
      expect(targets.length).toBeGreaterThan(0)
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length)
      for (const { uid, type } of [panel.datasource, ...targets.map(({ datasource }) => datasource)].map((source) => source ?? { uid: '', type: '' }))
        expect([uid, type]).toEqual(['${datasource}', 'prometheus'])
    },
  )

  test('titles are told apart', () => {
    const titles = (of: readonly Panel[]): readonly string[] => of.map(({ title }) => title)
    expect(new Set(titles(shown)).size).toBe(shown.length)
  })
})

/** Ids of units that Grafana has, as far as they are used: the sum of all others is in @grafana/data. */
const units = ['none', 'short', 'reqps', 'pps', 'cps', 'Bps', 'bytes', 's', 'ms', 'percentunit']

describe.each(queries)('%s', (_, { expr, legendFormat }) => {
  test('asks for metrics and labels that are documented, of the daemons that were chosen', () => {
    const selectors = [...expr.matchAll(/\b((?:tapistry|process)_\w+)(?:\{([^}]*)\})?/g)]
    expect(selectors.length).toBeGreaterThan(0)
    for (const [, name = '', matchers = ''] of selectors) {
      const metric = metrics.find((one) => one.name === name || (one.type === 'histogram' && name.replace(/_(bucket|sum|count)$/, '') === one.name))
      expect(metric, name).toBeDefined()
      expect(matchers).toContain('instance=~"$instance"')
      for (const [label = ''] of matchers.matchAll(/\w+(?=\s*(?:=|!))/g))
        expect([...(metric?.labels ?? []), 'instance'], `${label} of ${name}`).toContain(label)
      // A counter that is shown as it is says how long the daemon has run.
      if (metric?.type === 'counter' && !expr.includes(' / ')) expect(expr).toContain(`rate(${name}`)
    }
    expect(expr).not.toMatch(/\[\d+\w\]/)
  })

  test('names its lines by labels that are left', () => {
    const left = new Set([...expr.matchAll(/by \(([\w, ]+)\)/g)].flatMap(([, labels = '']) => labels.split(', ')))
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect([...left]).toContain(label)
  })
})

test('provisioning names a data source of Prometheus, and a folder of dashboards', () => {
  const read = (path: string): unknown => parse(readFileSync(join(grafanaFolder, 'provisioning', path), 'utf8'))
  expect(read('datasources/prometheus.yaml')).toMatchObject({
    apiVersion: 1,
    datasources: [{ type: 'prometheus', access: 'proxy', url: 'http://127.0.0.1:9090', jsonData: { timeInterval: '15s' } }],
  })
  expect(read('dashboards/tapistry.yaml')).toMatchObject({
    apiVersion: 1,
    providers: [{ type: 'file', options: { path: '/var/lib/grafana/dashboards/tapistry' } }],
  })
})

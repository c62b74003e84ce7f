import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { packageFolder } from '../../src/base/version.ts'

export const grafanaFolder: string = join(packageFolder, 'dashboards', 'grafana')

/** A dashboard as Grafana reads it, as far as tests look at it. */
export interface Board {
  readonly uid: string
  readonly id?: number
  readonly title: string
  readonly description: string
  readonly schemaVersion: number
  readonly tags: readonly string[]
  readonly links: ReadonlyArray<{ readonly url: string }>
  readonly templating: { readonly list: readonly Variable[] }
  readonly panels: readonly Panel[]
}

interface Variable {
  readonly name: string
  readonly type: string
  readonly query: unknown
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: DataSource
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly targets?: readonly Target[]
}

interface DataSource {
  readonly type: string
  readonly uid: string
}

interface Target {
  readonly refId: string
  readonly expr: string
  readonly legendFormat: string
  readonly datasource: DataSource
}

/** All of them, by file name. */
export const boards: ReadonlyArray<readonly [file: string, board: Board]> = readdirSync(grafanaFolder)
  .filter((name) => name.endsWith('.json'))
  .toSorted()
  .map((name) => [name, JSON.parse(readFileSync(join(grafanaFolder, name), 'utf8')) as Board])

/** What is asked of Prometheus, each with the place where it stands. */
export const queries: ReadonlyArray<readonly [place: string, target: Target]> = boards.flatMap(([file, { panels }]) =>
  panels.flatMap(({ title, targets = [] }) => targets.map((target) => [`${file}: ${title} ${target.refId}`, target] as const)),
)

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'

import type { InventoryDocument } from '../../src/inventory/document.ts'
import { chaos } from './chaos.ts'
import { killDaemons } from './daemon.ts'
import { brokenIdentities } from './identities.ts'

/** `npm run chaos` kills 200 times. */
const kills = Number(process.env['CHAOS_KILLS'] ?? 15)
const seed = Number(process.env['CHAOS_SEED'] ?? 20_260_302)

const folder = mkdtempSync(join(tmpdir(), 'tapistry-chaos-'))

afterEach(() => {
  killDaemons()
  rmSync(folder, { recursive: true, force: true })
})

it(`a daemon that is killed ${kills} times keeps what one keeps that is not`, { timeout: 120_000 + kills * 10_000 }, async () => {
  const { killed, spared, exchanges, kills: struck } = await chaos(folder, seed, kills)
  console.log(`seed ${seed}: ${JSON.stringify(struck)} kills over ${JSON.stringify(exchanges)} exchanges`)
  expect(exchangesByType(JSON.parse(spared) as InventoryDocument)).toEqual(exchanges)
  expect(exchangesByType(JSON.parse(killed) as InventoryDocument)).toEqual(exchanges)
  expect(brokenIdentities(JSON.parse(spared) as InventoryDocument)).toEqual([])
  expect(killed).toBe(spared)
})

/** The log and the bodies are of one service each; hosts of captures are many, and some are quarantined. */
function exchangesByType({ services, visibility }: InventoryDocument): Record<string, number> {
  const of = (host: string): number => services.find(({ name }) => name === host)?.exchanges ?? 0
  const [log, http] = [of('logs.example.com'), of('ingest.example.com')]
  return { log, pcap: (visibility.http['exchanges'] ?? 0) - log - http, http }
}

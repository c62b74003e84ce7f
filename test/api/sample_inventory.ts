import { readOut } from '../../src/finding/read_out.ts'
import type { Known } from '../../src/finding/reader.ts'
import type { InventoryDocument } from '../../src/inventory/document.ts'
import { InventoryState } from '../../src/inventory/state.ts'
import { compileRegistry } from '../../src/registry/compile_registry.ts'
import { parseSpec } from '../../src/registry/parse_spec.ts'
import { batch, type Row } from '../inventory/build.ts'

/** An inventory that was read out of these exchanges. */
export function inventoryOf(rows: readonly Row[]): InventoryDocument {
  const state = new InventoryState()
  state.fold(batch(rows, {}, { 'packets.read': 40, 'packets.decoded': 40, 'http.exchangesSeen': rows.length }))
  return readOut(state, sampleKnown())
}

/** What is known of the services of the sample: the spec of the shop, and its owner. */
export function sampleKnown(): Known {
  const { spec } = parseSpec({ text: shopSpec, origin: 'shop.json' }, () => null)
  if (spec === null) throw new Error('the spec does not parse')
  const services = [{ name: 'shop.example.com', hosts: [], owner: 'team-shop', direction: 'inbound' as const }]
  return { registry: compileRegistry([spec]), bindings: new Map(), services, version: '0.0.0' }
}

const shopSpec = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1' },
  servers: [{ url: 'https://shop.example.com' }],
  paths: {
    '/orders': { get: { responses: { 200: { description: 'ok', content: { 'application/json': {} } } } } },
    '/old': { get: { deprecated: true, responses: { 200: { description: 'ok', content: { 'application/json': {} } } } } },
  },
})

const firstMs = Date.UTC(2026, 2, 2)
const dayMs = 86_400_000

export const sampleRows: readonly Row[] = [
  { service: 'shop.example.com', path: '/orders', count: 1200, auth: ['bearer-jwt'], responseBody: { id: 1 }, atMs: firstMs },
  {
    service: 'shop.example.com',
    path: '/orders/{int}',
    hidden: { '1': [1, 2] },
    count: 40,
    auth: ['bearer-jwt'],
    responseBody: { id: 1 },
    atMs: firstMs + dayMs,
  },
  { service: 'shop.example.com', path: '/old', count: 7, responseBody: { id: 1 }, atMs: firstMs + 2 * dayMs },
  {
    service: 'shop.example.com',
    method: 'POST',
    path: '/orders',
    status: 201,
    count: 7,
    requestBody: { email: 'a' },
    classes: { email: 'email' },
    atMs: firstMs,
  },
  { service: 'pay.example.com', path: '/cards', count: 30, responseBody: { number: '4' }, classes: { number: 'payment_card' }, atMs: firstMs + 3 * dayMs },
  { service: 'pay.example.com', path: '/cards', method: 'DELETE', status: 204, count: 2, auth: ['basic'], atMs: firstMs },
  { service: 'logs.example.com', path: '/health', source: 'logs', count: 5, atMs: firstMs },
]

export const sampleInventory: InventoryDocument = inventoryOf(sampleRows)

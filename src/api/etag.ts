import { randomUUID } from 'node:crypto'

import type { FastifyReply, FastifyRequest } from 'fastify'

import type { InventoryDocument } from '../inventory/document.ts'

/**
 * Whether the client has what this inventory would give; the ETag is set either way. A tag is the number of the inventory in this process, so it is known
 * before anything is computed: weak, since it says that the content is the same, not that each byte is (RFC 9110 §8.8.1).
 */
export function isUnchanged(inventory: InventoryDocument, request: FastifyRequest, reply: FastifyReply): boolean {
  const etag = `W/"${tagOf(inventory)}"`
  reply.headers({ 'etag': etag, 'cache-control': 'private, no-cache' })
  const held = request.headers['if-none-match']
  return held !== undefined && (held.trim() === '*' || held.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag.slice(2)))
}

function tagOf(inventory: InventoryDocument): string {
  const known = tags.get(inventory)
  if (known !== undefined) return known
  count += 1
  const tag = `${run}-${count}`
  tags.set(inventory, tag)
  return tag
}

const tags = new WeakMap<InventoryDocument, string>()
const run = randomUUID().slice(0, 8)
let count = 0

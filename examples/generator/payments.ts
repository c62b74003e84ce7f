import type { Exchange } from './http.ts'
import { bearerToken, testCards } from './people.ts'
import type { ExampleService, Scene } from './traffic.ts'

/**
 * Documented by `payments.json` and called with bearer tokens, but for one export of whole card numbers that asks for none
 * and stands in no document.
 */
export const payments: ExampleService = {
  host: 'payments.example.com',
  address: '10.20.0.11',
  port: 80,
  userAgents: ['shop-backend/4.2 (node)', 'go-resty/2.16.5 (https://github.com/go-resty/resty)'],
  clientNetworks: ['10.20.1'],
  connections: 34,
  converse(scene, connection) {
    const { random } = scene
    const person = random.pick(scene.people)
    const authorization = `Bearer ${bearerToken(person, scene.startSeconds + connection * 60, random)}`
    const paymentId = random.uuid()
    const signedIn = (exchange: Exchange): Exchange => ({ ...exchange, requestHeaders: { authorization, 'x-request-id': random.uuid() } })
    const exchanges = [
      signedIn({
        method: 'POST',
        target: '/v2/payments',
        status: 201,
        latencyUs: random.between(60_000, 300_000),
        requestBody: { amountCents: random.between(900, 90_000), currency: 'EUR', customerId: person.id, method: 'card' },
        responseBody: paymentBody(scene, paymentId),
      }),
      signedIn({
        method: 'GET',
        target: `/v2/payments/${paymentId}`,
        status: 200,
        latencyUs: 9_000,
        responseBody: paymentBody(scene, paymentId),
        framing: 'gzip',
      }),
      signedIn({
        method: 'GET',
        target: `/v2/customers/${person.id}/cards`,
        status: 200,
        latencyUs: 11_000,
        responseBody: { cards: [{ id: random.uuid(), brand: 'visa', last4: '1111', expires: '2028-11' }] },
      }),
      signedIn({
        method: 'POST',
        target: '/v2/refunds',
        status: random.chance(0.8) ? 202 : 422,
        latencyUs: 45_000,
        requestBody: { paymentId, amountCents: 500, reason: random.pick(['damaged', 'late', 'other']) },
        responseBody: { id: random.uuid(), state: 'pending' },
      }),
    ]
    if (connection % 3 === 0) exchanges.push(cardExport(scene))
    return exchanges
  },
}

/** Names, mails and whole (test) card numbers, without any credentials. */
function cardExport({ random, people }: Scene): Exchange {
  const rows = Array.from({ length: 4 }, () => {
    const person = random.pick(people)
    return { customer: person.name, email: person.email, card: { number: random.pick(testCards), expires: '2027-06' } }
  })
  return { method: 'GET', target: '/v2/exports/cards', status: 200, latencyUs: 140_000, responseBody: { rows }, framing: 'chunked' }
}

function paymentBody({ random }: Scene, id: string) {
  return {
    id,
    state: random.pick(['authorised', 'captured']),
    amountCents: random.between(900, 90_000),
    currency: 'EUR',
    createdAt: '2026-03-02T09:14:02Z',
    // Not in the document.
    riskScore: random.between(0, 100) / 100,
  }
}

import { browsers, type ExampleService } from './traffic.ts'

/** The inner stock service: an API key on each call, and nobody registered a document for it. */
export const stock: ExampleService = {
  host: 'stock.internal:8080',
  address: '10.20.0.12',
  port: 8080,
  userAgents: ['shop-backend/4.2 (node)'],
  clientNetworks: ['10.20.1'],
  connections: 24,
  converse({ random }) {
    const requestHeaders = { 'x-api-key': random.hex(40) }
    const product = random.between(1_000, 1_390)
    const level = { productId: product, onHand: random.between(0, 400), reserved: random.between(0, 20), updatedAt: '2026-03-02T08:59:00Z' }
    return [
      { method: 'GET', target: `/stock/${product}`, requestHeaders, status: 200, responseBody: level, latencyUs: 1_900 },
      {
        method: 'PUT',
        target: `/stock/${product}`,
        requestHeaders,
        requestBody: { onHand: level.onHand + 5 },
        status: 200,
        responseBody: level,
        latencyUs: 3_000,
      },
      {
        method: 'POST',
        target: `/stock/${product}/reservations`,
        requestHeaders,
        requestBody: { quantity: 1, orderId: random.between(700_000, 799_999) },
        status: 201,
        responseBody: { reservationId: random.uuid(), expiresAt: '2026-03-02T10:30:00Z' },
        latencyUs: 4_400,
      },
      {
        method: 'GET',
        target: `/warehouses?region=${random.pick(['eu', 'us'])}`,
        requestHeaders,
        status: 200,
        latencyUs: 2_500,
        responseBody: [
          { code: 'ber-1', region: 'eu' },
          { code: 'ams-2', region: 'eu' },
        ],
      },
    ]
  },
}

/** A marketing experiment that nobody told anybody about: it lists subscribers to whoever asks. */
export const promo: ExampleService = {
  host: 'promo-beta.example.com',
  address: '10.20.0.13',
  port: 80,
  userAgents: browsers,
  clientNetworks: ['203.0.113'],
  connections: 18,
  converse({ random, people }) {
    const person = random.pick(people)
    return [
      {
        method: 'GET',
        target: `/campaigns/${random.between(1, 12)}`,
        status: 200,
        latencyUs: 8_000,
        responseBody: { id: 7, title: 'Spring', discountPercent: 15, active: true },
      },
      {
        method: 'POST',
        target: '/subscribers',
        requestMediaType: 'application/x-www-form-urlencoded',
        status: 201,
        latencyUs: 12_000,
        requestBody: `email=${encodeURIComponent(person.email)}&campaign=7`,
        responseBody: { ok: true },
      },
      {
        method: 'GET',
        target: `/campaigns/${random.between(1, 12)}/subscribers`,
        status: 200,
        latencyUs: 30_000,
        responseBody: { subscribers: [random.pick(people), random.pick(people)].map(({ email, phone }) => ({ email, phone })) },
      },
    ]
  },
}

/** Logins: a password form in JSON, cookies after it. */
export const accounts: ExampleService = {
  host: 'accounts.example.com',
  address: '10.20.0.14',
  port: 80,
  userAgents: browsers,
  clientNetworks: ['203.0.113', '198.51.100'],
  connections: 30,
  converse({ random, people }) {
    const person = random.pick(people)
    const wrong = random.chance(0.2)
    const session = random.hex(32)
    return [
      {
        method: 'POST',
        target: '/login',
        requestBody: { email: person.email, password: `invented-${random.hex(10)}` },
        status: wrong ? 401 : 200,
        latencyUs: 95_000,
        responseHeaders: wrong ? {} : { 'Set-Cookie': `session=${session}; HttpOnly; SameSite=Lax` },
        responseBody: wrong ? { error: 'wrong_credentials' } : { userId: person.id, mfa: false },
      },
      {
        method: 'GET',
        target: `/users/${person.id}`,
        requestHeaders: { cookie: `session=${session}` },
        status: 200,
        latencyUs: 6_000,
        responseBody: { id: person.id, name: person.name, email: person.email },
      },
      { method: 'POST', target: '/logout', requestHeaders: { cookie: `session=${session}` }, status: 204, latencyUs: 2_000 },
    ]
  },
}

/** Pages and pictures: a web site, not an API. */
export const site: ExampleService = {
  host: 'www.example.com',
  address: '10.20.0.15',
  port: 80,
  userAgents: browsers,
  clientNetworks: ['198.51.100'],
  connections: 16,
  converse({ random }) {
    const page = '<!doctype html><html lang="en"><head><title>Shop</title></head><body><h1>Welcome</h1></body></html>'
    return [
      { method: 'GET', target: '/', status: 200, mediaType: 'text/html; charset=utf-8', responseBody: page, latencyUs: 3_000 },
      { method: 'GET', target: '/assets/app.css', status: 200, mediaType: 'text/css', responseBody: 'h1{color:teal}', latencyUs: 900 },
      {
        method: 'GET',
        target: `/assets/logo-${random.between(1, 3)}.svg`,
        status: 200,
        mediaType: 'image/svg+xml',
        responseBody: '<svg xmlns="http://www.w3.org/2000/svg"/>',
        latencyUs: 900,
      },
    ]
  },
}

import type { Exchange } from './http.ts'
import { browsers, type Conversation, type ExampleService, type Scene } from './traffic.ts'

/**
 * The documented storefront. Departures from `shop.yaml`: a status, a parameter and a field that it does not know, a deprecated
 * operation past its sunset that is still answered, two operations that nobody documented, two that nobody calls.
 */
export const shop: ExampleService = {
  host: 'shop.example.com',
  address: '10.20.0.10',
  port: 80,
  userAgents: browsers,
  clientNetworks: ['203.0.113', '198.51.100'],
  connections: 200,
  converse(scene, connection) {
    const steps = [browse, product, buy, account, old][connection % 5] ?? browse
    return steps(scene)
  },
}

const browse = (scene: Scene): Conversation => {
  const { random } = scene
  const page = random.between(1, 9)
  return [
    get('/api/v1/categories', { categories: categories.map((slug, index) => ({ id: index + 1, slug, products: 20 + index })) }, random.between(3_000, 9_000)),
    productList(scene, `/api/v1/products?page=${page}&limit=4`),
    // `sort` stands in no document.
    productList(scene, `/api/v1/products?page=${page + 1}&limit=4&sort=price`),
    productList(scene, `/api/v1/categories/${random.pick(categories)}/products`),
    { ...productList(scene, `/api/v1/search?q=${random.pick(['chair', 'lamp', 'green+mug', 'oak'])}`), latencyUs: random.between(30_000, 90_000) },
  ]
}

const product = (scene: Scene): Conversation => {
  const { random } = scene
  const id = random.between(1_000, 1_390)
  const reviews = Array.from({ length: random.between(1, 3) }, () => review(scene))
  const missing = random.between(9_000, 9_900)
  return [
    get(`/api/v1/products/${id}`, productBody(scene, id), random.between(4_000, 14_000), { framing: 'gzip' }),
    get(`/api/v1/products/${id}/reviews`, { items: reviews, total: reviews.length }, random.between(6_000, 20_000), { framing: 'gzip-chunked' }),
    random.chance(0.3)
      ? post(`/api/v1/products/${id}/reviews`, { rating: 4, title: 'As described', body: 'Arrived on time.' }, 201, review(scene))
      : get(`/api/v1/products/${missing}`, { error: 'not_found', message: 'No such product' }, 3_100, { status: 404 }),
    get(`/api/v1/products/${id + 1}`, productBody(scene, id + 1), random.between(4_000, 14_000), { framing: 'chunked' }),
    // Nobody documented this one.
    get('/api/v1/feature-flags', { newCheckout: random.chance(0.5), darkMode: true, rollout: random.between(0, 100) }, 2_000),
  ]
}

const buy = (scene: Scene): Conversation => {
  const { random } = scene
  const cart = random.uuid()
  const items = [cartItem(scene), cartItem(scene)]
  const orderId = random.between(700_000, 799_999)
  const session = { cookie: `session=${random.hex(32)}; theme=dark` }
  const full = { id: cart, items, currency: 'EUR', totalCents: items.reduce((sum, item) => sum + item.priceCents * item.quantity, 0) }
  const conflict = random.chance(0.12)
  return [
    { ...post('/api/v1/carts', { currency: 'EUR' }, 201, { id: cart, items: [], currency: 'EUR', totalCents: 0 }), requestHeaders: session },
    { ...post(`/api/v1/carts/${cart}/items`, { productId: items[0]?.productId, quantity: 1 }, 201, full), requestHeaders: session },
    get(`/api/v1/carts/${cart}`, full, 5_000, { requestHeaders: session }),
    { method: 'DELETE', target: `/api/v1/carts/${cart}/items/${random.between(1, 9)}`, requestHeaders: session, status: 204, latencyUs: 4_200 },
    // 409 stands in no document.
    {
      ...post(
        '/api/v1/orders',
        { cartId: cart, shipping: address(scene), express: random.chance(0.3) },
        conflict ? 409 : 201,
        conflict ? { error: 'out_of_stock', message: 'An item is gone' } : orderBody(scene, orderId),
      ),
      requestHeaders: session,
      latencyUs: random.between(40_000, 160_000),
    },
    get(`/api/v1/orders/${orderId}`, orderBody(scene, orderId), random.between(6_000, 15_000), { requestHeaders: session }),
  ]
}

const account = (scene: Scene): Conversation => {
  const { random } = scene
  const session = { cookie: `session=${random.hex(32)}` }
  const person = random.pick(scene.people)
  return [
    get('/api/v1/orders?status=shipped', { items: [orderBody(scene, 700_111), orderBody(scene, 700_112)], nextPage: null }, 22_000, {
      requestHeaders: session,
    }),
    get('/api/v1/me', { id: person.id, name: person.name, email: person.email, phone: person.phone, newsletter: random.chance(0.4) }, 7_000, {
      requestHeaders: session,
    }),
    {
      method: 'PATCH',
      target: '/api/v1/me',
      requestHeaders: session,
      requestBody: { newsletter: true },
      status: 200,
      latencyUs: 9_000,
      responseBody: { id: person.id, name: person.name, email: person.email, phone: person.phone, newsletter: true },
    },
    get('/api/v1/me', { error: 'login_required', message: 'Please log in' }, 1_500, { status: 401 }),
    get(
      `/api/v1/delivery-slots?postalCode=${random.between(10_000, 99_999)}&day=2026-03-0${random.between(3, 9)}`,
      { slots: [{ from: '09:00', to: '12:00', free: random.between(0, 9) }] },
      12_000,
    ),
  ]
}

const old = (scene: Scene): Conversation => {
  const { random } = scene
  const sku = `SKU-${random.between(10_000, 99_999)}`
  const gone = { Deprecation: '@1751328000', Sunset: 'Sat, 31 Jan 2026 23:59:59 GMT' }
  return [
    get(`/api/v0/items/${sku}`, { sku, title: 'Oak chair', price: '89.00' }, 18_000, { responseHeaders: gone }),
    get('/api/v1/categories', { categories: categories.map((slug, index) => ({ id: index + 1, slug, products: 20 + index })) }, 4_000),
    productList(scene, '/api/v1/products?limit=4'),
    { method: 'GET', target: '/api/v1/categories', requestHeaders: { 'if-none-match': `"${random.hex(12)}"` }, status: 304, latencyUs: 900 },
    // Mails of customers to whoever asks.
    get(
      `/api/v1/admin/customers?offset=${random.between(0, 20) * 20}`,
      {
        customers: [random.pick(scene.people), random.pick(scene.people)].map(({ id, name, email }) => ({ id, name, email })),
      },
      35_000,
    ),
  ]
}

const categories = ['chairs', 'lamps', 'tables', 'garden', 'kitchen'] as const

function productList(scene: Scene, target: string): Exchange {
  const items = Array.from({ length: 2 }, () => {
    const { id, name, priceCents, currency, inStock } = productBody(scene, scene.random.between(1_000, 1_390))
    return { id, name, priceCents, currency, inStock }
  })
  return get(target, { items, total: 390 }, scene.random.between(8_000, 25_000), { framing: scene.random.pick(['length', 'gzip', 'chunked']) })
}

function productBody({ random }: Scene, id: number) {
  return {
    id,
    name: `${random.pick(['Oak', 'Green', 'Tall', 'Small'])} ${random.pick(['chair', 'lamp', 'table', 'mug'])}`,
    priceCents: random.between(5, 400) * 100 - 1,
    currency: 'EUR',
    inStock: random.chance(0.8),
    description: random.chance(0.7) ? 'Made to last.' : null,
    tags: random.chance(0.5) ? ['sale'] : ['new', 'wood'],
    // Since the last release, and not in the document.
    warehouse: random.pick(['ber-1', 'ams-2']),
  }
}

function review({ random, people }: Scene) {
  return {
    id: random.between(1, 90_000),
    rating: random.between(1, 5),
    title: 'Good',
    author: random.pick(people).name.split(' ')[0],
    createdAt: '2026-02-11T08:30:00Z',
  }
}

function cartItem({ random }: Scene) {
  return { itemId: random.between(1, 9), productId: random.between(1_000, 1_390), quantity: random.between(1, 3), priceCents: random.between(5, 400) * 100 }
}

function address({ random, people }: Scene) {
  return {
    name: random.pick(people).name,
    street: `${random.between(1, 99)} Station Road`,
    city: 'Springfield',
    postalCode: String(random.between(10_000, 99_999)),
    country: 'US',
  }
}

/** The document says that `totalCents` is an integer and that `placedAt` is always there; production sends text and forgets. */
function orderBody(scene: Scene, id: number) {
  const { random } = scene
  return {
    id,
    state: random.pick(['placed', 'paid', 'shipped']),
    totalCents: String(random.between(900, 90_000)),
    ...(random.chance(0.7) ? { placedAt: '2026-03-02T09:12:44Z' } : {}),
    items: [cartItem(scene)],
  }
}

function get(target: string, responseBody: unknown, latencyUs: number, more: Partial<Exchange> = {}): Exchange {
  return { method: 'GET', target, status: 200, responseBody, latencyUs, ...more }
}

function post(target: string, requestBody: unknown, status: number, responseBody: unknown): Exchange {
  return { method: 'POST', target, requestBody, status, responseBody, latencyUs: 18_000 }
}

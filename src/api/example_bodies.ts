/** A document of OpenAPI; its schema is not ours, and neither is that of the others here. */
export const exampleDocument: object = {
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1.4.0' },
  servers: [{ url: 'https://shop.example.com' }],
  paths: {
    '/users/{userId}': {
      get: {
        operationId: 'getUser',
        parameters: [{ name: 'userId', in: 'path', required: true, schema: { type: 'integer' } }],
        responses: { 200: { description: 'The user' } },
      },
    },
  },
}

const yaml = `openapi: 3.1.0
info: { title: Shop, version: 1.4.0 }
servers: [{ url: https://shop.example.com }]
paths:
  /users/{userId}:
    get:
      operationId: getUser
      parameters: [{ name: userId, in: path, required: true, schema: { type: integer } }]
      responses: { 200: { description: The user } }
`

/** An API document, as an object or as text. */
export function exampleDocuments(types: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(types.map((type) => [type, /[/+]json$/.test(type) ? exampleDocument : yaml]))
}

/** An export of OTLP with one exchange. */
export function exampleExports(signal: 'traces' | 'logs'): Readonly<Record<string, unknown>> {
  const attributes = [
    text('http.request.method', 'GET'),
    text('url.path', '/users/42'),
    text('server.address', 'shop.example.com'),
    { key: 'http.response.status_code', value: { intValue: '200' } },
  ]
  const resource = { attributes: [text('service.name', 'shop')] }
  const timeUnixNano = '1763630040000000000'
  const body =
    signal === 'traces'
      ? {
          resourceSpans: [
            {
              resource,
              scopeSpans: [
                {
                  spans: [
                    {
                      traceId: '0123456789abcdef0123456789abcdef',
                      spanId: '0123456789abcdef',
                      name: 'GET /users/{userId}',
                      kind: 2,
                      startTimeUnixNano: timeUnixNano,
                      endTimeUnixNano: '1763630040012000000',
                      attributes,
                    },
                  ],
                },
              ],
            },
          ],
        }
      : { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ timeUnixNano, attributes }] }] }] }
  return { 'application/json': body }
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } }
}

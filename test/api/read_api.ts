import { everybody } from '../../src/api/access.ts'
import { buildServer } from '../../src/api/server.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { sampleView } from './served.ts'

/** The OpenAPI document, without a connection. */
export async function readApi(): Promise<string> {
  const app = buildServer(sampleView, { access: everybody, log: openLog({ level: 'error', format: 'json', color: false, write: () => undefined }) })
  const { body } = await app.inject({ url: '/api/v1/openapi.json', headers: { host: 'localhost' } })
  await app.close()
  return body
}

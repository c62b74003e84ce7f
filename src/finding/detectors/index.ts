import type { Detector } from '../finding.ts'
import { authMismatch } from './auth_mismatch.ts'
import { dormantDocumented } from './dormant_documented.ts'
import { requestDrift } from './request_drift.ts'
import { responseDrift } from './response_drift.ts'
import { sensitiveInUrl } from './sensitive_in_url.ts'
import { sensitiveUnauthenticated } from './sensitive_unauthenticated.ts'
import { shadowEndpoint } from './shadow_endpoint.ts'
import { shadowService } from './shadow_service.ts'
import { zombieEndpoint } from './zombie_endpoint.ts'

/** Every detector: a new one is a file and a line here. */
export const detectors: readonly Detector[] = [
  shadowService,
  shadowEndpoint,
  zombieEndpoint,
  dormantDocumented,
  requestDrift,
  responseDrift,
  authMismatch,
  sensitiveUnauthenticated,
  sensitiveInUrl,
]

/** The kinds of findings that there are. */
export const findingKinds: readonly string[] = detectors.map(({ kind }) => kind)

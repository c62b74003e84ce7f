import type { Detector } from '../finding.ts'
import { driftDetections } from './drift_detection.ts'

/** Requests that were accepted although the spec does not allow them. */
export const requestDrift: Detector = {
  kind: 'spec.request-drift',
  severity: 'medium',
  why: 'The service accepts what its spec does not allow: validation by the spec, at a gateway or in tests, misses it or breaks clients.',
  fix: 'Correct the spec, or refuse what it does not allow.',
  detect: (view) => driftDetections(view, 'Requests', ({ in: place }) => place !== 'response' && place !== 'security'),
}

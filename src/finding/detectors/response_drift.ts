import type { Detector } from '../finding.ts'
import { driftDetections } from './drift_detection.ts'

/** Responses that the spec does not describe. */
export const responseDrift: Detector = {
  kind: 'spec.response-drift',
  severity: 'medium',
  why: 'Clients get what nobody reviewed: fields that leak, types that break them, statuses that they do not handle.',
  fix: 'Correct the spec, or return what it says.',
  detect: (view) => driftDetections(view, 'Responses', ({ in: place }) => place === 'response'),
}

import { serviceId } from '../inventory/endpoint.ts'
import type { ChangeEvent } from './view.ts'

/** The id of the service that an event is of, null for none. */
export function serviceOfEvent({ kind, subject, details }: ChangeEvent): string | null {
  if (kind === 'service') return subject
  const { service } = details
  if (typeof service !== 'string') return null
  return kind === 'endpoint' ? serviceId(service) : service
}

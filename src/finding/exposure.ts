import type { Endpoint } from '../inventory/inventory.ts'

/** Whether most of an endpoint's accepted requests carried no credentials, of those whose header fields were seen. */
export function isUnauthenticated(endpoint: Endpoint): boolean {
  const { acceptedWithout, of } = endpoint.auth
  return acceptedWithout > 0 && acceptedWithout * 2 >= Math.min(of, acceptedOf(endpoint))
}

/** Exchanges that were answered below 400. */
function acceptedOf({ statuses }: Endpoint): number {
  let accepted = 0
  for (const [status, count] of statuses) if (status > 0 && status < 400) accepted += count
  return accepted
}

/** Whether an endpoint hands out credentials by its purpose: it cannot ask for those it gives. */
export function isLogin({ method, template }: Endpoint): boolean {
  return (
    method === 'POST' &&
    /(?:^|[/_.-])(?:log-?in|sign-?in|sign-?up|register|auth|authenticate|oauth2?|token|tokens|session|sessions)(?:$|[/_.-])/i.test(template)
  )
}

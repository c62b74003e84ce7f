import { nearestName } from '../config/nearest.ts'
import type { Problem } from './problem.ts'
import type { Route } from './route.ts'

/** What is answered where no route has both the method and the path: 405 with Allow where one has the path (RFC 9110 §15.5.6), else 404. */
export function unknownPath(routes: readonly Route[], url: string): Problem {
  const [path = ''] = url.split('?', 1)
  const methods = routes.filter((route) => matches(route.path, path)).flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  if (methods.length > 0) {
    const allow = methods.join(', ')
    return { status: 405, detail: `this path knows ${allow}`, headers: { allow } }
  }
  const known = [...new Set(routes.map((route) => route.path))]
  const nearest = nearestName(path, known)
  return {
    status: 404,
    detail: nearest === null ? `there is nothing under this path: ${known.join(', ')} are known` : `there is nothing under this path: did you mean ${nearest}?`,
  }
}

function matches(template: string, path: string): boolean {
  const parts = path.split('/')
  const wanted = template.split('/')
  return parts.length === wanted.length && wanted.every((part, at) => part === parts[at] || (part.startsWith('{') && parts[at] !== ''))
}

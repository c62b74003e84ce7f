import type { OperationMatch, Registry } from '../registry/registry.ts'
import type { DocumentedAs } from './inventory.ts'
import { skeletonOf } from './template/segment.ts'

/**
 * The operation that an endpoint is, by its service's names: one whose template is the endpoint's own, parameter names aside. A path that a
 * registered template would swallow while the endpoint stands for itself (`/users/me` below `/users/{id}`) is not that operation.
 */
export function documentedAs(
  registry: Registry,
  serviceNames: readonly string[],
  method: string,
  template: string,
  pathShapes: readonly string[],
): DocumentedAs | null {
  const skeleton = skeletonOf(template)
  for (const path of [...pathShapes.slice(0, pathsMax), template]) {
    for (const name of serviceNames) {
      const match = registry.match(name, method, path)
      if (match && skeletonOf(trimmed(match.template)) === skeletonOf(trimmed(skeleton))) return documentedBy(match)
    }
  }
  return null
}

function documentedBy(match: OperationMatch): DocumentedAs {
  return { spec: match.spec, operation: match.operation, template: match.template, via: match.via, removedInNewerSpec: match.removedInNewerSpec }
}

function trimmed(template: string): string {
  return template.length > 1 && template.endsWith('/') ? template.slice(0, -1) : template
}

/** Path shapes of one template differ in what they hide, so a few say as much as all. */
const pathsMax = 8

import { endpointId } from '../inventory/endpoint.ts'
import { keyKindOf } from '../inventory/endpoint_place.ts'
import { placeOf } from '../inventory/template/corrections.ts'
import { segmentOf, segmentsOf } from '../inventory/template/segment.ts'
import { correctionId, type Draft } from './correction.ts'
import type { EndpointRow } from './endpoint_row.ts'
import { wrongParameter } from './problem.ts'

/** One parameter in the place of the words in which templates differ. Throws `ProblemError` (400) where they differ elsewhere too. */
export function mergeDraft({ service, endpoint }: EndpointRow, siblings: readonly EndpointRow[]): Draft {
  const own = segmentsOf(endpoint.template)
  const words = new Set<string>()
  let at: number | null = null
  for (const [index, sibling] of siblings.entries()) {
    const theirs = segmentsOf(sibling.endpoint.template)
    const different = theirs.length === own.length ? [...own.keys()].filter((segment) => formOf(own[segment]) !== formOf(theirs[segment])) : []
    const [only] = different
    if (only === undefined || different.length > 1 || (at !== null && at !== only)) {
      throw wrongParameter(`/body/endpoints/${index}`, 'is no sibling: templates that become one differ in one segment, the same for all')
    }
    at = only
    for (const word of [own[only], theirs[only]]) if (word !== undefined && !word.includes('{')) words.add(word)
  }
  const segment = at ?? 0
  const place = placeOf(own.slice(0, segment))
  const sorted = [...words].toSorted()
  const forms = new Set(sorted.map((word) => segmentOf(word).suffix))
  if (forms.size > 1) throw wrongParameter('/body/endpoints', 'have different endings (.json, :verb): these stay apart')
  const merged = own.with(segment, `{}${[...forms][0] ?? ''}`)
  return {
    id: correctionId('merge', service.name, [place, ...sorted]),
    what: 'merged',
    endpoint: endpointId(service.name, endpoint.method, `/${merged.join('/')}`, keyKindOf(endpoint)),
    also: [endpoint.id, ...siblings.map((sibling) => sibling.endpoint.id)],
    correction: { kind: 'merge', service: service.name, place, words: sorted },
  }
}

/** A segment without the name of its parameter. */
function formOf(segment: string | undefined): string {
  return segment === undefined ? '' : placeOf([segment])
}

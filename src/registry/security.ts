import { quoted } from './problems.ts'
import { child, objectChild, report, type Reading } from './reading.ts'
import type { Located } from './references.ts'
import type { JsonObject, SecurityScheme } from './spec.ts'
import { compareText } from './order.ts'
import { isList, isObject, member, objectMember, textMember } from './tree.ts'

const alternativesMax = 100

/** The effective security of an operation: its own, else the document's. */
export function readSecurity(reading: Reading, operation: Located<JsonObject>): SecurityScheme[][] {
  const holder = member(operation.value, 'security') === undefined ? reading.root : operation
  const list = member(holder.value, 'security')
  if (list === undefined) return []
  if (!isList(list)) {
    report(reading, holder, 'security', '`security` is not a list: it is ignored')
    return []
  }
  return list.slice(0, alternativesMax).flatMap((entry) => {
    if (!isObject(entry)) return []
    return [
      Object.keys(entry)
        .toSorted(compareText)
        .slice(0, alternativesMax)
        .map((name) => readScheme(reading, holder, name)),
    ]
  })
}

function readScheme(reading: Reading, holder: Located, name: string): SecurityScheme {
  const components = reading.swagger ? reading.root.value : objectMember(reading.root.value, 'components')
  const key = reading.swagger ? 'securityDefinitions' : 'securitySchemes'
  const map = components === null ? null : objectMember(components, key)
  const written = map === null ? undefined : member(map, name)
  if (map === null || written === undefined) {
    report(reading, holder, 'security', `the security scheme ${quoted(name)} is not defined`)
    return { name, type: '', detail: '', parameter: '' }
  }
  const scheme = objectChild(reading, child(reading.root, key, map), name, written, 'a security scheme')
  if (scheme === null) return { name, type: '', detail: '', parameter: '' }
  const type = textMember(scheme.value, 'type') ?? ''
  if (type === 'basic') return { name, type: 'http', detail: 'basic', parameter: '' }
  const detail = type === 'http' ? textMember(scheme.value, 'scheme') : type === 'apiKey' ? textMember(scheme.value, 'in') : null
  const parameter = type === 'apiKey' ? (textMember(scheme.value, 'name') ?? '') : ''
  return { name, type, detail: (detail ?? '').toLowerCase(), parameter }
}

import type { Shape } from '../../observation/shape.ts'
import type { JsonSchemaValue } from '../document.ts'

/**
 * How sure it is what stands behind a length in a message of protocol buffers without a descriptor: a text, a message or bytes. Of `all` values of the
 * place `most` were read alike: (most + 1) / (all + 3), Laplace's rule of succession over the three readings. Shown where it is below 0.95: where readings
 * are mixed, or fewer than 37 values were seen.
 */
export function confidenceKeyword(shape: Shape): Readonly<Record<string, JsonSchemaValue>> {
  const all = shape.objects + shape.strings
  if (all === 0) return {}
  const bytes = shape.formats.get('binary') ?? 0
  const most = Math.max(shape.objects, bytes, shape.strings - bytes)
  const confidence = (most + 1) / (all + readings)
  return confidence >= shownBelow ? {} : { 'x-tapistry-confidence': Math.round(confidence * 100) / 100 }
}

/** Whether a field is known by its number alone: no other name begins with a digit, since such names are shown as `{int}` and the like. */
export function isNumbered(name: string): boolean {
  return /^\d+$/.test(name)
}

const readings = 3
const shownBelow = 0.95

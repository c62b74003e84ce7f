import type { JsonSchemaValue } from '../inventory/document.ts'

/** A JSON object of the document; keys in the order in which people read them. */
export interface OpenApiObject {
  [key: string]: OpenApiValue
}

/** What may stand in one; keys without a value are left out. */
export type OpenApiValue = JsonSchemaValue | undefined | OpenApiValue[] | OpenApiObject

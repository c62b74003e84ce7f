import { addCounts, noCounts } from './counts.ts'
import { fieldPriority } from './priority.ts'
import { isEmpty, type Range, type Shape } from './shape.ts'
import { ValuesSum } from './values_sum.ts'

/** The most children an object keeps; the rest is a count. The same bound as in the native engine. */
const fieldsMax = 256

/** Adds up shapes of one place; what was added so far is itself a shape. A new one is the shape of nothing. */
export class ShapeSum implements Shape {
  seen: number = 0
  nulls: number = 0
  booleans: number = 0
  integers: number = 0
  numbers: number = 0
  strings: number = 0
  arrays: number = 0
  objects: number = 0
  numberRange: Range | null = null
  lengthRange: Range | null = null
  itemsRange: Range | null = null
  formats: Map<string, number> = noCounts
  classes: Map<string, number> = noCounts
  values: ValuesSum = noValues
  fields: Map<string, ShapeSum> = noFields
  fieldsFolded: number = 0
  items: ShapeSum | null = null

  add(shape: Shape): void {
    if (isEmpty(shape)) return
    this.seen += shape.seen
    this.nulls += shape.nulls
    this.booleans += shape.booleans
    this.integers += shape.integers
    this.numbers += shape.numbers
    this.strings += shape.strings
    this.arrays += shape.arrays
    this.objects += shape.objects
    this.fieldsFolded += shape.fieldsFolded
    if (shape.numberRange) this.numberRange = widened(this.numberRange, shape.numberRange.min, shape.numberRange.max)
    if (shape.lengthRange) this.lengthRange = widened(this.lengthRange, shape.lengthRange.min, shape.lengthRange.max)
    if (shape.itemsRange) this.itemsRange = widened(this.itemsRange, shape.itemsRange.min, shape.itemsRange.max)
    this.formats = addCounts(this.formats, shape.formats)
    this.classes = addCounts(this.classes, shape.classes)
    if (shape.values !== noValues) this.ownValues().add(shape.values)
    for (const [name, field] of shape.fields) this.ownField(name).add(field)
    if (shape.items) this.ownItems().add(shape.items)
    this.foldFields()
  }

  /** The values, to add to. */
  ownValues(): ValuesSum {
    if (this.values === noValues) this.values = new ValuesSum()
    return this.values
  }

  /** The field of a name, to add to; whoever adds calls `foldFields` at the end. */
  ownField(name: string): ShapeSum {
    if (this.fields === noFields) this.fields = new Map()
    let field = this.fields.get(name)
    if (!field) this.fields.set(name, (field = new ShapeSum()))
    return field
  }

  /** The items, to add to. */
  ownItems(): ShapeSum {
    this.items ??= new ShapeSum()
    return this.items
  }

  /** Makes a count of the fields that do not fit: of each all, since a field that fits in the end has fitted from the beginning. */
  foldFields(): void {
    if (this.fields.size <= fieldsMax) return
    const byPriority = [...this.fields.keys()].toSorted((x, y) => fieldPriority(x) - fieldPriority(y) || (x < y ? -1 : 1))
    for (const name of byPriority.slice(fieldsMax)) {
      this.fieldsFolded += this.fields.get(name)?.seen ?? 0
      this.fields.delete(name)
    }
  }
}

/** The range with `min` and `max` in it. */
export function widened(range: Range | null, min: number, max: number): Range {
  if (!range) return { min, max }
  return min >= range.min && max <= range.max ? range : { min: Math.min(range.min, min), max: Math.max(range.max, max) }
}

/** Nothing yet: shared, and so never added to. */
const noValues = new ValuesSum()
const noFields: Map<string, ShapeSum> = new Map()

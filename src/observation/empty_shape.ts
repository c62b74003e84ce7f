import type { Shape } from './shape.ts'
import { ShapeSum } from './shape_sum.ts'

/** Nothing seen: the neutral element of merging, whose sketch takes on the size of any other. */
export const emptyShape: Shape = new ShapeSum()

import { addCounts, noCounts } from './counts.ts'
import { HistogramSum } from './histogram_sum.ts'
import type { Histogram, Observation } from './observation.ts'
import { PackedObservation, type HistogramPart, type ShapePart } from './packed.ts'
import type { Shape, Values } from './shape.ts'
import { ShapeSum } from './shape_sum.ts'
import { ValuesSum } from './values_sum.ts'

/* One part of many observations, added up: the same as merging them two by two, without what would lie between. */

export function shapeOf(observations: readonly Observation[], part: ShapePart): Shape {
  const sum = new ShapeSum()
  for (const observation of observations) {
    if (observation instanceof PackedObservation) observation.addShape(part, sum)
    else sum.add(observation[part])
  }
  return sum
}

export function histogramOf(observations: readonly Observation[], part: HistogramPart): Histogram {
  const sum = new HistogramSum()
  for (const observation of observations) {
    if (observation instanceof PackedObservation) observation.addHistogram(part, sum)
    else sum.add(observation[part])
  }
  return sum
}

export function clientsOf(observations: readonly Observation[]): Values {
  const sum = new ValuesSum()
  for (const observation of observations) {
    if (observation instanceof PackedObservation) observation.addClients(sum)
    else sum.add(observation.clients)
  }
  return sum
}

export function factsOf(observations: readonly Observation[]): ReadonlyMap<string, number> {
  let sum = noCounts
  for (const observation of observations) {
    sum = observation instanceof PackedObservation ? observation.addFacts(sum) : addCounts(sum, observation.facts)
  }
  return sum
}

/** A family of samples, as Prometheus reads it. */
export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'untyped'
  /** One sentence. */
  readonly help: string
  readonly samples: readonly Sample[]
}

export interface Sample {
  /** Of a histogram, which has samples under three names. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The media type of `expositionText`. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Families in the text format of Prometheus, version 0.0.4. A writer of our own: every value is read from elsewhere at the moment of the scrape, so there is
 * nothing for a registry to hold, and what a client library keeps between scrapes (the labels of a source that is gone) would have to be cleared each time.
 * A family has at most `samplesMax` samples, the rest is left out and counted in the last family.
 */
export function expositionText(families: readonly Family[]): string {
  const omitted = families.reduce((sum, { samples }) => sum + Math.max(0, samples.length - samplesMax), 0)
  return [...families, { ...omittedFamily, samples: [{ labels: {}, value: omitted }] }].map(familyText).join('')
}

/** Many times what a family has: only a defect can come near. */
const samplesMax = 2000

/** Documented as the others are. */
export const omittedFamily: Omit<Family, 'samples'> = {
  name: 'tapistry_samples_omitted',
  type: 'gauge',
  help: `Samples that are not shown, since a metric has at most ${samplesMax}.`,
}

function familyText({ name, type, help, samples }: Family): string {
  const head = `# HELP ${name} ${help.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)}\n# TYPE ${name} ${type}\n`
  return (
    head +
    samples
      .slice(0, samplesMax)
      .map((sample) => `${name}${sample.suffix ?? ''}${labelsText(sample.labels)} ${valueText(sample.value)}\n`)
      .join('')
  )
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  const short = value.length > charactersMax ? `${value.slice(0, charactersMax)}…` : value
  return short
    .toWellFormed()
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}

/** Of the value of a label: the path of a source fits. */
const charactersMax = 512

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
}

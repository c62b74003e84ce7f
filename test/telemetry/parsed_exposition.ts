interface ParsedFamily {
  readonly type: string
  readonly help: string
  readonly samples: Array<{ readonly suffix?: string; readonly labels: Record<string, string>; readonly value: number }>
}

/** Reads the text format of Prometheus strictly: HELP, TYPE, samples of that family, each with different labels. Throws on anything else. */
export function parsedExposition(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('no line end at the end')
  const families = new Map<string, ParsedFamily>()
  const seen = new Set<string>()
  let current = ''
  let help: string | null = null
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line) ?? []
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`${name} twice`)
      current = name
      help = rest
    } else if (kind === 'TYPE') {
      if (name !== current || help === null || !['counter', 'gauge', 'histogram', 'untyped'].includes(rest)) throw new Error(`TYPE of ${name}`)
      families.set(name, { type: rest, help, samples: [] })
      help = null
    } else {
      const [, sampleName = '', labels = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      const family = families.get(current)
      const suffix = family?.type === 'histogram' ? /_(?:bucket|sum|count)$/.exec(sampleName)?.[0] : ''
      if (suffix === undefined || sampleName !== current + suffix || family === undefined || seen.has(`${sampleName}{${labels}}`))
        throw new Error(`sample ${line}`)
      seen.add(`${sampleName}{${labels}}`)
      const number = value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value)
      if (Number.isNaN(number) && value !== 'NaN') throw new Error(`value ${line}`)
      family.samples.push({ ...(suffix === '' ? {} : { suffix }), labels: parsedLabels(labels), value: number })
    }
  }
  return families
}

function parsedLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const [whole, name, value] = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest) ?? []
    if (whole === undefined || name === undefined || value === undefined || name in labels) throw new Error(`labels ${text}`)
    labels[name] = value.replaceAll(/\\(["\\n])/g, (_, character: string) => (character === 'n' ? '\n' : character))
    rest = rest.slice(whole.length)
  }
  return labels
}

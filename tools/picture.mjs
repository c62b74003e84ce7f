// Draws docs/demo.svg: what `bin/tapistry demo` prints on a terminal now, some lines left out at the marks. `node tools/picture.mjs`; `--check` only
// says whether the picture is still what the demo prints.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = join(root, 'docs/demo.svg')
const columns = 100
const cell = { width: 8.4, height: 18 }
const margin = 16
/** Colours of the terminal by their code. */
const colours = { 31: '#f47067', 32: '#8ddb8c', 33: '#e0b44f', 34: '#6cb6ff', 35: '#dcbdfb', 36: '#76e3ea', 37: '#d7dae0', 90: '#8b929e', 91: '#ff938a' }

const svg = drawn(chosen(demoLines()))
if (process.argv.includes('--check')) {
  const same = readFileSync(target, 'utf8') === svg
  console.log(same ? 'docs/demo.svg is what the demo prints' : 'docs/demo.svg is out of date: run node tools/picture.mjs')
  process.exitCode = same ? 0 : 1
} else {
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, svg)
}

/** The lines of the demo with their colours. Node is told that its output is a terminal, so that nothing but the demo draws it. */
function demoLines() {
  const terminal = `process.stdout.isTTY = true; process.stdout.columns = ${columns}`
  const env = { ...process.env, TERM: 'xterm-256color', FORCE_COLOR: '1', TZ: 'UTC' }
  delete env.NO_COLOR
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(terminal)}`, join(root, 'dist/cli/main.js'), 'demo'],
    {
      encoding: 'utf8',
      env,
    },
  )
  if (status !== 0) throw new Error(`the demo ended with ${status}: ${stderr}`)
  return stdout.trimEnd().split('\n')
}

/** Three services, the head of the findings, and what was seen: a picture that fits a screen or two. */
function chosen(lines) {
  const plain = lines.map((line) => line.replaceAll(/\u001b\[[\d;]*m/g, ''))
  const [shop, findings, seen, end] = [/^shop\.example\.com/, /^Findings/, /^Seen/, /^What to try/].map((start) => plain.findIndex((line) => start.test(line)))
  const [promo] = [plain.findIndex((line) => line.startsWith('promo-beta'))]
  const mark = '  \u001b[2m⋮\u001b[22m'
  return [
    ...lines.slice(0, promo),
    ...lines.slice(shop, shop + 22),
    mark,
    '',
    ...lines.slice(findings, findings + 12),
    mark,
    '',
    ...lines.slice(seen, end).join('\n').trimEnd().split('\n'),
  ]
}

function drawn(lines) {
  const width = Math.ceil(columns * cell.width + 2 * margin)
  const height = lines.length * cell.height + 2 * margin
  const rows = lines.map((line, index) => row(line, margin + (index + 0.75) * cell.height)).filter(Boolean)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Output of tapistry demo: services with their endpoints, labels, sensitive data and findings">
<style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; fill: #d7dae0 }</style>
<rect width="100%" height="100%" rx="8" fill="#16181d"/>
${rows.join('\n')}
</svg>
`
}

/** One line of text, a `tspan` for each run of words in a style, each at its own column so that no font moves the next. */
function row(line, y) {
  let column = 0
  let style = {}
  const spans = []
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)
    if (codes) {
      for (const code of codes[1].split(';').map(Number)) style = styled(style, code)
      continue
    }
    // Wide space is not drawn but skipped: renderers collapse it.
    for (const { 0: text, index } of part.matchAll(/\S+(?: \S+)*/g)) {
      spans.push(`<tspan x="${round(margin + (column + Array.from(part.slice(0, index)).length) * cell.width)}"${attributes(style)}>${escaped(text)}</tspan>`)
    }
    column += [...part].length
  }
  return spans.length === 0 ? '' : `<text y="${round(y)}">${spans.join('')}</text>`
}

function styled(style, code) {
  if (code === 0) return {}
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 4) return { ...style, underline: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 24) return { ...style, underline: false }
  if (code === 39) return { ...style, colour: undefined }
  return colours[code] ? { ...style, colour: colours[code] } : style
}

function attributes({ bold, dim, underline, colour }) {
  return [colour && ` fill="${colour}"`, bold && ' font-weight="700"', dim && ' opacity="0.65"', underline && ' text-decoration="underline"']
    .filter(Boolean)
    .join('')
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function round(number) {
  return Math.round(number * 100) / 100
}

import { styleText } from 'node:util'

/** A JSON line of the log as a person reads it: `09:00:00.000 warn  the source is down  source=eth1 reason="no such device"`. */
export function terminalLine(json: string, color: boolean): string {
  const { level = '', time = '', message = '', ...fields } = JSON.parse(json) as Readonly<Record<string, string | number>>
  const paint = (style: Style, text: string): string => (color ? styleText(style, text, { validateStream: false }) : text)
  const told = Object.entries(fields).map(([name, value]) => `  ${paint('dim', `${name}=`)}${valueText(value)}`)
  return `${paint('dim', String(time).slice(11, 23))} ${paint(styles[level] ?? 'dim', String(level).padEnd(5))} ${message}${told.join('')}\n`
}

type Style = Parameters<typeof styleText>[0]

const styles: Readonly<Record<string, Style>> = { error: 'red', warn: 'yellow', info: 'green' }

function valueText(value: string | number): string {
  return typeof value === 'number' || /^[\w./:@+-]+$/.test(value) ? String(value) : JSON.stringify(value)
}

import { isResolved, type AlertItem, type AlertMessage } from '../message.ts'
import { cut, factsOf, headline, itemLine, itemsShownMax, leadOf, linkOf, stateWord } from '../words.ts'

/** A block of Block Kit, within the limits that Slack documents: 50 blocks, a header of 150 characters, sections of 3,000, ten fields of 2,000. */
export type Block = Readonly<Record<string, unknown>>

/** The blocks of a message and the text for where blocks are not shown. */
export function slackContent(message: AlertMessage, publicUrl: string): { readonly text: string; readonly blocks: readonly Block[] } {
  const { items } = message
  const lead = leadOf(message)
  const title = headline(message)
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: cut(`${sign(message)} ${title}`, headerCharactersMax), emoji: true } },
    ...(title.length > headerCharactersMax - 4 ? [section(escaped(title))] : []),
    ...(items.length > 1 ? listBlocks(items, publicUrl) : []),
    ...(lead === null ? [] : itemBlocks(lead, publicUrl)),
    { type: 'context', elements: [{ type: 'mrkdwn', text: escaped(`Tapistry · ${message.channel} · ${message.key}`) }] },
  ]
  return { text: cutEscaped(`${sign(message)} ${escaped(title)}`, textCharactersMax), blocks }
}

/** What Slack takes for marks. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const headerCharactersMax = 150
const sectionCharactersMax = 3_000
const fieldCharactersMax = 2_000
const textCharactersMax = 4_000

function sign(message: AlertMessage): string {
  return signs[stateWord(message)] ?? ':white_circle:'
}

const signs: Readonly<Record<string, string>> = {
  critical: ':rotating_light:',
  high: ':red_circle:',
  medium: ':large_orange_circle:',
  low: ':large_yellow_circle:',
  info: ':large_blue_circle:',
  resolved: ':white_check_mark:',
}

function itemBlocks(item: AlertItem, publicUrl: string): Block[] {
  const fields = factsOf(item).map(([name, value]) => ({ type: 'mrkdwn', text: cutEscaped(`*${name}*\n${escaped(value)}`, fieldCharactersMax) }))
  return [
    { type: 'section', fields },
    ...(item.why === null ? [] : [section(escaped(item.why))]),
    ...(item.fix === null || isResolved(item) ? [] : [section(`*What to do* ${escaped(item.fix)}`)]),
    section(`<${escaped(linkOf(item, publicUrl))}|Show it>`),
  ]
}

function listBlocks(items: readonly AlertItem[], publicUrl: string): Block[] {
  const lines = items.slice(0, itemsShownMax).map((item) => {
    const line = escaped(cut(itemLine(item), lineCharactersMax))
    return isResolved(item) ? `• ~${line}~` : `• <${escaped(linkOf(item, publicUrl))}|${line.replaceAll('|', '¦')}>`
  })
  const more = items.length - itemsShownMax
  return sections([...lines, ...(more > 0 ? [`and ${more} more`] : [])])
}

const lineCharactersMax = 250

/** Whole lines, as many to a section as fit. */
function sections(lines: readonly string[]): Block[] {
  const texts: string[] = []
  for (const line of lines) {
    const last = texts.at(-1)
    if (last === undefined || last.length + line.length + 1 > sectionCharactersMax) texts.push(line)
    else texts[texts.length - 1] = `${last}\n${line}`
  }
  return texts.map(section)
}

function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: cutEscaped(text, sectionCharactersMax) } }
}

/** Never half an entity. */
function cutEscaped(text: string, charactersMax: number): string {
  return cut(text, charactersMax).replace(/&[a-z]{0,3}…$/, '…')
}

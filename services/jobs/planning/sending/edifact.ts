/**
 * Segments of UN/EDIFACT as syntax version 3 writes them (ISO 9735:1988 with amendment 1), in the character set UNOC,
 * which is ISO 8859-1.
 */

/** A data element, or the components of a composite one. An empty one holds the place of those after it. */
export type Element = string | number | readonly (string | number)[]
export type Segment = readonly [tag: string, ...elements: Element[]]

/** Component and element separator, decimal mark, release character, reserve, end of segment: those of level A. */
export const SERVICE_STRING = "UNA:+.? '"

/** @throws for a text that the character set has not */
export function writeSegment([tag, ...elements]: Segment): string {
  return `${joined([tag, ...elements.map(writeElement)], '+')}'\r\n`
}

const writeElement = (element: Element): string =>
  joined((Array.isArray(element) ? element : [element]).map(escaped), ':')

/** Empty parts at the end are left out. */
const joined = (parts: readonly string[], separator: string): string =>
  parts.slice(0, parts.findLastIndex((part) => part !== '') + 1).join(separator)

function escaped(value: string | number): string {
  const text = String(value)
  const [strange] = /[^\x20-\x7e\u00a0-\u00ff]/.exec(text) ?? []
  if (strange !== undefined) {
    const code = strange.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    throw new Error(`"${text.slice(0, 80)}" has the character U+${code}, which UNOC (ISO 8859-1) has not.`)
  }
  return text.replace(/[?+:']/g, '?$&')
}

/** A message with its head and its count of segments, both included. @param type as ['ORDERS', 'D', '96A', 'UN'] */
export function message(reference: string, type: readonly string[], segments: readonly Segment[]): Segment[] {
  return [['UNH', reference, type], ...segments, ['UNT', segments.length + 2, reference]]
}

/** An interchange of one message, as bytes. @param at when it was made, UTC */
export function interchange(
  head: { sender: string; recipient: string; at: Date; reference: string },
  segments: readonly Segment[],
): Buffer {
  const { sender, recipient, reference } = head
  const at = head.at.toISOString()
  const day = at.slice(2, 10).replaceAll('-', '')
  const time = at.slice(11, 16).replace(':', '')
  // ZZZ: the partners have agreed on their names.
  const all: Segment[] = [
    ['UNB', ['UNOC', 3], [sender, 'ZZZ'], [recipient, 'ZZZ'], [day, time], reference],
    ...segments,
    ['UNZ', 1, reference],
  ]
  return Buffer.from(`${SERVICE_STRING}\r\n${all.map(writeSegment).join('')}`, 'latin1')
}

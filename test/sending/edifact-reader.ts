/** Reads an interchange by ISO 9735 alone, and holds its counts and references. */
export interface Interchange {
  sender: string
  recipient: string
  reference: string
  messages: { type: string[]; segments: [string, ...string[][]][] }[]
}

/** @throws where counts or references do not agree */
export function readInterchange(bytes: Uint8Array): Interchange {
  const text = Buffer.from(bytes).toString('latin1')
  if (!text.startsWith('UNA')) throw new Error('no service string')
  const [component, element, , release, , end] = text.slice(3, 9)
  const segments: string[][][] = []
  let elements: string[][] = [['']]
  for (let at = 9; at < text.length; at++) {
    let character = text[at]!
    const begins = elements.length === 1 && elements[0]!.length === 1 && elements[0]![0] === ''
    if (begins && (character === '\r' || character === '\n')) continue
    if (character === end) {
      segments.push(elements)
      elements = [['']]
    } else if (character === element) elements.push([''])
    else if (character === component) elements.at(-1)!.push('')
    else {
      if (character === release) character = text[++at]!
      const components = elements.at(-1)!
      components[components.length - 1] += character
    }
  }
  if (elements.length > 1 || elements[0]![0] !== '') throw new Error('the last segment has no end')

  const [head, ...rest] = segments as [string[][], ...string[][][]]
  const tail = rest.pop()!
  const reference = head[5]![0]!
  if (head[0]![0] !== 'UNB' || tail[0]![0] !== 'UNZ') throw new Error('no interchange')
  const messages: Interchange['messages'] = []
  let first = 0
  for (const [at, segment] of rest.entries()) {
    if (segment[0]![0] === 'UNH') first = at
    if (segment[0]![0] !== 'UNT') continue
    const begin = rest[first]!
    if (segment[1]![0] !== String(at - first + 1)) throw new Error(`UNT counts ${segment[1]![0]}`)
    if (segment[2]![0] !== begin[1]![0]) throw new Error('UNT ends another message')
    messages.push({
      type: begin[2]!,
      segments: rest.slice(first + 1, at).map(([tag, ...parts]) => [tag![0]!, ...parts]),
    })
  }
  if (tail[1]![0] !== String(messages.length)) throw new Error(`UNZ counts ${tail[1]![0]} messages`)
  if (tail[2]![0] !== reference) throw new Error('UNZ ends another interchange')
  return { sender: head[2]![0]!, recipient: head[3]![0]!, reference, messages }
}

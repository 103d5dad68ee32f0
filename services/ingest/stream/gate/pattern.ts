/** Regular expressions as automata over bytes: what a text may be, told while it is read. */
import { DFA, JS, NFA } from 'refa'

/** Printable ASCII that JSON writes as itself. A text with anything else takes the slow route. */
const isPlain = (byte: number) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c

const BYTES = 256

export interface Automaton {
  /** Next state at `state * 256 + byte`; 0 where no text goes on like that. */
  next: Uint8Array
  initial: number
  /** 1 for the states that a text may end in. */
  accepting: Uint8Array
}

/** Texts of one byte of `first`, and bytes of `rest` after it: what most patterns come to. */
export interface Run {
  /** 1 for each byte that it may be. */
  first: Uint8Array
  rest: Uint8Array
  least: number
  most: number
}

/** @returns the texts of plain bytes that the pattern matches. @throws when it is not anchored at both ends */
export function automaton(pattern: string): Automaton {
  const { expression, maxCharacter } = JS.Parser.fromLiteral(new RegExp(pattern)).parse()
  const [alternative, ...others] = expression.alternatives
  const elements = alternative?.elements ?? []
  const begin = elements[0]
  const end = elements.at(-1)
  if (
    others.length > 0 ||
    begin?.type !== 'Assertion' ||
    begin.kind !== 'behind' ||
    end?.type !== 'Assertion'
  ) {
    throw new Error(`Pattern ${pattern} is not anchored. Write ^ before it and $ after it.`)
  }
  alternative!.elements = elements.slice(1, -1)
  const dfa = DFA.fromFA(NFA.fromRegex(expression, { maxCharacter }))
  dfa.minimize()

  const states = [...dfa.nodes()]
  if (states.length >= BYTES) {
    throw new Error(
      `Pattern ${pattern} takes ${states.length} states; at most ${BYTES - 1} fit. Allow less repetition.`,
    )
  }
  const numbers = new Map(states.map((state, index) => [state, index + 1]))
  const next = new Uint8Array((states.length + 1) * BYTES)
  const accepting = new Uint8Array(states.length + 1)
  for (const [state, number] of numbers) {
    if (dfa.finals.has(state)) accepting[number] = 1
    for (let byte = 0; byte < BYTES; byte++) {
      const target = isPlain(byte) ? state.out.get(byte) : undefined
      if (target !== undefined) next[number * BYTES + byte] = numbers.get(target)!
    }
  }
  return { next, initial: numbers.get(dfa.initial)!, accepting }
}

/** The automaton as a run, or undefined where it is none. */
export function asRun({ next, initial, accepting }: Automaton): Run | undefined {
  const classes: Uint8Array[] = []
  const accepted = [accepting[initial]]
  let state = initial
  for (;;) {
    const row = next.subarray(state * BYTES, (state + 1) * BYTES)
    const targets = new Set(row.filter((target) => target !== 0))
    if (targets.size === 0) break
    if (targets.size > 1 || classes.length === accepting.length) return undefined
    classes.push(row.map((target) => (target === 0 ? 0 : 1)))
    state = [...targets][0]!
    accepted.push(accepting[state])
  }
  const [first, rest = new Uint8Array(BYTES), ...further] = classes
  const least = accepted.indexOf(1)
  if (first === undefined || accepted.slice(least).includes(0)) return undefined
  if (further.some((each) => each.some((member, byte) => member !== rest[byte]))) return undefined
  return { first, rest, least, most: classes.length }
}

/** Any plain text of at most so many bytes. */
export function plainRun(most: number): Run {
  const plain = Uint8Array.from({ length: BYTES }, (_, byte) => (isPlain(byte) ? 1 : 0))
  return { first: plain, rest: plain, least: 0, most }
}

export function matches({ next, initial, accepting }: Automaton, bytes: Uint8Array): boolean {
  let state = initial
  for (const byte of bytes) state = next[state * BYTES + byte]!
  return accepting[state] === 1
}

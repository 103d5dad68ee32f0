/** What was read of one message, by either route: numbers and byte ranges in arrays that each message fills anew. */
import type { RefusalCode } from '@shelfcast/contracts/refusals'
import type { FieldShape, MessageShape } from './shape.ts'

/** Where a text lies in `Scratch.source`; `start` is -1 where the field is absent. */
export interface TextField {
  kind: 'text'
  start: Int32Array
  end: Int32Array
  /** Entry in the dictionary of its column, where the judge has asked for it. */
  entry: Int32Array
}

/** Which of the choices of the schema; -1 where the field is absent. */
export interface ChoiceField {
  kind: 'choice'
  choices: readonly string[]
  value: Int8Array
}

/** An integer, milliseconds since 1970 or days since 1970; NaN where the field is absent. */
export interface NumberField {
  kind: 'number'
  value: Float64Array
}

export type Field = TextField | ChoiceField | NumberField

/** Fields by name: of the message with one value each, of its lines with one value a line. */
export class Fields {
  readonly #byName: Map<string, Field>

  constructor(shapes: readonly FieldShape[], room: number) {
    this.#byName = new Map(shapes.map((shape) => [shape.name, createField(shape, room)]))
  }

  [Symbol.iterator](): Iterator<[string, Field]> {
    return this.#byName.entries()
  }

  get(name: string): Field | undefined {
    return this.#byName.get(name)
  }

  text(name: string): TextField {
    return this.#of(name, 'text')
  }

  choice(name: string): ChoiceField {
    return this.#of(name, 'choice')
  }

  number(name: string): NumberField {
    return this.#of(name, 'number')
  }

  #of<Kind extends Field['kind']>(name: string, kind: Kind): Extract<Field, { kind: Kind }> {
    const field = this.#byName.get(name)
    if (field?.kind !== kind) throw new Error(`"${name}" is not a ${kind} field of this message`)
    return field as Extract<Field, { kind: Kind }>
  }
}

/** Why a message as a whole is refused before any rule of business is asked. */
export interface Refusal {
  reason: RefusalCode
  detail: string
  /** Whether the fields of the message were read, so that its row can say what is known. */
  legible: boolean
}

export interface Lines {
  fields: Fields
  /** Where each line lies in `Scratch.original`. */
  start: Int32Array
  end: Int32Array
  /** What is wrong with the shape of a line; undefined where nothing is. Read only when `faulty` is true. */
  faults: (string | undefined)[]
  faulty: boolean
}

export interface Scratch {
  fields: Fields
  lines: Lines | undefined
  /** Lines of the message; 1 where its topic has none. */
  lineCount: number
  /** What the ranges of texts point into. */
  source: DataView
  /** What the value and the ranges of lines point into. */
  original: Uint8Array
  originalStart: number
  originalEnd: number
  refusal: Refusal | undefined
}

const NOTHING = new Uint8Array()

export function createScratch(shape: MessageShape): Scratch {
  const most = shape.lines?.most ?? 0
  return {
    fields: new Fields(shape.fields, 1),
    lines: shape.lines && {
      fields: new Fields(shape.lines.line.fields, most),
      start: new Int32Array(most),
      end: new Int32Array(most),
      faults: [],
      faulty: false,
    },
    lineCount: 1,
    source: new DataView(NOTHING.buffer),
    original: NOTHING,
    originalStart: 0,
    originalEnd: 0,
    refusal: undefined,
  }
}

/** A copy of bytes of the message, to be kept when those that were fetched are used again. */
export function copyOf({ original }: Scratch, start: number, end: number): Uint8Array {
  // Not `slice`, which of a Buffer is a view of the same memory.
  return new Uint8Array(original.subarray(start, end))
}

/** Makes a value of a field absent. */
export function forget(field: Field, index: number): void {
  if (field.kind === 'text') field.start[index] = -1
  else if (field.kind === 'choice') field.value[index] = -1
  else field.value[index] = Number.NaN
}

function createField(shape: FieldShape, room: number): Field {
  switch (shape.kind) {
    case 'text':
      return {
        kind: 'text',
        start: new Int32Array(room),
        end: new Int32Array(room),
        entry: new Int32Array(room),
      }
    case 'choice':
      return { kind: 'choice', choices: shape.choices, value: new Int8Array(room) }
    default:
      return { kind: 'number', value: new Float64Array(room) }
  }
}

/** Fields of a message as cells, the same on each of its rows. */
import { ID_FIELD } from '@shelfcast/contracts/identity'
import { COLUMN_OF, NOT_KEPT } from '@shelfcast/contracts/lake'
import { type BlockColumns, type ColumnData, Int32Column, Int64Column } from '../columns.ts'
import type { TextColumn } from '../text-column.ts'
import type { Fields, NumberField, TextField } from './scratch.ts'

/** Ids of messages: to look for one in the dictionary would be in vain. */
const UNIQUE = new Set(Object.values(ID_FIELD))

export class MessageCells {
  readonly columns: ColumnData[] = []
  readonly #texts: { field: TextField; column: TextColumn; isUnique: boolean }[] = []
  readonly #choices: { value: Int8Array; column: TextColumn; entries: ChoiceEntries }[] = []
  readonly #integers: { field: NumberField; column: Int32Column }[] = []
  readonly #times: { field: NumberField; column: Int64Column }[] = []

  constructor(fields: Fields, columns: BlockColumns) {
    for (const [name, field] of fields) {
      if (NOT_KEPT.includes(name)) continue
      const column = columns.column(COLUMN_OF[name] ?? name)
      this.columns.push(column)
      if (field.kind === 'text') {
        this.#texts.push({ field, column: column as TextColumn, isUnique: UNIQUE.has(name) })
      } else if (field.kind === 'choice') {
        const text = column as TextColumn
        const entries = new ChoiceEntries(text, field.choices)
        this.#choices.push({ value: field.value, column: text, entries })
      } else if (column instanceof Int32Column) this.#integers.push({ field, column })
      else if (column instanceof Int64Column) this.#times.push({ field, column })
    }
  }

  /** Looks up the texts in the dictionaries of their columns: `entry` of each field says where they are. */
  prepare(source: DataView): void {
    for (const { field, column, isUnique } of this.#texts) {
      const start = field.start[0]!
      if (start === -1) field.entry[0] = -1
      else if (isUnique) field.entry[0] = column.append(source, start, field.end[0]!)
      else field.entry[0] = column.intern(source, start, field.end[0]!)
    }
  }

  /** Fills the cells of so many rows. */
  write(row: number, count: number): void {
    const end = row + count
    for (const { field, column } of this.#texts) {
      const entry = field.entry[0]!
      const { indices } = column
      for (let at = row; at < end; at++) indices[at] = entry
    }
    for (const { value, column, entries } of this.#choices) {
      const entry = entries.all()[1 + value[0]!]!
      const { indices } = column
      for (let at = row; at < end; at++) indices[at] = entry
    }
    for (const { field, column } of this.#integers) writeNumber(column, field.value[0]!, row, end)
    for (const { field, column } of this.#times) writeNumber(column, field.value[0]!, row, end)
  }

  clear(): void {
    for (const { entries } of this.#choices) entries.clear()
  }
}

function writeNumber(column: Int32Column | Int64Column, value: number, row: number, end: number): void {
  if (Number.isNaN(value)) {
    for (let at = row; at < end; at++) column.setNull(at)
    return
  }
  const { values } = column
  for (let at = row; at < end; at++) values[at] = value
}

/** Dictionary entries of the choices of a schema. */
export class ChoiceEntries {
  readonly #column: TextColumn
  readonly #choices: readonly string[]
  readonly #entries: Int32Array
  #isMade = false

  constructor(column: TextColumn, choices: readonly string[]) {
    this.#column = column
    this.#choices = choices
    // The first one is for a choice of -1, a field that is absent.
    this.#entries = new Int32Array(1 + choices.length).fill(-1)
  }

  /** Entry of each choice, at one more than its number. */
  all(): Int32Array {
    if (!this.#isMade) {
      this.#choices.forEach((choice, index) => {
        this.#entries[1 + index] = this.#column.internText(choice)
      })
      this.#isMade = true
    }
    return this.#entries
  }

  clear(): void {
    this.#isMade = false
  }
}

/** Hops as they are put together: what was asked comes with what was answered. */
import {
  type Hop,
  type HopKind,
  type Proof,
  parseReceipt,
  type RECEIPT_PARTS,
  type ReceiptOf,
  receiptId,
} from '@shelfcast/contracts/receipts'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { fault } from '../http/errors.ts'

/** Parameters of a statement: single values, so that a person can put them into a URL. */
export type Parameters = Record<string, string | number>

/** A question to the warehouse whose answer goes into a hop. */
export type Prove = <Row>(statement: string, parameters: Parameters) => Promise<{ rows: Row[]; proof: Proof }>

export function createProve(read: Reader): Prove {
  return async <Row>(statement: string, parameters: Parameters) => {
    const rows = await read<Row>(statement, parameters)
    return { rows, proof: proofOf('warehouse', statement, parameters) }
  }
}

export function proofOf(backend: Proof['backend'], statement: string, parameters: Parameters = {}): Proof {
  return {
    backend,
    statement: unindented(statement),
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
  }
}

function unindented(statement: string): string {
  const lines = statement.replace(/^\n+|\s+$/g, '').split('\n')
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const least = Math.min(...indents)
  return lines.map((line) => line.slice(Math.min(least, line.search(/\S|$/)))).join('\n')
}

type Parts<K extends HopKind> = Record<(typeof RECEIPT_PARTS)[K][number], string | number>

/** A hop with what is said of it; the rest is empty. */
export function hopOf<K extends HopKind>(
  kind: K,
  parts: Parts<K>,
  content: Partial<Hop> & Pick<Hop, 'words'>,
): Hop {
  return {
    kind,
    id: receiptId(kind, parts),
    figures: {},
    rows: [],
    next: null,
    links: [],
    proofs: [],
    missing: null,
    ...content,
  }
}

/** Those that are ids. */
export const linksOf = (...ids: (string | null)[]): string[] => ids.filter((id) => id !== null)

/** The parts of an id of a kind. */
export function partsOf<K extends HopKind>(kind: K, id: string): ReceiptOf<K> {
  const receipt = parseReceipt(id)
  if (receipt?.kind !== kind) throw new TypeError(`"${id}" is no id of the kind ${kind}`)
  return receipt as ReceiptOf<K>
}

/** The warehouse's text of a UTC time as everything else writes it. */
export const instantOf = (text: string): string => `${text.replace(' ', 'T')}Z`

/** The operational store is waited for over its restarts; a hop that can do without it waits less. */
export const STORE_LIMIT_MS = 2_000

export interface Page {
  limit: number
  /** Of the hop that is asked for: where the page before ended. */
  after?: string | undefined
}

/** @returns the rows of the page, and whether there are more: one more than the limit was asked for */
export function pageOf<Row>(rows: readonly Row[], limit: number): { page: Row[]; isMore: boolean } {
  return { page: rows.slice(0, limit), isMore: rows.length > limit }
}

/** Of a mark that no page of the hop gave. */
export const badMark = (after: string) =>
  fault(
    400,
    'invalid_request',
    `Parameter "after" is "${after.slice(0, 100)}": it must be the \`next\` of a hop of the same id. Leave it out for the first rows.`,
  )

/** Stores and products that a CSV names, by ids that keep them apart. */
import type { Product } from '@shelfcast/contracts/datasets/products'
import type { Store } from '@shelfcast/contracts/datasets/stores'
import type { MappedRow } from '../files/baskets.ts'
import { cleanText } from '../files/cells.ts'
import { showCell } from '../files/faults.ts'
import { cleanId } from '../files/ids.ts'
import type { Reference } from '../source.ts'
import type { CsvMapping } from './csv-mapping.ts'

const NAME_LENGTH = { store: 200, product: 300 }
const MOST_EXAMPLES = 3

export interface ReferenceList {
  add(cells: Record<string, string>, row: MappedRow): void
  all(): Reference
  /** Names that look alike and are kept apart. */
  findings(): string[]
}

export function createReferenceList(path: string, mapping: CsvMapping): ReferenceList {
  const stores = new Map<string, Store>()
  const products = new Map<string, Product>()
  const storeNames = createNames(path, 'stores')
  const skuNames = createNames(path, 'products')

  return {
    add(cells, { basket: { store_id }, line: { sku } }) {
      const storeName = cleanId(
        typeof mapping.store === 'string' ? cells[mapping.store]! : mapping.store.value,
      )
      if (storeNames.isNew(store_id, storeName)) {
        stores.set(store_id, {
          store_id,
          name: cut(nameOf(storeName) || store_id, NAME_LENGTH.store),
          profile: 'store',
          region: '',
          time_zone: mapping.time.zone,
          currency: mapping.currency.value,
        })
      }
      const code = cleanId(cells[mapping.sku]!)
      if (!skuNames.isNew(sku, code)) return
      const name = mapping.name ? nameOf(cells[mapping.name]!) : ''
      const category = mapping.category ? nameOf(cells[mapping.category]!) : ''
      products.set(sku, {
        sku,
        name: cut(name || nameOf(code) || sku, NAME_LENGTH.product),
        department: category || 'Unclassified',
        category: category || 'Unclassified',
        brand: '',
        unit: 'each',
        kind: 'merchandise',
      })
    },
    all: () => ({ stores: [...stores.values()], products: [...products.values()] }),
    findings: () => [...storeNames.findings(), ...skuNames.findings()],
  }
}

/** Which text an id stands for, and which texts a person would take for the same. */
function createNames(path: string, what: string) {
  const texts = new Map<string, string>()
  const alike = new Map<string, string>()
  const examples: string[] = []
  let pairs = 0
  return {
    isNew(id: string, text: string): boolean {
      const lastText = texts.get(id)
      if (lastText === text) return false
      if (lastText !== undefined) {
        // Only hashes of overlong names can meet.
        throw new Error(
          `${path}: the ${what} "${showCell(lastText)}" and "${showCell(text)}" would both be ${id}. Rename one of them in the file.`,
        )
      }
      texts.set(id, text)
      const key = text
        .normalize('NFKD')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]/gu, '')
      const likeText = alike.get(key)
      if (likeText === undefined) alike.set(key, text)
      else if (key !== '') {
        pairs++
        if (examples.length < MOST_EXAMPLES) examples.push(`"${showCell(likeText)}" and "${showCell(text)}"`)
      }
      return true
    },
    findings(): string[] {
      if (pairs === 0) return []
      return [
        `${pairs.toLocaleString('en')} ${what} look like another and are kept apart: ${examples.join('; ')}. ` +
          'If they are the same, write them alike in the file.',
      ]
    },
  }
}

/** What a terminal or a spreadsheet would obey is no part of a name. */
function nameOf(text: string): string {
  return cleanText(text.replace(/\p{Cc}/gu, ' '))
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\ud800-\udbff]$/, '')
}

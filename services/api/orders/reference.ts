/** What a person orders, held against the reference data. */
import type { DraftLine } from '@shelfcast/operational/order-changes'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { fault } from '../http/errors.ts'

/** A line as a person gives it. */
export interface LineRequest {
  sku: string
  quantity: number
  unit_cost?: number
}

/** @returns the currency of the store. @throws where store or supplier are not known */
export async function checkPlaces(
  read: Reader,
  { store_id, supplier_id }: { store_id: string; supplier_id: string },
): Promise<string> {
  const [stores, suppliers] = await Promise.all([
    read<{ currency: string }>('select currency from dim_store final where store_id = {store_id:String}', {
      store_id,
    }),
    read('select supplier_id from dim_supplier final where supplier_id = {supplier_id:String}', {
      supplier_id,
    }),
  ])
  const [store] = stores
  if (!store) throw unknown('store_id', store_id, 'dim_store', 'stores')
  if (suppliers.length === 0) throw unknown('supplier_id', supplier_id, 'dim_supplier', 'suppliers')
  return store.currency
}

/** Lines with unit and cost of their SKUs. @throws where one is not known, or another supplier's */
export async function resolveLines(
  read: Reader,
  supplier_id: string,
  lines: readonly LineRequest[],
): Promise<DraftLine[]> {
  const products = await read<{
    sku: string
    unit: DraftLine['unit']
    cost: number | null
    supplier_id: string
  }>(
    `
    select
        sku,
        if(dim_product.unit in ('g', 'ml'), dim_product.unit, 'each') as unit,
        cost,
        supplier_id
    from dim_product final
    where kind = 'merchandise' and sku in {skus:Array(String)}`,
    { skus: lines.map(({ sku }) => sku) },
  )
  const productOf = new Map(products.map((product) => [product.sku, product]))
  return lines.map(({ sku, quantity, unit_cost }) => {
    const product = productOf.get(sku)
    if (!product) throw unknown('sku', sku, 'dim_product', 'products')
    if (product.supplier_id !== '' && product.supplier_id !== supplier_id)
      throw fault(
        400,
        'other_supplier',
        `Field "sku" is "${sku}", which ${product.supplier_id} supplies and not ${supplier_id}. Order it from ${product.supplier_id}.`,
      )
    const cost = unit_cost ?? product.cost
    if (cost === null)
      throw fault(400, 'unknown_cost', `The cost of ${sku} is not in the reference data. Give unit_cost.`)
    return { sku, quantity, unit: product.unit, unit_cost: cost }
  })
}

const unknown = (field: string, id: string, table: string, dataset: string) =>
  fault(
    400,
    `unknown_${field.replace('_id', '')}`,
    `Field "${field}" is "${id}", which ${table} does not have. Correct it, or load it with the dataset ${dataset}.`,
  )

/** Whether a value is a world by the schema, and if not, what to change, object by object. */
import { Compile } from 'typebox/compile'
import { Settings } from 'typebox/system'
import { World } from './world.ts'

const validator = Compile(World)
/** What one object of a list is called, and which field says which. */
const LISTS: Record<string, { kind: string; id: string }> = {
  weather_zones: { kind: 'weather zone', id: 'zone_id' },
  stores: { kind: 'store', id: 'store_id' },
  categories: { kind: 'category', id: 'category' },
  suppliers: { kind: 'supplier', id: 'supplier_id' },
  products: { kind: 'product', id: 'sku' },
}

export function isWorld(value: unknown): value is World {
  return validator.Check(value)
}

/** @param most how many faults to name, from the top of the file */
export function shapeFaults(value: unknown, most: number): string[] {
  const { maxErrors } = Settings.Get()
  // An additional property is told twice, and one of the two is left out.
  Settings.Set({ maxErrors: 2 * most })
  try {
    return validator.Errors(value).flatMap((fault) => {
      if (fault.keyword === 'boolean') return []
      const { object, field, actual } = locate(value, fault.instancePath)
      if (fault.keyword === 'required') {
        return fault.params.requiredProperties.map(
          (name) => `${object}: ${joined(field, name)} is missing. Add it.`,
        )
      }
      if (fault.keyword === 'additionalProperties') {
        return fault.params.additionalProperties.map(
          (name) => `${object}: ${joined(field, name)} is not a field of it. Remove it.`,
        )
      }
      const expectation =
        fault.keyword === 'enum' ? `must be one of ${fault.params.allowedValues.join(', ')}` : fault.message
      return [`${object}: ${field || 'it'} ${expectation}, and is ${JSON.stringify(actual)?.slice(0, 60)}.`]
    })
  } finally {
    Settings.Set({ maxErrors })
  }
}

function joined(field: string, name: string): string {
  return field ? `${field}.${name}` : name
}

/** Names the store, product, ... that a JSON pointer leads into by its id, and by its place where it has none. */
function locate(value: unknown, pointer: string): { object: string; field: string; actual: unknown } {
  const parts = pointer.split('/').slice(1)
  const actual = parts.reduce<unknown>(childOf, value)
  const [list = '', index] = parts
  const naming = LISTS[list]
  if (!naming || index === undefined) return { object: 'world', field: parts.join('.'), actual }
  const id = childOf(childOf(childOf(value, list), index), naming.id)
  const name = typeof id === 'string' ? id : `number ${Number(index) + 1}`
  return { object: `${naming.kind} ${name}`, field: parts.slice(2).join('.'), actual }
}

function childOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

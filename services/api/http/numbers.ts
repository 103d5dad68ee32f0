/** Numbers of paths and queries, which come as text. */
import type { App } from './schemas.ts'

/** As people and programs write whole numbers: not `1e3`, `0x10`, ` 1` or `-0`. What is too long is above any limit. */
const WHOLE = /^(0|-?[1-9]\d{0,15})$/

/** The same with decimals. */
const DECIMAL = /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/
const WRITTEN: Record<string, RegExp> = { integer: WHOLE, number: DECIMAL }

interface Part {
  properties?: Record<string, { type?: string }>
}

/**
 * Makes numbers where the schema has them; other text stays text, which the validator refuses. Its own way would
 * take `1e400` for Infinity, and then ask no limit of it.
 */
export function readNumbers(app: App): void {
  app.addHook('preValidation', async ({ params, query, routeOptions: { schema } }) => {
    convert(params, schema?.params as Part | undefined)
    convert(query, schema?.querystring as Part | undefined)
  })
}

function convert(values: unknown, { properties = {} }: Part = {}): void {
  const texts = values as Record<string, unknown>
  for (const [name, { type }] of Object.entries(properties)) {
    const text = texts[name]
    if (typeof text === 'string' && WRITTEN[type ?? '']?.test(text)) texts[name] = Number(text)
  }
}

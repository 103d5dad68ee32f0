/** What the Spark jobs read of their environment: by variable its default, and what it may be. */
import type { TSchema } from 'typebox'
import { compact } from '../parts/on-demand.ts'
import { defaultOf } from '../parts/part.ts'
import { spark } from '../parts/spark.ts'

export function sparkSettingsFile(): string {
  const settings: Record<string, TSchema> = {
    ...spark.environment.properties,
    ...compact.environment.properties,
  }
  const entries = Object.entries(settings).map(([name, schema]) => {
    const { minimum, maximum, anyOf } = schema as {
      minimum?: number
      maximum?: number
      anyOf?: { const: string }[]
    }
    return [
      name,
      { default: defaultOf(schema), minimum, maximum, choices: anyOf?.map((choice) => choice.const) },
    ]
  })
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}

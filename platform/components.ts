/** The parts that `npm start` runs, from components.json. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from './state/layout.ts'

/** In the order of their start. */
export const PARTS = [
  'kafka',
  'lake',
  'warehouse',
  'operational',
  'ingest',
  'spark',
  'inference',
  'api',
  'twin',
  'jobs',
] as const
export type PartName = (typeof PARTS)[number]

/** Parts that run only where they are asked for, with `--with`. */
export const OPTIONAL_PARTS = ['spark'] as const satisfies readonly PartName[]
export type OptionalPart = (typeof OPTIONAL_PARTS)[number]
export const USUAL_PARTS = PARTS.filter((name) => !(OPTIONAL_PARTS as readonly PartName[]).includes(name))

export interface Component {
  name: PartName
  title: string
  ports: Record<string, number>
  memory_mb: number
}

const { components } = JSON.parse(readFileSync(join(REPOSITORY, 'components.json'), 'utf8')) as {
  components: Component[]
}

export function component(name: PartName): Component {
  const found = components.find((candidate) => candidate.name === name)
  if (!found)
    throw new Error(
      `components.json has no component "${name}". Add it, or correct PARTS in platform/components.ts.`,
    )
  return found
}

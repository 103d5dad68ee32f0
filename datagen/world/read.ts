/** A world by name or from a file, checked before anything is simulated. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { parse } from 'yaml'
import { meaningFaults } from './meaning.ts'
import { createPreset, isPreset, PRESETS } from './presets.ts'
import { isWorld, shapeFaults } from './shape.ts'
import type { World } from './world.ts'

const MOST_FAULTS = 20
const DIGEST_DIGITS = 12

/**
 * @param nameOrPath a preset, or the path of a .json, .yaml or .yml file
 * @throws one error that names each object that is wrong, at most 20, and what to change
 */
export function readWorld(nameOrPath: string): World {
  if (isPreset(nameOrPath)) return createPreset(nameOrPath)
  const value = readValue(nameOrPath)
  if (!isWorld(value)) throw worldError(nameOrPath, shapeFaults(value, MOST_FAULTS))
  const faults = meaningFaults(value)
  if (faults.length > 0) throw worldError(nameOrPath, faults)
  return value
}

/** Says which world it is: worlds that say the same have the same digest, in whatever order they say it. */
export function worldDigest(world: World): string {
  const canonical = JSON.stringify(world, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return createHash('sha256').update(canonical).digest('hex').slice(0, DIGEST_DIGITS)
}

function readValue(path: string): unknown {
  const type = extname(path).toLowerCase()
  if (!['.json', '.yaml', '.yml'].includes(type)) {
    throw new Error(
      `World "${path}" is neither a preset nor a world file. Use ${PRESETS.join(', ')}, or a path that ends in .json or .yaml.`,
    )
  }
  const content = readText(path)
  try {
    return type === '.json' ? JSON.parse(content) : parse(content)
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new Error(`${path} cannot be read as ${type.slice(1).toUpperCase()}: ${reason} Correct it there.`)
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new Error(`${path}: no such world file. docs/twin.md shows how to write one.`)
  }
}

function worldError(path: string, faults: readonly string[]): Error {
  const messages = faults.slice(0, MOST_FAULTS).map((fault) => `${path}: ${fault}`)
  const more = faults.length - messages.length
  if (more > 0) messages.push(`and ${more} more.`)
  return new Error(`${messages.join('\n')}\ndocs/twin.md tells what a world says.`)
}

/** What is said about a part, once: who needs to know it reads it from the part's file. */
import type { TObject, TSchema } from 'typebox'

/** host:port of each port of a part, by its name. */
export type Places = Record<string, string>

export interface ComposeService {
  service: string
  /** Runs only where it is asked for. */
  profile?: string
  /** Inside of the network, where they differ from those of `ports`. */
  ports?: Record<string, number>
  /**
   * Of an image of ours, whose environment is written by `npm run generate`: what is set apart from the settings and
   * the addresses of the others.
   */
  environment?: Record<string, string>
}

/** What runs and has an environment: a part that stays up, or a one-shot. */
export interface Program {
  /** What `npm start` runs: a file of ours, or the folder with the configuration of a program that is not ours. */
  entry: string
  /** What it reads, and nothing else does it get to see. */
  environment: TObject
  compose: ComposeService
}

export interface Part extends Program {
  title: string
  role: string
  /** AWS resource that takes its place. */
  aws: string
  /** Variable of each port. */
  ports: Record<string, string>
  /** Variables by which others reach it. */
  access: TObject
  /** Those of `access` that say where it is. */
  addresses(at: Places): Record<string, string>
  /** Parts and one-shots that must be done or ready before it starts, where they are among those that run. */
  needs: readonly string[]
  /** Group in which it stops, the first one first. */
  stops: 1 | 2 | 3 | 4
  /** MB that it is seen to hold. */
  memory_mb: number
  /** Of Node. */
  flags?: readonly string[]
  /** Runs only where it is asked for, with `--with`. */
  optional?: true
}

export interface OneShot extends Program {
  /** Shown while it runs at a start. */
  title: string
  needs: readonly string[]
  /** Parts without which it has nothing to do. */
  of: readonly string[]
  /** What it says is shown beside its title. */
  talks?: true
}

/** The default of a setting, as text; undefined where there is none. */
export function defaultOf(schema: TSchema | undefined): string | undefined {
  return schema !== undefined && 'default' in schema ? String(schema.default) : undefined
}

export function defaultsOf(group: TObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(group.properties).flatMap(([name, schema]) => {
      const value = defaultOf(schema)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
